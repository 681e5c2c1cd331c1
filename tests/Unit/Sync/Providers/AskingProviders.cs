using Chains;
using Providers;
using Shouldly;
using Sync.Chains;
using Sync.Providers;
using Xunit;

namespace Unit.Sync;

/// <summary>In which order providers are asked, who rests, and whose word on a block is taken.</summary>
public sealed class AskingProviders
{
    private static readonly HashSet<string> Nobody = [];
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;
    private readonly Clock clock = new();
    private readonly Provider first = new("first");
    private readonly Provider second = new("second");

    [Fact]
    public async Task the_first_in_the_order_is_asked_unless_another_is_named()
    {
        (await Asked(null)).ShouldBe("first");
        (await Asked("second")).ShouldBe("second");
        (await Asked(null, "first")).ShouldBe("second");
    }

    [Fact]
    public async Task one_that_does_not_answer_rests_and_comes_back()
    {
        var providers = Providers(TimeSpan.FromSeconds(30));
        first.Failure = new ProviderException(ProviderFailure.Unavailable, "first", "no answer within 10 s");
        (await providers.AskInOrderAsync(null, Nobody, Name)).ShouldBe("second");
        first.Failure = null;

        (await providers.AskInOrderAsync(null, Nobody, Name)).ShouldBe("second");
        clock.Now += TimeSpan.FromSeconds(29);
        (await providers.AskInOrderAsync("first", Nobody, Name)).ShouldBe("second");
        clock.Now += TimeSpan.FromSeconds(1);
        (await providers.AskInOrderAsync(null, Nobody, Name)).ShouldBe("first");
    }

    [Fact]
    public async Task the_only_provider_never_rests()
    {
        var providers = new ProviderPool([first], TimeSpan.FromSeconds(30), clock);
        first.Failure = new ProviderException(ProviderFailure.Unavailable, "first", "gone");
        await Should.ThrowAsync<ProviderException>(() => providers.AskInOrderAsync(null, Nobody, Name));
        first.Failure = null;
        (await providers.AskInOrderAsync(null, Nobody, Name)).ShouldBe("first");
    }

    [Theory]
    [InlineData((int)ProviderFailure.BadAnswer)]
    [InlineData((int)ProviderFailure.Contradiction)]
    [InlineData((int)ProviderFailure.Behind)]
    [InlineData((int)ProviderFailure.OutOfReach)]
    public async Task one_that_answers_does_not_rest_for_what_it_answers(int failure)
    {
        var providers = Providers(TimeSpan.FromSeconds(30));
        first.Failure = new ProviderException((ProviderFailure)failure, "first", "no");
        (await providers.AskInOrderAsync(null, Nobody, Name)).ShouldBe("second");
        first.Failure = null;
        (await providers.AskInOrderAsync(null, Nobody, Name)).ShouldBe("first");
    }

    [Fact]
    public async Task where_nobody_answers_the_soonest_next_try_is_told()
    {
        first.Failure = new ProviderException(ProviderFailure.RateLimited, "first", "rate limited", TimeSpan.FromSeconds(60));
        second.Failure = new ProviderException(ProviderFailure.RateLimited, "second", "rate limited", TimeSpan.FromSeconds(5));
        (await Should.ThrowAsync<ProviderException>(() => Asked(null))).Provider.ShouldBe("second");
    }

    [Fact]
    public async Task a_block_below_the_tip_is_named_by_another_only_if_it_knows_the_tip()
    {
        var tip = new ChainTip(100, Given.Hash(100));
        first.Failure = new ProviderException(ProviderFailure.OutOfReach, "first", "tells no hash of a block");
        second.Blocks[90] = Given.Hash(90);
        second.Blocks[100] = Given.Hash(999);
        var providers = Providers(TimeSpan.Zero);

        (await providers.AncestorAsync(first, tip, 90, TestContext.Current.CancellationToken)).ShouldBeNull("the other is on another branch");
        (await providers.AncestorAsync(first, tip, 100, TestContext.Current.CancellationToken)).ShouldBe(tip.Hash);
        (await providers.AncestorAsync(first, tip, 101, TestContext.Current.CancellationToken)).ShouldBeNull();
        second.Blocks[100] = tip.Hash;
        (await providers.AncestorAsync(first, tip, 90, TestContext.Current.CancellationToken)).ShouldBe(Given.Hash(90));

        // It cannot change any more, so nobody is asked again.
        second.Failure = new ProviderException(ProviderFailure.Unavailable, "second", "gone");
        (await providers.AncestorAsync(first, tip, 90, TestContext.Current.CancellationToken)).ShouldBe(Given.Hash(90));
    }

    [Fact]
    public async Task blocks_below_the_tip_are_told_many_at_once_and_deep_ones_are_known_under_any_tip()
    {
        var (tip, later) = (new ChainTip(1000, Given.Hash(1000)), new ChainTip(1001, Given.Hash(1001)));
        first.Failure = new ProviderException(ProviderFailure.OutOfReach, "first", "tells no hash of a block");
        for (var height = 1; height <= 1001; height++) second.Blocks[height] = Given.Hash(height);
        var providers = Providers(TimeSpan.Zero);

        var told = await providers.AncestorsAsync(first, tip, [1000, 999, 995, 500, 1001], ct);
        told.Keys.ShouldBe([1000L, 999, 995, 500], ignoreOrder: true);
        told[995].ShouldBe(new ChainBlock(995, Given.Hash(995), Provider.TimeOf(995)));
        second.Asked.ShouldBe([1000L, 500]);

        (await providers.AncestorsAsync(first, later, [500, 495], ct)).Count.ShouldBe(2);
        second.Asked.Count.ShouldBe(2, "they lie below any reorganisation");
        await providers.AncestorsAsync(first, later, [1000], ct);
        second.Asked.Count.ShouldBe(3, "a young block belongs to its tip");
    }

    [Fact]
    public async Task blocks_of_another_branch_are_not_believed_and_what_was_told_before_a_failure_is_not_lost()
    {
        var tip = new ChainTip(10_000, Given.Hash(10_000));
        for (var height = 1; height <= 10_000; height++) second.Blocks[height] = Given.Hash(height);
        second.Blocks[10_000] = Given.Hash(7);
        var providers = Providers(TimeSpan.Zero);
        first.Failure = new ProviderException(ProviderFailure.Unavailable, "first", "gone");
        (await providers.AncestorsAsync(first, tip, [50], ct)).ShouldBeEmpty();

        second.Blocks[10_000] = tip.Hash;
        second.Asked.Clear();
        second.FailAfter = 25;
        var heights = Enumerable.Range(1, 100).Select(n => n * 50L).ToList();
        (await providers.AncestorsAsync(first, tip, heights, ct)).Count.ShouldBe(20);
        second.FailAfter = null;
        (await providers.AncestorsAsync(first, tip, heights, ct)).Count.ShouldBe(100);
        second.Asked.Count.ShouldBe(25 + 1 + 80);

        (await providers.AncestorsAsync(first, tip, [7_777], ct, () => true)).ShouldBeEmpty("the time is up");
    }

    [Fact]
    public void providers_take_turns_round_and_round()
    {
        var providers = Providers(TimeSpan.Zero);
        (providers.NextAfter("first"), providers.NextAfter("second"), providers.NextAfter(null), providers.NextAfter("gone"))
            .ShouldBe(("second", "first", "second", "second"));
    }

    [Fact]
    public void options_that_cannot_be_are_all_told()
    {
        ProviderOptions Good(string name) => new() { Name = name, Kind = "blockchain-info", BaseUrl = "http://127.0.0.1" };
        new ChainsOptions { ["bitcoin"] = new() { Providers = [Good("a"), Good("b")] } }.Errors().ShouldBeEmpty();
        var bad = Good("a");
        (bad.Kind, bad.AnswerSeconds, bad.Key, bad.BaseUrl) = ("blockchain", 5, "s3cret key", "http://127.0.0.1?key=s3cret");

        var errors = new ChainsOptions { ["bitcoin"] = new() { Providers = [Good("a"), bad], RestSeconds = -1 } }.Errors().ToList();

        errors.Count.ShouldBe(6);
        errors.ShouldAllBe(error => !error.Contains("s3cret"));
        foreach (var part in (string[])["RestSeconds", "two of the name 'a'", "known are: esplora, blockchain-info, blockchair", "AnswerSeconds",
            "Key must be printable", "BaseUrl must be without"])
            errors.ShouldContain(error => error.Contains(part));
    }

    [Fact]
    public void a_chain_of_accounts_is_told_by_an_explorer_and_nothing_else_is()
    {
        ProviderOptions Of(string kind, string? node = null) => new() { Name = "a", Kind = kind, BaseUrl = "http://127.0.0.1", RpcUrl = node };
        IEnumerable<string> Errors(string network, ProviderOptions provider) =>
            new ChainsOptions { [network] = new() { Providers = [provider] } }.Errors();
        Errors("ethereum", Of("etherscan", "http://127.0.0.1/key")).ShouldBeEmpty();
        Errors("ethereum", Of("esplora")).ShouldHaveSingleItem().ShouldContain("'esplora' tells nothing of its family");
        Errors("bitcoin", Of("etherscan")).ShouldHaveSingleItem().ShouldContain("'etherscan' tells nothing of its family");
        Errors("bitcoin", Of("esplora", "http://127.0.0.1")).ShouldHaveSingleItem().ShouldContain("RpcUrl");
        Errors("bsc", Of("etherscan")).ShouldHaveSingleItem().ShouldContain("without RpcUrl");
        Errors("bsc", Of("etherscan", "http://127.0.0.1")).ShouldBeEmpty();
        Errors("bsc", Of("alchemy")).ShouldBeEmpty();
        Errors("solana", Of("solana")).ShouldBeEmpty();
        Errors("solana", Of("etherscan")).ShouldHaveSingleItem().ShouldContain("'etherscan' tells nothing of its family");
        Errors("bitcoin", Of("solana")).ShouldHaveSingleItem().ShouldContain("'solana' tells nothing of its family");
        Errors("solana", new() { Name = "a", Kind = "solana", BaseUrl = "http://127.0.0.1", Batch = 20, RequestsPerSecond = 10 })
            .ShouldHaveSingleItem().ShouldContain("Batch must not be above");
        Errors("bitcoin", new() { Name = "a", Kind = "esplora", BaseUrl = "http://127.0.0.1", Batch = 2 }).ShouldHaveSingleItem()
            .ShouldContain("Batch must be 1 to 100");
        Errors("ethereum", Of("etherscan", "nowhere")).ShouldHaveSingleItem().ShouldContain("RpcUrl");
        Errors("ethereum", new() { Name = "a", Kind = "etherscan", BaseUrl = "http://127.0.0.1", RpcKey = "k3y" }).ShouldHaveSingleItem()
            .ShouldContain("RpcKey must be");
    }

    [Fact]
    public void a_node_of_ones_own_has_a_user_and_a_password_or_a_file_with_both()
    {
        ProviderOptions Node(string? key = null, string? file = null, long start = 0, string kind = "bitcoin-core") =>
            new() { Name = "own", Kind = kind, BaseUrl = "http://127.0.0.1:8332", Key = key, CookieFile = file, StartHeight = start };
        IEnumerable<string> Errors(ProviderOptions provider, string network = "bitcoin") =>
            new ChainsOptions { [network] = new() { Providers = [provider] } }.Errors();
        Errors(Node("user:password")).ShouldBeEmpty();
        Errors(Node(file: "/data/.cookie", start: 700_000), "dogecoin").ShouldBeEmpty();
        Errors(Node("password")).ShouldHaveSingleItem().ShouldContain("Key must be user:password");
        Errors(Node("user:password", "/data/.cookie")).ShouldHaveSingleItem().ShouldContain("CookieFile must");
        Errors(Node(start: -1)).ShouldHaveSingleItem().ShouldContain("StartHeight");
        Errors(Node(kind: "esplora", file: "/data/.cookie")).ShouldHaveSingleItem().ShouldContain("CookieFile must");
        Errors(Node(kind: "esplora", start: 5)).ShouldHaveSingleItem().ShouldContain("StartHeight");
        Errors(Node(), "solana").ShouldHaveSingleItem().ShouldContain("tells nothing of its family");
    }

    [Fact]
    public void a_server_of_the_electrum_protocol_is_a_host_and_a_port_and_perhaps_its_certificate()
    {
        const string Fingerprint = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
        ProviderOptions Server(string url, string? certificate = null, string? key = null, string kind = "electrum") =>
            new() { Name = "own", Kind = kind, BaseUrl = url, CertificateSha256 = certificate, Key = key };
        IEnumerable<string> Errors(ProviderOptions provider, string network = "litecoin") =>
            new ChainsOptions { [network] = new() { Providers = [provider] } }.Errors();
        Errors(Server("tcp://127.0.0.1:50001")).ShouldBeEmpty();
        Errors(Server("ssl://electrum.example.com:50002"), "dogecoin").ShouldBeEmpty();
        Errors(Server("ssl://[::1]:50002/", Fingerprint)).ShouldBeEmpty();
        Errors(Server("ssl://a:1", string.Join(':', Fingerprint.ToUpperInvariant().Chunk(2).Select(pair => new string(pair))))).ShouldBeEmpty();
        Errors(Server("http://127.0.0.1:50001")).ShouldContain(error => error.Contains("BaseUrl must be an absolute tcp or ssl address"));
        foreach (var url in (string[])["ssl://electrum.example.com", "tcp://a:50001/path", "tcp://a:0", "tcp://:50001"])
            Errors(Server(url)).ShouldNotBeEmpty(url);
        Errors(Server("ssl://user:word@a:50002")).ShouldHaveSingleItem().ShouldContain("without a query or credentials");
        Errors(Server("tcp://a:50001", Fingerprint)).ShouldHaveSingleItem().ShouldContain("CertificateSha256 must");
        Errors(Server("ssl://a:50002", Fingerprint[1..])).ShouldHaveSingleItem().ShouldContain("CertificateSha256 must");
        Errors(Server("ssl://a:50002", $"{Fingerprint[1..]}x")).ShouldHaveSingleItem().ShouldContain("CertificateSha256 must");
        Errors(Server("https://a/api", Fingerprint, kind: "esplora")).ShouldHaveSingleItem().ShouldContain("CertificateSha256 must");
        Errors(Server("tcp://a:50001", kind: "esplora")).ShouldHaveSingleItem().ShouldContain("absolute http(s) address");
        Errors(Server("tcp://a:50001", key: "s3cret")).ShouldHaveSingleItem().ShouldContain("Key must not be given");
        Errors(Server("tcp://a:50001"), "ethereum").ShouldHaveSingleItem().ShouldContain("tells nothing of its family");
    }

    private static Task<string> Name(IChainAdapter provider) =>
        provider is Provider { Failure: { } failure } ? throw failure : Task.FromResult(provider.Provider);

    private Task<string> Asked(string? named, params string[] passedOver) =>
        Providers(TimeSpan.Zero).AskInOrderAsync(named, passedOver.ToHashSet(), Name);

    private ProviderPool Providers(TimeSpan rest) => new([first, second], rest, clock);

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = Given.Now;

        public override DateTimeOffset GetUtcNow() => Now;
    }

    private sealed class Provider(string name) : IBlockNames
    {
        public ProviderException? Failure { get; set; }

        public Dictionary<long, string> Blocks { get; } = [];

        public List<long> Asked { get; } = [];

        public int? FailAfter { get; set; }

        public Network Network => Networks.Bitcoin;

        string IChainAdapter.Provider => name;

        public static DateTimeOffset TimeOf(long height) => Given.Now.AddMinutes(height);

        public Task<IReadOnlyList<ChainBlock>> BlocksAsync(long height, CancellationToken ct)
        {
            Asked.Add(height);
            if (Failure is not null || Asked.Count > FailAfter) throw Failure ?? new ProviderException(ProviderFailure.Unavailable, name, "gone");
            return Task.FromResult<IReadOnlyList<ChainBlock>>([.. Enumerable.Range(0, 10).Select(n => height - n).Where(Blocks.ContainsKey)
                .Select(at => new ChainBlock(at, Blocks[at], TimeOf(at)))]);
        }

        public Task<ChainTip> TipAsync(CancellationToken ct) => throw new NotSupportedException();

        public Task<string?> BlockHashAsync(long height, CancellationToken ct) =>
            Failure is null ? Task.FromResult(Blocks.GetValueOrDefault(height)) : throw Failure;

        public Task<AddressSummary> SummaryAsync(Address address, CancellationToken ct) => throw new NotSupportedException();

        public Task<HistoryPage> PageAsync(Address address, Position? after, CancellationToken ct) => throw new NotSupportedException();
    }
}

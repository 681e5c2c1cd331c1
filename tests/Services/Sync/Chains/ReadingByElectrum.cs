using System.Text.Json.Nodes;
using Providers;
using Shouldly;
using Sync.Chains;
using Sync.Walks;
using Xunit;

namespace Services.Sync;

/// <summary>
/// The Electrum protocol over the chain of a real node: what it tells is, to the last field, what the node's own blocks tell, and what cannot be
/// shown to be in them is not told.
/// </summary>
public sealed class ReadingByElectrum(OwnElectrum own) : IClassFixture<OwnElectrum>, IAsyncLifetime
{
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    private RunningLitecoind Node => own.Node;

    private ElectrumServer Server => own.Server;

    public async ValueTask InitializeAsync()
    {
        Server.Mend();
        await own.Forget();
        await own.Execute("delete from provider_pauses");
        await Server.CatchUpAsync();
    }

    public ValueTask DisposeAsync()
    {
        Server.Mend();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("bech32")]
    [InlineData("legacy")]
    [InlineData("p2sh-segwit")]
    public async Task a_history_is_told_as_the_nodes_own_blocks_tell_it(string kind)
    {
        var address = await Node.NewAddressAsync(kind);
        await Node.MineAsync(1, address);
        for (var n = 1; n <= 60; n++)
        {
            await Node.PayAsync(address, 0.1m + (n * 0.00000001m));
            if (n % 17 == 0) await Node.MineAsync();
        }

        await own.SpendFrom(address, 0.25m);
        await Node.MineAsync(101);
        await own.SpendFrom(address, 1m);
        await Node.MineAsync();
        var truth = await own.TruthOf(address);
        var core = await own.Adapter(OwnNode.Filters);
        await using var process = own.Started();
        await process.Adapter.TipAsync(ct);

        var told = await own.Walk(process.Adapter, address);

        told.Select(line => (line.Txid, line.Height, line.Delta.ToString())).ShouldBe(truth, ignoreOrder: true);
        told.Select(Whole).ShouldBe((await own.Walk(core, address)).Select(Whole));
        told.Count(line => line.Coinbase).ShouldBe(1);
        var summary = await process.Adapter.SummaryAsync(own.Parsed(address), ct);
        summary.ShouldBe(await OwnNode.Patiently(() => core.SummaryAsync(own.Wanted(address), ct)));
        summary.Confirmed.ToString().ShouldBe(await own.UnspentOf(address));
        // A history comes whole, and is not asked for with each page.
        Server.Count("blockchain.scripthash.get_history").ShouldBe(2);
        Server.Count("blockchain.transaction.get_merkle").ShouldBeInRange(truth.Count, truth.Count + 5);
        Server.Asked.ShouldAllBe(question => !question.Parameters.Contains(address, StringComparison.Ordinal));
    }

    [Fact]
    public async Task what_waits_for_a_block_is_told_as_the_nodes_mempool_tells_it_and_what_became_of_it()
    {
        var (address, other) = (await Node.NewAddressAsync(), await Node.NewAddressAsync("legacy"));
        await Node.PayAsync(address, 2m);
        await Node.MineAsync();
        var incoming = await Node.PayAsync(address, 0.5m);
        var outgoing = await own.SpendFrom(address, 1m, other);
        var chained = await own.SpendFrom(other, 0.5m);
        await using var process = own.Started();
        var (adapter, core) = (process.Adapter, await own.Adapter(OwnNode.Filters));
        await OwnNode.Patiently(() => core.SummaryAsync(own.Wanted(address), ct));
        await OwnNode.Patiently(() => core.SummaryAsync(own.Wanted(other), ct));

        foreach (var each in (string[])[address, other])
        {
            var waiting = await adapter.WaitingAsync(own.Parsed(each), ct);
            waiting.Count.ShouldBe(2);
            waiting.Select(Whole).ShouldBe((await core.WaitingAsync(own.Wanted(each), ct)).Select(Whole), ignoreOrder: true);
            (await adapter.CoinsAsync(own.Parsed(each), ct)).ShouldBe(await core.CoinsAsync(own.Wanted(each), ct), ignoreOrder: true);
            (await adapter.SummaryAsync(own.Parsed(each), ct)).ShouldBe(await core.SummaryAsync(own.Wanted(each), ct));
        }

        var spent = (await adapter.WaitingAsync(own.Parsed(address), ct)).ToDictionary(each => each.Txid, each => each.Spent);
        foreach (var txid in (string[])[incoming, outgoing]) (await adapter.FateAsync(txid, spent[txid], ct)).ShouldBe(PendingFate.Waiting);
        var replacing = (await Node.OfAsync(RunningLitecoind.Miner, "bumpfee", incoming)).GetProperty("txid").GetString()!;
        (await adapter.FateAsync(incoming, spent[incoming], ct)).ShouldBe(PendingFate.Replaced(replacing));
        await Node.MineAsync();
        (await adapter.WaitingAsync(own.Parsed(address), ct)).ShouldBeEmpty();
        (await adapter.FateAsync(incoming, spent[incoming], ct)).ShouldBe(PendingFate.Replaced(replacing), "by what is in a block now");
        foreach (var txid in (string[])[outgoing, replacing, chained]) (await adapter.FateAsync(txid, [], ct)).ShouldBe(PendingFate.InBlock);
        (await adapter.FateAsync(new string('e', 64), [$"{new string('d', 64)}:0"], ct)).ShouldBe(PendingFate.Unknown);
        (await adapter.CoinsAsync(own.Parsed(address), ct)).Single().ShouldSatisfyAllConditions(
            coin => coin.Txid.ShouldBe(replacing), coin => coin.Height.ShouldNotBeNull());
    }

    [Fact]
    public async Task a_reorganisation_takes_back_what_its_blocks_held()
    {
        var address = await Node.NewAddressAsync();
        await Node.PayAsync(address, 3m);
        await Node.MineAsync();
        await using var process = own.Started();
        var spending = await own.SpendFrom(address, 1m, await Node.NewAddressAsync("legacy"));
        var replaced = await Node.MineAsync(1, address);
        await Node.MineAsync(2);
        (await own.Walk(process.Adapter, address)).Count.ShouldBe(3, "paid, spent, and mined to");

        await Node.CallAsync("invalidateblock", replaced);
        await Node.MineAsync(5);

        await process.Adapter.TipAsync(ct);
        var told = await own.Walk(process.Adapter, address);
        told.Select(line => (line.Txid, line.Height, line.Delta.ToString())).ShouldBe(await own.TruthOf(address), ignoreOrder: true);
        told.Single(line => line.Txid == spending).BlockHash.ShouldNotBe(replaced);
        await Node.CallAsync("reconsiderblock", replaced);
    }

    [Fact]
    public async Task a_page_is_of_one_chain_though_a_block_is_replaced_between_two_answers()
    {
        var address = await Node.NewAddressAsync();
        await Node.PayAsync(address, 3m);
        var replaced = await Node.MineAsync();
        await Node.MineAsync();
        var isReplaced = false;
        Server.Alter = async (method, _, result) =>
        {
            if (method != "blockchain.transaction.get_merkle" || isReplaced) return result;
            isReplaced = true;
            await Node.CallAsync("invalidateblock", replaced);
            await Node.MineAsync(4, await Node.NewAddressAsync());
            return result;
        };
        await using var process = own.Started();

        var failure = await Should.ThrowAsync<ProviderException>(() => process.Adapter.PageAsync(own.Parsed(address), null, ct));

        failure.Failure.ShouldBe(ProviderFailure.Contradiction);
        (await own.Walk(process.Adapter, address)).Single().BlockHash.ShouldNotBe(replaced);
        await Node.CallAsync("reconsiderblock", replaced);
    }

    [Fact]
    public async Task what_comes_out_of_the_mweb_is_told_once_it_is_in_a_block()
    {
        var address = await Node.NewAddressAsync();
        await Node.PayAsync(address, 2m);
        await Node.MineAsync();
        await Node.OfAsync(RunningLitecoind.Hidden, "sendtoaddress", address, 0.75m);
        await using var process = own.Started();
        await process.Adapter.WaitingAsync(own.Parsed(address), ct);

        await Node.MineAsync();

        var told = await own.Walk(process.Adapter, address);
        told.Select(line => (line.Txid, line.Height, line.Delta.ToString())).ShouldBe(await own.TruthOf(address), ignoreOrder: true);
        told.Count.ShouldBe(2);
        told.Select(Whole).ShouldBe((await own.Walk(await own.Adapter(OwnNode.Filters), address)).Select(Whole));
    }

    [Fact]
    public async Task blocks_are_named_and_transactions_proved()
    {
        var address = await Node.NewAddressAsync();
        for (var n = 0; n < 5; n++) await Node.PayAsync(address, 1m);
        var hash = await Node.MineAsync();
        await using var process = own.Started();
        var (adapter, core) = (process.Adapter, await own.Adapter(OwnNode.Filters));
        var tip = await adapter.TipAsync(ct);

        tip.ShouldBe(await core.TipAsync(ct));
        (await adapter.BlockHashAsync(tip.Height, ct)).ShouldBe(hash);
        (await adapter.BlockHashAsync(tip.Height + 1, ct)).ShouldBeNull();
        (await adapter.BlocksAsync(tip.Height - 50, ct)).ShouldBe(await core.BlocksAsync(tip.Height - 50, ct));
        (await adapter.BlocksAsync(tip.Height + 1, ct)).ShouldBeEmpty();
        foreach (var line in await own.Walk(adapter, address))
        {
            var proof = await adapter.ProofAsync(line.Txid, hash, ct);
            proof.WhyWrong(line.Txid, hash).ShouldBeNull();
            proof.ShouldBeEquivalentTo(await core.ProofAsync(line.Txid, hash, ct));
        }

        var txid = (await own.Walk(adapter, address))[0].Txid;
        var other = (await adapter.BlockHashAsync(tip.Height - 1, ct))!;
        (await Should.ThrowAsync<ProviderException>(() => adapter.ProofAsync(txid, other, ct))).Message.ShouldContain("does not have");
    }

    [Fact]
    public async Task headers_that_carry_another_chains_work_are_read_as_far_as_they_are_the_chains_own()
    {
        var address = await Node.NewAddressAsync();
        await Node.PayAsync(address, 1m);
        await Node.MineAsync();
        await Node.MineAsync(3);
        // As Dogecoin's servers tell them: each with an addition, of a length that nobody says.
        Server.Alter = (method, asked, result) => Task.FromResult<JsonNode?>(method switch
        {
            "blockchain.block.header" => (string)result! + new string('f', 200),
            "blockchain.block.headers" => new JsonObject { ["count"] = (int)asked[1]!, ["hex"] = (string)result!["hex"]! + new string('f', 600) },
            _ => result,
        });
        await using var process = own.Started();

        (await own.Walk(process.Adapter, address)).Select(line => (line.Txid, line.Height, line.Delta.ToString()))
            .ShouldBe(await own.TruthOf(address));
    }

    [Fact]
    public async Task a_tracked_address_is_verified_and_again_after_a_reorganisation()
    {
        var address = await Node.NewAddressAsync();
        await Node.PayAsync(address, 5m);
        await Node.MineAsync();
        await own.SpendFrom(address, 2m, await Node.NewAddressAsync());
        var replaced = await Node.MineAsync(1, address);

        var wallet = await own.Track(address);
        await own.Sync(wallet);
        (await own.VerdictOf(address)).ShouldBe("verified");
        (await own.StoredOf(address)).ShouldBe(await own.TruthOf(address), ignoreOrder: true);

        await Node.CallAsync("invalidateblock", replaced);
        await Node.MineAsync(3);
        await own.Resync(wallet);
        (await own.VerdictOf(address)).ShouldBe("verified");
        (await own.StoredOf(address)).ShouldBe(await own.TruthOf(address), ignoreOrder: true);
        await Node.CallAsync("reconsiderblock", replaced);
    }

    public static TheoryData<string> Lies =>
        ["branch", "position", "no-branch", "transaction", "garbage", "coin", "header", "links", "height", "twice", "no-hash"];

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task what_cannot_be_shown_to_be_in_the_chain_is_never_stored(string lie)
    {
        var address = await Node.NewAddressAsync();
        await Node.PayAsync(address, 1m);
        await Node.PayAsync(address, 2m);
        await Node.MineAsync();
        await Node.MineAsync(2);
        var mine = (await own.TruthOf(address)).Select(line => line.Txid).ToList();
        Server.Alter = (method, asked, result) => Task.FromResult<JsonNode?>((lie, method) switch
        {
            ("branch", "blockchain.transaction.get_merkle") => With(result, "merkle", new JsonArray(
                [.. result!["merkle"]!.AsArray().Select(hash => (JsonNode)Other((string)hash!))])),
            ("position", "blockchain.transaction.get_merkle") => With(result, "pos", (long)result!["pos"]! ^ 1),
            ("no-branch", "blockchain.transaction.get_merkle") => With(result, "merkle", new JsonArray()),
            ("transaction", "blockchain.transaction.get") when mine.Contains((string)asked[0]!) => Other((string)result!),
            ("garbage", "blockchain.transaction.get") => "00",
            ("coin", "blockchain.transaction.get") when !mine.Contains((string)asked[0]!) => Other((string)result!),
            ("header", "blockchain.block.header" or "blockchain.block.headers") when !IsFirst(asked) => Torn(result),
            ("links", "blockchain.block.headers") => With(result, "hex", string.Concat(((string)result!["hex"]!).Chunk(160).Reverse()
                .Select(header => new string(header)))),
            ("height", "blockchain.scripthash.get_history") => Listed(result, entry => With(entry, "height", 999_999_999)),
            ("twice", "blockchain.scripthash.get_history") => new JsonArray(
                [.. result!.AsArray().Concat(result.AsArray()).Select(entry => entry!.DeepClone())]),
            ("no-hash", "blockchain.scripthash.get_history") => Listed(result, entry => With(entry, "tx_hash", "1")),
            _ => result,
        });

        var wallet = await own.Track(address);
        var answers = await own.Sync(wallet, tries: 2);

        answers.ShouldNotBeEmpty();
        answers.ShouldAllBe(answer => answer.Outcome == SliceOutcome.Deferred && !string.IsNullOrEmpty(answer.Reason));
        (await own.StoredOf(address)).ShouldBeEmpty();
        Server.Mend();
        await own.Sync(wallet);
        (await own.VerdictOf(address)).ShouldBe("verified");
    }

    [Fact]
    public async Task a_history_of_which_something_is_left_out_is_not_verified()
    {
        var address = await Node.NewAddressAsync();
        for (var n = 0; n < 3; n++) await Node.PayAsync(address, 1m);
        await Node.MineAsync();
        Server.Alter = (method, _, result) => Task.FromResult<JsonNode?>(method == "blockchain.scripthash.get_history"
            ? new JsonArray([.. result!.AsArray().Skip(1).Select(entry => entry!.DeepClone())]) : result);

        var wallet = await own.Track(address);
        await own.Sync(wallet);

        (await own.VerdictOf(address)).ShouldBe("mismatch");
    }

    [Fact]
    public async Task a_history_that_is_too_long_for_the_server_waits_with_that_reason_and_is_not_asked_for_at_speed()
    {
        var address = await Node.NewAddressAsync();
        for (var n = 0; n < 3; n++) await Node.PayAsync(address, 1m);
        await Node.MineAsync();
        Server.MostListed = 2;

        var wallet = await own.Track(address);
        var answer = (await own.Sync(wallet, tries: 1)).ShouldHaveSingleItem();

        answer.Outcome.ShouldBe(SliceOutcome.Deferred);
        answer.Reason.ShouldBe("own: does not tell so much at once: history too large");
        answer.RetryAt!.Value.ShouldBeGreaterThan(DateTimeOffset.UtcNow.AddMinutes(4));
        Server.Count("blockchain.scripthash.get_history").ShouldBe(1);
        Server.MostListed = 10;
        await own.LetTimePass(wallet);
        await own.Sync(wallet);
        (await own.VerdictOf(address)).ShouldBe("verified");
    }

    [Fact]
    public async Task a_server_of_another_chain_is_not_believed()
    {
        Server.Alter = (method, asked, result) =>
            Task.FromResult<JsonNode?>(method == "blockchain.block.header" && IsFirst(asked) ? Torn(result) : result);
        await using var process = own.Started();

        (await Should.ThrowAsync<ProviderException>(() => process.Adapter.TipAsync(ct))).Message.ShouldContain("another chain");
    }

    private static bool IsFirst(JsonArray asked) => (long)asked[0]! == 0;

    private static JsonObject With(JsonNode? node, string name, JsonNode value)
    {
        var changed = node!.DeepClone().AsObject();
        changed[name] = value;
        return changed;
    }

    private static JsonArray Listed(JsonNode? list, Func<JsonNode?, JsonNode> change) =>
        new([.. list!.AsArray().Select(entry => change(entry))]);

    private static string Other(string hex) => (hex[0] == 'a' ? 'b' : 'a') + hex[1..];

    private static JsonNode Torn(JsonNode? told) => told switch
    {
        JsonObject chunk => With(chunk, "hex", string.Concat(((string)chunk["hex"]!).Chunk(160).Select(header => Torn(new string(header))))),
        _ => Torn((string)told!),
    };

    // The root of the transactions, or with it the hash, becomes another.
    private static string Torn(string header) => header[..72] + Other(header[72..]);

    private static string Whole(ChainTransaction line) =>
        $"{line.Txid} {line.Height} {line.BlockHash} {line.BlockTime:O} {line.Fee} {line.Delta} {line.Coinbase} {Sides(line.From, line.To)}";

    private static string Whole(WaitingTransaction line) =>
        $"{line.Txid} {line.Fee} {line.Delta} {Sides(line.From, line.To)} {string.Join(' ', line.Spent)}";

    private static string Sides(IReadOnlyList<ChainParty> from, IReadOnlyList<ChainParty> to) =>
        $"{string.Join(' ', from)} -> {string.Join(' ', to)}";
}

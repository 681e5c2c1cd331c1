using System.Net;
using Chains;
using Contracts;
using Npgsql;
using Shouldly;
using Testing;
using Wallets;
using Xunit;

namespace Services.Wallets;

/// <summary>A whole wallet is followed: what Sync tells of its addresses, in whatever order and however often, decides how many there are.</summary>
[Collection(nameof(WalletsService))]
public sealed class FollowingSources(WalletsService service)
{
    private const string Zpub = "zpub6rFR7y4Q2AijBEqTUquhVz398htDFrtymD9xYYfG1m4wAcvPhXNfE3EfH1r1ADqtfSdVCToUG868RvUUkgDKf31mGDtKsAYz2oz2AGutZYs";
    private static readonly DateTimeOffset At = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    // One address is one ledger of the Sync that is played here; each test brings an account of its own.
    private static int accounts;
    private readonly Descriptor account = Descriptor.Parse(
        Networks.Bitcoin, $"wpkh({Descriptor.OfKey(Networks.Bitcoin, Zpub).Text.Split('(', '/')[1]}/{Interlocked.Increment(ref accounts)}/<0;1>/*)");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_source_is_shown_with_its_addresses_and_how_far_it_was_looked()
    {
        using var client = service.As(TestIdentity.Someone());
        var wallet = await client.NewWallet();
        var path = $"/api/v1/wallets/{wallet}/sources";

        var added = await client.Post(path, new { text = account.Text, network = "bitcoin", label = "Phone", gapLimit = 5 });

        added["descriptor"]!.GetValue<string>().ShouldBe(account.Text);
        (added["label"]!.GetValue<string>(), added["gapLimit"]!.GetValue<int>()).ShouldBe(("Phone", 5));
        added["branches"]!.AsArray().Select(branch => branch!.ToJsonString()).ShouldBe(
        [
            """{"branch":0,"name":"receive","derived":5,"used":0,"highestUsed":null,"lookedTo":null,"done":false}""",
            """{"branch":1,"name":"change","derived":5,"used":0,"highestUsed":null,"lookedTo":null,"done":false}""",
        ]);
        (await client.GetOk($"{path}/{added.Id()}")).ToJsonString().ShouldBe(added.ToJsonString());
        (await client.GetOk(path))["data"]!.AsArray().ShouldHaveSingleItem()!.ToJsonString().ShouldBe(added.ToJsonString());
        var addresses = (await client.GetOk($"/api/v1/wallets/{wallet}/addresses"))["data"]!.AsArray();
        addresses.Count.ShouldBe(10);
        var third = addresses.Single(address => address!["address"]!.GetValue<string>() == account.Branches[1].AddressAt(2).Text)!;
        third["source"]!.ToJsonString().ShouldBe($$"""{"id":"{{added.Id()}}","branch":1,"index":2}""");
        await client.Post(path, new { text = account.Text.Split('#')[0], network = "bitcoin" }, HttpStatusCode.OK);
        (await client.GetOk($"/api/v1/wallets/{wallet}"))["addressCount"]!.GetValue<int>().ShouldBe(10);
    }

    [Fact]
    public async Task a_source_of_whose_branches_two_are_the_same_is_refused()
    {
        using var client = service.As(TestIdentity.Someone());
        var wallet = await client.NewWallet();
        var key = account.Text.Split('(', ')')[1].Replace("/<0;1>/*", "", StringComparison.Ordinal);
        string[] texts = [$"wpkh({key}/<0;0>/*)", $"wpkh({key}/<1;01>/*)", $"wsh(sortedmulti(1,{key}/<0;1>/*,{key}/<1;0>/*))"];
        foreach (var text in texts)
        {
            var problem = await client.SendForProblem(
                HttpMethod.Post, $"/api/v1/wallets/{wallet}/sources", new { text, network = "bitcoin" }, "invalid-source");
            problem.ToString().ShouldContain("\"path\"");
        }

        // In the order in which they are written they are two.
        await client.Post($"/api/v1/wallets/{wallet}/sources",
            new { text = $"wsh(multi(1,{key}/<0;1>/*,{key}/<1;0>/*))", network = "bitcoin", gapLimit = 2 });
    }

    [Fact]
    public async Task nobody_has_more_keys_worked_out_at_once_than_somebody_waits_for()
    {
        using var client = service.As(TestIdentity.Someone());
        var wallet = await client.NewWallet();
        var key = account.Text.Split('(', ')')[1];
        var text = $"wsh(sortedmulti(1,{string.Join(',', Enumerable.Repeat(key, 12))}))";

        var problem = await client.SendForProblem(
            HttpMethod.Post, $"/api/v1/wallets/{wallet}/sources", new { text, network = "bitcoin", gapLimit = 1000 }, "invalid-body");
        problem.ToString().ShouldContain("at most 833");
        await client.Post($"/api/v1/wallets/{wallet}/sources", new { text, network = "bitcoin", gapLimit = 2 });
    }

    [Fact]
    public async Task whenever_one_is_used_more_follow_until_as_many_in_a_row_are_not()
    {
        var (client, path) = await Add(gapLimit: 3);
        Track(0..3, 0);
        Track(0..3, 1);
        await Until(path, client, 0, new BranchState(3, 0, null, 2), done: true);

        // Used is what has a transaction, in a block or not.
        service.Others.Tell(new TransactionsPending(Ledger(0, 2), []), new TransactionsObserved(Ledger(1, 0), []));
        await Until(path, client, 0, new BranchState(6, 1, 2, 2), done: false);
        await Until(path, client, 1, new BranchState(4, 1, 0, 2), done: false);
        Track(3..6, 0);
        await Until(path, client, 0, new BranchState(6, 1, 2, 5), done: true);

        // The last that was looked at is used after all.
        service.Others.Tell(new TransactionsObserved(Ledger(0, 5), []));
        await Until(path, client, 0, new BranchState(9, 2, 5, 5), done: false);
        client.Dispose();
    }

    [Fact]
    public async Task what_was_used_before_it_was_followed_counts_too()
    {
        // Somebody else tracks them already: nothing is told again but that this wallet tracks them as well.
        Track(0..2, 0);
        service.Others.Tell(new TransactionsObserved(Ledger(0, 1), []));
        var (client, path) = await Add(gapLimit: 2);

        await Until(path, client, 0, new BranchState(4, 1, 1, 1), done: false);
        client.Dispose();
    }

    [Fact]
    public async Task told_again_or_not_in_order_it_comes_to_the_same()
    {
        var (client, path) = await Add(gapLimit: 3);
        Track(0..3, 0);
        foreach (var index in new[] { 2, 0, 2, 1, 0 }) service.Others.Tell(new TransactionsObserved(Ledger(0, index), []));
        Track(0..3, 0);
        await Until(path, client, 0, new BranchState(6, 3, 2, 2), done: false);

        var wallet = path.Split('/')[4];
        var derived = (await client.GetOk($"/api/v1/wallets/{wallet}/addresses?limit=200"))["data"]!.AsArray()
            .Select(address => address!["source"]!.ToJsonString()).ToList();
        derived.Count.ShouldBe(9);
        derived.Distinct().Count().ShouldBe(9);
        client.Dispose();
    }

    [Fact]
    public async Task a_mark_that_comes_while_another_is_worked_off_is_not_lost()
    {
        var (client, path) = await Add(gapLimit: 2);
        var (wallet, source) = (Guid.Parse(path.Split('/')[4]), Guid.Parse(path.Split('/')[6]));
        await Eventually.Is(async () => await Marks(source) == 0, "its own mark is worked off");

        await Execute("insert into sources_due (source_id, wallet_id, marks, due_at) values ($1, $2, 2, 'infinity')", source, wallet);
        await using (var connection = await service.Database.DataSource.OpenConnectionAsync(Token))
            await SourceRows.DoneAsync(connection, new(source, wallet, 1, await Since(source), null, null), Token);

        (await Marks(source)).ShouldBe(2);
        await Execute("delete from sources_due where source_id = $1 and wallet_id = $2", source, wallet);
        client.Dispose();
    }

    [Fact]
    public async Task a_mark_that_comes_after_another_was_worked_off_is_not_taken_for_it()
    {
        var (client, path) = await Add(gapLimit: 2);
        var (wallet, source) = (Guid.Parse(path.Split('/')[4]), Guid.Parse(path.Split('/')[6]));
        await Eventually.Is(async () => await Marks(source) == 0, "its own mark is worked off");
        const string mark = "insert into sources_due (source_id, wallet_id, due_at) values ($1, $2, 'infinity')";

        // Two read the mark; one is done, another use is told, and the other comes with what was known before.
        await Execute(mark, source, wallet);
        var read = new SourceRows.Due(source, wallet, 1, await Since(source), null, null);
        await using (var connection = await service.Database.DataSource.OpenConnectionAsync(Token))
        {
            await SourceRows.DoneAsync(connection, read, Token);
            (await Marks(source)).ShouldBe(0);
            await Execute(mark, source, wallet);
            await SourceRows.DoneAsync(connection, read, Token);
        }

        (await Marks(source)).ShouldBe(1);
        await Execute("delete from sources_due where source_id = $1 and wallet_id = $2", source, wallet);
        client.Dispose();
    }

    [Fact]
    public async Task where_a_full_wallet_has_room_again_its_sources_go_on()
    {
        using var client = service.As(TestIdentity.Someone());
        var wallet = await client.NewWallet();
        var many = account.Text.Split('#')[0].Replace("<0;1>", "<0;1;2;3;4;5;6;7;8;9>", StringComparison.Ordinal);
        var added = await client.Post($"/api/v1/wallets/{wallet}/sources", new { text = many, network = "bitcoin", gapLimit = 1000 });
        var path = $"/api/v1/wallets/{wallet}/sources/{added.Id()}";
        Track(0..1, 0);
        service.Others.Tell(new TransactionsObserved(Ledger(0, 0), []));
        await Until(path, client, 0, new BranchState(1000, 1, 0, 0), done: false);
        await Eventually.Is(async () => await Marks(Guid.Parse(added.Id())) == 0, "there is no room for what is due");
        (await client.GetOk(path))["note"]!.GetValue<string>().ShouldContain("full");

        var other = (await client.GetOk($"/api/v1/wallets/{wallet}/addresses?limit=200"))["data"]!.AsArray()
            .First(address => address!["source"]!["branch"]!.GetValue<int>() > 0)!;
        await client.Send(HttpMethod.Delete, $"/api/v1/wallets/{wallet}/addresses/{other.Id()}", null, HttpStatusCode.NoContent);

        await Eventually.Is(
            async () => (await client.GetOk(path))["branches"]![0]!["derived"]!.GetValue<int>() == 1001, "the one that is due is derived");
    }

    [Fact]
    public async Task a_source_goes_with_what_was_derived_and_leaves_what_was_imported_singly()
    {
        using var client = service.As(TestIdentity.Someone());
        var wallet = await client.NewWallet();
        var addresses = $"/api/v1/wallets/{wallet}/addresses";
        var mine = await client.Post(addresses, new { network = "bitcoin", address = account.Branches[0].AddressAt(1).Text, label = "Mine" });
        var source = await client.Post($"/api/v1/wallets/{wallet}/sources", new { text = account.Text, network = "bitcoin", gapLimit = 4 });
        (await client.GetOk($"{addresses}/{mine.Id()}"))["source"]!["index"]!.GetValue<int>().ShouldBe(1);
        (await client.GetOk($"/api/v1/wallets/{wallet}"))["addressCount"]!.GetValue<int>().ShouldBe(8);

        await client.Send(HttpMethod.Delete, $"/api/v1/wallets/{wallet}/sources/{source.Id()}", null, HttpStatusCode.NoContent);

        (await client.GetOk(addresses))["data"]!.AsArray().ShouldHaveSingleItem()!.ToJsonString().ShouldBe(mine.ToJsonString());
        (await client.GetOk($"/api/v1/wallets/{wallet}/sources"))["data"]!.AsArray().ShouldBeEmpty();
        await client.SendForProblem(HttpMethod.Get, $"/api/v1/wallets/{wallet}/sources/{source.Id()}", null, "source-not-found");
        await client.SendForProblem(HttpMethod.Delete, $"/api/v1/wallets/{wallet}/sources/{source.Id()}", null, "source-not-found");
    }

    [Fact]
    public async Task rebuilt_from_the_log_sources_and_their_addresses_are_the_same()
    {
        var (client, path) = await Add(gapLimit: 3);
        Track(0..3, 0);
        service.Others.Tell(new TransactionsObserved(Ledger(0, 1), []));
        await Until(path, client, 0, new BranchState(5, 1, 1, 2), done: false);
        var shown = (await client.GetOk(path)).ToJsonString();
        var rows = await Rows();

        await service.RebuildAsync(batchSize: 3);

        (await Rows()).ShouldBe(rows);
        (await client.GetOk(path)).ToJsonString().ShouldBe(shown);
        client.Dispose();

        async Task<IReadOnlyList<string>> Rows() =>
        [
            .. await DatabaseText.Of(service.Database.DataSource, "sources"), .. await DatabaseText.Of(service.Database.DataSource, "addresses"),
        ];
    }

    [Fact]
    public async Task when_syncs_log_was_replaced_by_an_older_one_it_is_read_from_its_beginning()
    {
        var (client, path) = await Add(gapLimit: 2);
        Track(0..2, 0);
        service.Others.Tell(new TransactionsObserved(Ledger(0, 1), []));
        await Until(path, client, 0, new BranchState(4, 1, 1, 1), done: false);

        service.Others.LoseTheLog();
        await Until(path, client, 0, new BranchState(4, 0, null, null), done: false);

        // The restored Sync knows the address by another use of it.
        Track(0..4, 0);
        service.Others.Tell(new TransactionsObserved(Ledger(0, 3), []));
        await Until(path, client, 0, new BranchState(6, 1, 3, 3), done: false);
        client.Dispose();
    }

    [Fact]
    public async Task what_a_newer_sync_says_beside_is_passed_over()
    {
        var (client, path) = await Add(gapLimit: 2);
        Track(0..2, 0);
        service.Others.Tell(new SaidByANewerSync(Ledger(0, 0)), new TransactionsObserved(Ledger(0, 0), []), new SaidByANewerSync(Ledger(0, 1)));

        await Until(path, client, 0, new BranchState(3, 1, 0, 1), done: false);
        client.Dispose();
    }

    private sealed record SaidByANewerSync(Guid LedgerId) : Contract;

    [Fact]
    public async Task what_nobody_tracks_any_more_is_forgotten()
    {
        var (client, _) = await Add(gapLimit: 1);
        Track(0..1, 0);
        await Eventually.Is(async () => await Told(0, 0) == 1, "it is told");

        service.Others.Tell(new LedgerClosed(Ledger(0, 0), At));

        await Eventually.Is(async () => await Told(0, 0) == 0, "it is forgotten");
        client.Dispose();
    }

    [Fact]
    public async Task a_secret_is_refused_and_leaves_nothing_behind()
    {
        using var client = service.As(TestIdentity.Someone());
        var wallet = await client.NewWallet();
        const string secret = "zprvAdG4iTXWBoARxkkzNpNh8r6Qag3irQB8PzEMkAFeTRXxHpbF9z4QgEvBRmfvqWvGp42t42nvgGpNgYSJA9iefm1yYNZKEm7z6qUWCroSQnE";

        var refused = await client.SendForProblem(
            HttpMethod.Post, $"/api/v1/wallets/{wallet}/sources", new { text = $"wpkh({secret}/0/*)", network = "bitcoin" }, "secret-pasted");
        var inspected = await client.Post("/api/v1/inspect", new { text = secret }, HttpStatusCode.OK);

        refused["errors"]![0]!["pointer"]!.GetValue<string>().ShouldBe("/text");
        refused.ToJsonString().ShouldNotContain(secret[..20]);
        inspected["kind"]!.GetValue<string>().ShouldBe("secret");
        inspected.ToJsonString().ShouldNotContain(secret[..20]);
        foreach (var table in new[] { "mt_events", "sources", "addresses", "idempotency_keys" })
            string.Join('\n', await DatabaseText.Of(service.Database.DataSource, table)).ShouldNotContain(secret[..20]);
    }

    [Theory]
    [InlineData("bitcoin", "nonsense", "unknown")]
    [InlineData("ethereum", Zpub, "network")]
    [InlineData("bitcoin-testnet", Zpub, "network")]
    [InlineData("dogecoin", Zpub, "network")]
    [InlineData("bitcoin", Api.Genesis, "single")]
    public async Task what_is_no_whole_wallet_is_refused_with_its_reason(string network, string text, string code)
    {
        using var client = service.As(TestIdentity.Someone());
        var path = $"/api/v1/wallets/{await client.NewWallet()}/sources";

        var refused = await client.SendForProblem(HttpMethod.Post, path, new { text, network }, "invalid-source");

        refused["errors"]!.AsArray().ShouldHaveSingleItem()!["code"]!.GetValue<string>().ShouldBe(code);
        await client.SendForProblem(HttpMethod.Post, path, new { text = Zpub, network = "bitcoin", gapLimit = 1001 }, "invalid-body");
        (await client.GetOk(path))["data"]!.AsArray().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(Zpub, "extended-key", "bitcoin,litecoin", "wpkh", 2)]
    [InlineData(Api.Genesis, "address", "bitcoin", "pkh", 0)]
    [InlineData(Api.Segwit, "address", "bitcoin", "wpkh", 0)]
    [InlineData("0x7e5f4552091a69125d5dfcb7b8c2659029395bdf", "address", "ethereum,polygon,bsc,sepolia", null, 0)]
    [InlineData("wpkh(nonsense)", "descriptor", "", null, 0)]
    [InlineData("what is this", "unknown", "", null, 0)]
    public async Task a_pasted_text_is_called_what_it_is(string text, string kind, string networks, string? script, int branches)
    {
        using var client = service.As(TestIdentity.Someone());

        var said = await client.Post("/api/v1/inspect", new { text }, HttpStatusCode.OK);

        said["kind"]!.GetValue<string>().ShouldBe(kind);
        string.Join(',', said["networks"]!.AsArray().Select(network => network!.GetValue<string>())).ShouldBe(networks);
        said["script"]?.GetValue<string>().ShouldBe(script);
        said["detail"]!.GetValue<string>().ShouldNotBeEmpty();
        said["branches"]!.AsArray().Count.ShouldBe(branches);
        if (branches > 0) said["branches"]![0]!["addresses"]![0]!.GetValue<string>().ShouldBe("bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu");
    }

    private async Task<(HttpClient Client, string Path)> Add(int gapLimit)
    {
        var client = service.As(TestIdentity.Someone());
        var path = $"/api/v1/wallets/{await client.NewWallet()}/sources";
        var added = await client.Post(path, new { text = account.Text, network = "bitcoin", gapLimit });
        return (client, $"{path}/{added.Id()}");
    }

    // Sync begins to track these addresses and finds their histories' ends.
    private void Track(Range numbers, int branch)
    {
        for (var index = numbers.Start.Value; index < numbers.End.Value; index++)
        {
            service.Others.Tell(
                new LedgerTracked(
                    Ledger(branch, index), Guid.NewGuid(), Guid.NewGuid(), "bitcoin", account.Branches[branch].AddressAt(index).Text, At),
                new LedgerWalkCompleted(Ledger(branch, index), "first", 800_000, "00", At));
        }
    }

    private Guid Ledger(int branch, int index) => EventSourcing.FactId.Of("ledger", account.Text, $"{branch}/{index}");

    private static async Task Until(string path, HttpClient client, int branch, BranchState state, bool done) => await Eventually.Is(
        async () =>
        {
            var shown = (await client.GetOk(path))["branches"]![branch]!;
            var seen = new BranchState(
                shown["derived"]!.GetValue<int>(), shown["used"]!.GetValue<int>(), shown["highestUsed"]?.GetValue<int>(),
                shown["lookedTo"]?.GetValue<int>());
            return seen == state && shown["done"]!.GetValue<bool>() == done ? true : throw new ShouldAssertException(seen.ToString());
        }, $"branch {branch} is {state}");

    private async Task<long> Marks(Guid source) => await Count("select coalesce(max(marks), 0) from sources_due where source_id = $1", source);

    private async Task<DateTimeOffset> Since(Guid source)
    {
        await using var command = service.Database.DataSource.CreateCommand("select since from sources_due where source_id = $1");
        command.Parameters.Add(new() { Value = source });
        return (DateTime)(await command.ExecuteScalarAsync(Token))!;
    }

    private async Task<long> Told(int branch, int index) =>
        await Count("select count(*) from told_addresses where ledger_id = $1 and looked_at", Ledger(branch, index));

    private async Task<long> Count(string sql, Guid id)
    {
        await using var command = service.Database.DataSource.CreateCommand(sql);
        command.Parameters.Add(new() { Value = id });
        return (long)(await command.ExecuteScalarAsync(Token))!;
    }

    private async Task Execute(string sql, params Guid[] ids)
    {
        await using var command = service.Database.DataSource.CreateCommand(sql);
        foreach (var id in ids) command.Parameters.Add(new NpgsqlParameter { Value = id });
        await command.ExecuteNonQueryAsync(Token);
    }
}

using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Chains;
using Contracts;
using Npgsql;
using Portfolio.Transactions;
using Postgres;
using ServiceDefaults;
using Shouldly;
using Xunit;

namespace Services.Portfolio;

/// <summary>The transactions of all of a user's wallets as one list.</summary>
public sealed class ListOverAllWallets(PortfolioService portfolio, ITestOutputHelper output) : IClassFixture<PortfolioService>
{
    private const string Path = "/api/v1/transactions";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task it_is_the_wallets_lists_by_time_and_what_several_wallets_share_is_there_once(int seed)
    {
        await portfolio.Clear();
        var history = new RandomHistory(seed, users: 2, addresses: 12);
        await portfolio.FromWallets(history.WalletsLog);
        await portfolio.FromSync(history.SyncLog);
        var random = new Random(seed);
        foreach (var user in history.Users)
        {
            using var client = portfolio.As(user);
            foreach (var query in new[] { "?view=full", "?direction=in", "?direction=out", "?include=orphaned", "?from=2026-01-03&to=2026-01-06",
                "?minAmount=500" })
            {
                var wallets = await portfolio.Database.QueryAsync<Guid>(
                    "select wallet_id from wallets where owner_id = @user", new { user }, Cancellation);
                var expected = new List<JsonNode>();
                foreach (var wallet in wallets) expected.AddRange(await Lists.All(client, $"/api/v1/wallets/{wallet}/transactions{query}", random));
                var lines = Ordered(expected.DistinctBy(Name));
                var listed = await Lists.All(client, $"{Path}{query}", random);
                listed.ConvertAll(Said).ShouldBe(lines.ConvertAll(Said), query);
                ((long)(await Lists.Get(client, $"{Path}{query}{(query.Contains("include", StringComparison.Ordinal) ? "," : "&include=")}total"))
                    ["total"]!).ShouldBe(lines.Count, query);
                foreach (var wallet in wallets)
                {
                    (await Lists.All(client, $"{Path}{query}&wallet={wallet}", random)).ConvertAll(Said)
                        .ShouldBe(Ordered(expected.Where(entry => (Guid)entry["walletId"]! == wallet)).ConvertAll(Said), query);
                }
            }
        }
    }

    [Fact]
    public async Task heights_of_different_chains_say_nothing_of_each_other()
    {
        var world = await Several();
        var listed = await Lists.All(world.Client, Path, new Random(4));
        listed.Select(entry => (string)entry["network"]!).Take(6)
            .ShouldBe(["bitcoin", "litecoin", "bitcoin", "litecoin", "bitcoin", "litecoin"]);
        listed.Select(entry => (DateTimeOffset)entry["time"]!).ShouldBeInOrder(SortDirection.Descending);
        listed.Select(entry => ((string?)entry["label"], (Guid)entry["walletId"]!)).Distinct()
            .ShouldBe([("cold", world.Wallet), (null, world.Wallet)], ignoreOrder: true);
        (await Lists.All(world.Client, $"{Path}?network=litecoin", new Random(4))).Count.ShouldBe(30);
        (await Lists.All(world.Client, $"{Path}?label=cold", new Random(4))).Count.ShouldBe(30);
        (await Lists.All(world.Client, $"{Path}?address={world.Address}", new Random(4))).Count.ShouldBe(30);
        (await Lists.All(world.Client, $"{Path}?address={Guid.CreateVersion7()}", new Random(4))).ShouldBeEmpty();
        (await Lists.All(world.Client, $"{Path}?search=COL", new Random(4))).Count.ShouldBe(30, "a part of a label");
        (await Lists.All(world.Client, $"{Path}?search={world.Ledger:N}", new Random(4))).Count.ShouldBe(60, "a part of two addresses");
        (await Lists.All(world.Client, $"{Path}?search=%25", new Random(4))).ShouldBeEmpty("it is a text and no pattern");
    }

    [Fact]
    public async Task at_least_so_many_coins_are_coins_of_each_asset()
    {
        var world = await SmallWorld.Create(portfolio);
        const string ethereum = "eip155:1/slip44:60", token = "eip155:1/erc20:0x1111111111111111111111111111111111111111";
        var account = new AddressImported(world.Wallet, Guid.CreateVersion7(), "ethereum", $"0x{world.Ledger:N}", null, world.At);
        var tracked = new LedgerTracked(Guid.CreateVersion7(), world.Wallet, account.AddressId, "ethereum", account.Address, world.At);
        await portfolio.FromWallets(account);
        await portfolio.FromSync(
            tracked, new AssetDescribed("ethereum", token, "TKN", 2, "test", world.At), world.WalkCompleted(100),
            new TransactionsObserved(world.Ledger, [Of(RandomHistory.Asset, "50000000"), Of(RandomHistory.Asset, "49999999")]),
            new TransactionsObserved(tracked.LedgerId,
            [
                Of(ethereum, "500000000000000000"), Of(ethereum, "499999999999999999"), Of(token, "50"), Of(token, "-49"), Of(token, "-5000"),
            ]),
            new TransactionsPending(world.Ledger,
            [
                Waiting("50000000"), Waiting("1"),
            ]));

        foreach (var path in new[] { Path, $"{world.Path}/transactions" })
        {
            (await Lists.All(world.Client, $"{path}?minCoins=0.5&include=pending", new Random(1)))
                .Select(entry => $"{entry["result"]!["display"]} {entry["result"]!["symbol"]}")
                .ShouldBe(["0.5 BTC", "0.5 BTC", "0.5 ETH", "0.5 TKN", "-50 TKN"], ignoreOrder: true);
            (await Lists.All(world.Client, $"{path}?minCoins=50", new Random(1))).Count.ShouldBe(1);
            ((long)(await Lists.Get(world.Client, $"{path}?minCoins=0.5&include=pending,total"))["total"]!).ShouldBe(5);
            (await Lists.Ask(world.Client, $"{path}?minCoins=half")).Status.ShouldBe(HttpStatusCode.BadRequest);
            (await Lists.Ask(world.Client, $"{path}?minCoins=1e9")).Status.ShouldBe(HttpStatusCode.BadRequest);
        }

        static ObservedTransaction Of(string asset, string amount) => RandomHistory.Transaction(new Random(), 90, 0) with
        {
            Movements = [new Movement("native", asset, Amount.Parse(amount))],
        };

        PendingTransaction Waiting(string amount) => new(
            RandomHistory.Hash($"{amount} {world.Ledger}"), world.At, 3, [new Movement("native", RandomHistory.Asset, Amount.Parse(amount))],
            [new Party("bc1qfrom", 5)], [new Party("bc1qto", 5)], 0, "test");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(10)]
    [InlineData(11)]
    public async Task what_waits_comes_first_and_pages_go_over_into_blocks_and_back(int limit)
    {
        var world = await Several();
        // Seen before the newest blocks and after: both come before all of them.
        await portfolio.FromSync(new TransactionsPending(world.Ledger, [.. Enumerable.Range(0, 10).Select(i => new PendingTransaction(
            RandomHistory.Hash($"waits {i} {world.Ledger}"), world.At.AddHours(i), 3, [new Movement("native", RandomHistory.Asset, 5)],
            [new Party("bc1qfrom", 5)], [new Party("bc1qto", 5)], 0, "test"))]));
        var pages = new List<JsonNode>();
        var path = $"{Path}?include=pending&limit={limit}";
        for (var page = await Lists.Get(world.Client, path); ; page = await Lists.Get(world.Client, $"{path}&cursor={page["next"]}"))
        {
            pages.Add(page);
            if (page["next"] is null) break;
        }

        var all = pages.SelectMany(page => page["data"]!.AsArray()).Select(entry => (string)entry!["txid"]!).ToList();
        all.Take(10).ShouldBe(Enumerable.Range(0, 10).Reverse().Select(i => RandomHistory.Hash($"waits {i} {world.Ledger}")));
        all.Skip(10).ShouldBe((await Lists.All(world.Client, Path, new Random(1))).Select(entry => (string)entry["txid"]!));
        ((long)(await Lists.Get(world.Client, $"{Path}?include=pending,total"))["total"]!).ShouldBe(all.Count);
        for (var i = pages.Count - 1; i > 0; i--)
        {
            var before = await Lists.Get(world.Client, $"{path}&cursor={pages[i]["prev"]}");
            before["data"]!.ToJsonString().ShouldBe(pages[i - 1]["data"]!.ToJsonString());
        }
    }

    [Fact]
    public async Task who_took_part_is_called_as_the_user_calls_them()
    {
        var world = await SmallWorld.Create(portfolio);
        var mine = $"bc1q{world.Ledger:N}";
        var other = new AddressImported(world.Wallet, Guid.CreateVersion7(), "bitcoin", $"bc1qunnamed{world.Ledger:N}", null, world.At);
        await portfolio.FromWallets(other);
        var payment = RandomHistory.Transaction(new Random(1), 90, 5) with
        {
            From = [new(other.Address, 6), new(null, 1)],
            To = [new(mine, 5), new("bc1qstranger", 1)],
        };
        await portfolio.FromSync(world.WalkCompleted(100), new TransactionsObserved(world.Ledger, [payment]));

        foreach (var path in new[] { Path, $"{world.Path}/transactions" })
        {
            var entry = (await Lists.Get(world.Client, path))["data"]!.AsArray().Single()!;
            Names(entry["from"]!).ShouldBe(["savings", null], "an address without a label is its wallet's");
            Names(entry["to"]!).ShouldBe(["cold", null]);
            var one = await Lists.Get(world.Client, $"{Path}/bitcoin/{entry["txid"]}");
            Names(one["to"]!).ShouldBe(["cold", null]);
        }

        var stranger = Guid.CreateVersion7();
        var theirs = new WalletCreated(Guid.CreateVersion7(), stranger, "theirs", world.At);
        await portfolio.FromWallets(
            theirs, new AddressImported(theirs.WalletId, Guid.CreateVersion7(), "bitcoin", "bc1qstranger", "exchange", world.At));
        Names((await Lists.Get(world.Client, Path))["data"]![0]!["to"]!).ShouldBe(["cold", null], "what others call it is theirs");

        static List<string?> Names(JsonNode parties) => [.. parties.AsArray().Select(party => (string?)party!["label"])];
    }

    [Fact]
    public async Task a_key_sees_its_own_wallets_only_and_a_cursor_is_of_one_list()
    {
        var world = await Several();
        var next = (string)(await Lists.Get(world.Client, $"{Path}?limit=1"))["next"]!;
        using var stranger = portfolio.As(Guid.CreateVersion7());
        (await Lists.Get(stranger, Path))["data"]!.AsArray().ShouldBeEmpty();
        (await Lists.Ask(stranger, $"{Path}?wallet={world.Wallet}")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await Lists.Ask(stranger, $"{Path}?cursor={next}")).Status.ShouldBe(HttpStatusCode.BadRequest);
        using var elsewhere = portfolio.As(world.Owner, new HashSet<Guid> { Guid.CreateVersion7() });
        (await Lists.Get(elsewhere, Path))["data"]!.AsArray().ShouldBeEmpty();
        (await Lists.Ask(elsewhere, $"{Path}?cursor={next}")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await Lists.Ask(world.Client, $"{Path}?wallet={world.Wallet}&cursor={next}")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await Lists.Ask(world.Client, $"{Path}?direction=up")).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    /// <summary>Twenty wallets, of 100 transactions each and of 2,000 each: what is read is the same, at any depth.</summary>
    [Fact]
    public async Task a_page_costs_the_same_however_long_the_histories_are()
    {
        const int wallets = 20;
        var (few, many) = (await Fill(wallets, 100), await Fill(wallets, 2_000));
        await using (var analyze = portfolio.Database.CreateCommand("vacuum analyze transactions, transaction_details, balance_stretches, balances"))
            await analyze.ExecuteNonQueryAsync(Cancellation);

        var first = await Cost(few, new(), null);
        foreach (var (what, filter) in new (string, TransactionFilter)[]
        {
            ("all", new()), ("one direction", new() { Sign = 1 }), ("payments among receipts", new() { Sign = -1 }),
            ("a range", new() { From = Time(500), To = Time(900) }),
        })
        {
            foreach (var depth in new int?[] { null, 50, 1_000, 1_990 })
            {
                var rows = await Cost(many, filter, depth);
                output.WriteLine($"{what}, depth {depth}: {rows} rows against {first}");
                // What the page holds of each wallet, and of each row at most 15 stretches of nine lengths.
                rows.ShouldBeLessThanOrEqualTo((wallets * 51 * 2) + (51 * ((9 * 15) + 10)), $"{what} {depth}");
            }
        }

        ((long)(await Lists.Get(many.Client, $"{Path}?include=total,orphaned"))["total"]!).ShouldBe(wallets * 2_000);

        async Task<long> Cost(Histories of, TransactionFilter filter, int? depth)
        {
            var place = new PageRequest().In("x");
            if (depth is { } number)
            {
                var key = new TransactionKey(number, 0, 0, "8", RandomHistory.Asset, of.Ledgers[0]);
                string[] parts = [.. key.Parts(), Time(2_000 - number).ToString("O")];
                place = new PageRequest(null, new PageRequest(1).In("x").PageOf([parts, parts], row => row).Next).In("x");
            }

            await using var command = TransactionQuery.Page(portfolio.Database, of.Wallets, filter, TransactionPlace.Of(place, byTime: true));
            return await Read(command);
        }
    }

    private async Task<Histories> Fill(int wallets, int transactions)
    {
        var (owner, random) = (Guid.CreateVersion7(), new Random(transactions));
        var made = new Histories(portfolio.As(owner), [], []);
        for (var i = 0; i < wallets; i++)
        {
            var (wallet, ledger) = (new WalletCreated(Guid.CreateVersion7(), owner, $"{i}", Time(0)), Guid.CreateVersion7());
            var address = new AddressImported(wallet.WalletId, Guid.CreateVersion7(), "bitcoin", $"bc1q{ledger:N}", null, Time(0));
            await portfolio.FromWallets(wallet, address);
            await portfolio.FromSync(new LedgerTracked(ledger, wallet.WalletId, address.AddressId, "bitcoin", address.Address, Time(0)));
            foreach (var some in Enumerable.Range(0, transactions).Chunk(500))
            {
                await portfolio.FromSync(new TransactionsObserved(ledger, [.. some.Select(n =>
                    RandomHistory.Transaction(random, 1 + n, n % 700 == 3 ? -1 : 5) with { BlockTime = Time(n) })]));
            }

            await portfolio.FromSync(
                new BalanceReported(ledger, RandomHistory.Asset, 0, 0, 0, 9_000, "h", "test", Time(0)),
                new LedgerWalkCompleted(ledger, "first", 9_000, "h", Time(0)));
            made.Wallets.Add(wallet.WalletId);
            made.Ledgers.Add(ledger);
        }

        return made;
    }

    // Two networks whose heights are far apart, and whose blocks come in turn.
    private async Task<SmallWorld> Several()
    {
        var world = await SmallWorld.Create(portfolio);
        var litecoin = Networks.Litecoin;
        var second = new AddressImported(world.Wallet, Guid.CreateVersion7(), "litecoin", $"ltc1q{world.Ledger:N}", null, world.At);
        var tracked = new LedgerTracked(Guid.CreateVersion7(), world.Wallet, second.AddressId, "litecoin", second.Address, world.At);
        await portfolio.FromWallets(second);
        var random = new Random(5);
        await portfolio.FromSync(
            tracked, world.WalkCompleted(1_000), new LedgerWalkCompleted(tracked.LedgerId, "first", 9_000_000, "h", world.At),
            new TransactionsObserved(world.Ledger, [.. Enumerable.Range(0, 30).Select(i =>
                RandomHistory.Transaction(random, 100 + i, 5) with { BlockTime = world.At.AddMinutes((i * 10) + 1) })]),
            new TransactionsObserved(tracked.LedgerId, [.. Enumerable.Range(0, 30).Select(i =>
                RandomHistory.Transaction(random, 2_000_000 + (i * 4), 5) with
                {
                    BlockTime = world.At.AddMinutes(i * 10), Movements = [new Movement("native", litecoin.Native.Caip19, 5)],
                })]));
        return world;
    }

    private static List<JsonNode> Ordered(IEnumerable<JsonNode> entries) =>
    [
        .. entries.OrderByDescending(entry => (DateTimeOffset)entry["time"]!).ThenByDescending(entry => (long)entry["height"]!)
            .ThenByDescending(entry => (string)entry["direction"]! == "out")
            .ThenByDescending(entry => (string)entry["txid"]!, StringComparer.Ordinal),
    ];

    private static (string, string, string, string) Name(JsonNode entry) =>
        ((string)entry["network"]!, (string)entry["address"]!, (string)entry["txid"]!, (string)entry["asset"]!);

    // Which wallet is named for what several share is a matter of their ids; all else is as the wallet's list has it.
    private static string Said(JsonNode entry)
    {
        var copy = entry.DeepClone().AsObject();
        foreach (var member in new[] { "walletId", "addressId", "confirmations", "status" }) copy.Remove(member);
        return copy.ToJsonString();
    }

    private static DateTimeOffset Time(int number) => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(number * 10);

    private static async Task<long> Read(NpgsqlCommand command)
    {
        command.CommandText = $"explain (analyze, format json) {command.CommandText}";
        return Scanned(JsonNode.Parse((string)(await command.ExecuteScalarAsync(Cancellation))!)![0]!["Plan"]!);

        static long Scanned(JsonNode node)
        {
            var rows = node["Relation Name"] is null ? 0 : (Number("Actual Rows") + Number("Rows Removed by Filter")) * Number("Actual Loops");
            return rows + (node["Plans"]?.AsArray().Sum(child => Scanned(child!)) ?? 0);

            long Number(string name) => (long)double.Parse(node[name]?.ToString() ?? "0", CultureInfo.InvariantCulture);
        }
    }

    private sealed record Histories(HttpClient Client, List<Guid> Wallets, List<Guid> Ledgers);
}

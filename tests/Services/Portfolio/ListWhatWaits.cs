using System.Net;
using System.Text.Json.Nodes;
using Contracts;
using Shouldly;
using Xunit;

namespace Services.Portfolio;

/// <summary>Transactions that are in no block: in the list where they are asked for, by themselves, and in balances.</summary>
public sealed class ListWhatWaits(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    private static readonly DateTimeOffset Seen = new(2026, 2, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task they_are_listed_first_where_they_are_asked_for_and_nowhere_else()
    {
        var world = await Imported();
        var random = new Random(1);
        var mined = Enumerable.Range(0, 25).Select(i => RandomHistory.Transaction(random, 50 + i, 10)).ToList();
        await portfolio.FromSync(new TransactionsObserved(world.Ledger, mined));
        var waiting = Enumerable.Range(0, 15).Select(i => Waiting(i, i % 3 == 0 ? -2 : 5)).ToList();
        await portfolio.FromSync(new TransactionsPending(world.Ledger, waiting));
        await portfolio.FromSync(new TransactionReplaced(world.Ledger, waiting[0].Txid, 0, "successor", Seen),
            new TransactionDropped(world.Ledger, waiting[1].Txid, 0, Seen));

        (await Entries(world, "")).Count.ShouldBe(25);
        (await Entries(world, "")).ShouldAllBe(entry => entry["height"] != null);
        var all = await Entries(world, "&include=pending");
        all.Select(Txid).ShouldBe([.. waiting.AsEnumerable().Reverse().Select(each => each.Txid), .. (await Entries(world, "")).Select(Txid)]);
        all.Take(15).Select(entry => ((string)entry["status"]!, entry["height"], (long)entry["confirmations"]!, entry["balance"]))
            .ShouldBe(
            [
                .. Enumerable.Repeat(("pending", (JsonNode?)null, 0L, (JsonNode?)null), 13), ("dropped", null, 0, null), ("replaced", null, 0, null),
            ]);
        ((string)all[14]["replacedBy"]!).ShouldBe("successor");
        all.Skip(15).Select(entry => entry.ToJsonString()).ShouldBe((await Entries(world, "")).Select(entry => entry.ToJsonString()));

        (await Entries(world, "&include=pending&direction=out")).Count.ShouldBe(5);
        (await Entries(world, "&include=pending&minAmount=5")).Count.ShouldBe(35);
        (await Entries(world, "&include=pending&from=2026-02-02")).ShouldBeEmpty();
        (await Entries(world, "&include=pending&to=2026-01-15")).Count.ShouldBe(25);
        ((long)(await Lists.Get(world.Client, $"{world.Path}/transactions?include=pending,total"))["total"]!).ShouldBe(40);
        (await Lists.Ask(world.Client, $"{world.Path}/transactions?include=pending&page=1")).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(15)]
    [InlineData(16)]
    public async Task pages_go_over_into_blocks_and_back(int limit)
    {
        var world = await Imported();
        var random = new Random(limit);
        var mined = Enumerable.Range(0, 20).Select(i => RandomHistory.Transaction(random, 50 + i, 10)).ToList();
        await portfolio.FromSync(new TransactionsObserved(world.Ledger, mined));
        await portfolio.FromSync(new TransactionsPending(world.Ledger, [.. Enumerable.Range(0, 15).Select(i => Waiting(i, 5))]));
        var pages = new List<JsonNode>();
        var path = $"{world.Path}/transactions?include=pending&limit={limit}";
        for (var page = await Lists.Get(world.Client, path); ; page = await Lists.Get(world.Client, $"{path}&cursor={page["next"]}"))
        {
            pages.Add(page);
            if (page["next"] is null) break;
        }

        pages.SelectMany(page => page["data"]!.AsArray()).Select(entry => Txid(entry!))
            .ShouldBe((await Entries(world, "&include=pending")).Select(Txid));
        for (var i = pages.Count - 1; i > 0; i--)
        {
            var before = await Lists.Get(world.Client, $"{path}&cursor={pages[i]["prev"]}");
            before["data"]!.ToJsonString().ShouldBe(pages[i - 1]["data"]!.ToJsonString());
        }
    }

    [Fact]
    public async Task one_is_told_by_its_id_before_and_after_it_is_in_a_block()
    {
        var world = await Imported();
        var waiting = Waiting(0, 5);
        await portfolio.FromSync(new TransactionsPending(world.Ledger, [waiting]));
        var told = await Lists.Get(world.Client, $"/api/v1/transactions/bitcoin/{waiting.Txid}");
        ((string)told["status"]!, told["height"], (long)told["confirmations"]!).ShouldBe(("pending", null, 0));
        ((string)told["changes"]![0]!["status"]!, Lists.Amount(told["changes"]![0]!["result"])).ShouldBe(("pending", 5));

        var mined = RandomHistory.Transaction(new Random(2), 101, 5, txid: waiting.Txid);
        await portfolio.FromSync(new TransactionsObserved(world.Ledger, [mined]));
        told = await Lists.Get(world.Client, $"/api/v1/transactions/bitcoin/{waiting.Txid}");
        ((string)told["status"]!).ShouldBeOneOf("confirming", "confirmed");
        ((long)told["height"]!, told["changes"]!.AsArray().Count).ShouldBe((101, 1));

        await portfolio.FromSync(new TransactionsOrphaned(world.Ledger, [new(mined.Txid, mined.BlockHash, 101, 0)], Seen),
            new TransactionsPending(world.Ledger, [waiting with { Incarnation = 1 }]));
        ((string)(await Lists.Get(world.Client, $"/api/v1/transactions/bitcoin/{waiting.Txid}"))["status"]!).ShouldBe("pending");
        using var stranger = portfolio.As(Guid.CreateVersion7());
        (await Lists.Ask(stranger, $"/api/v1/transactions/bitcoin/{waiting.Txid}")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task balances_are_split_into_what_is_in_blocks_what_waits_and_what_can_be_spent()
    {
        var world = await SmallWorld.Create(portfolio);
        (await Balance(world)).ShouldBe((null, null, null), "nothing is known");
        await portfolio.FromSync(world.Report(900, 100, pending: 30));
        (await Balance(world)).ShouldBe((900, 30, 900), "what a provider reports stands for what was not read");

        await portfolio.FromSync(
            new TransactionsObserved(world.Ledger, [RandomHistory.Transaction(new Random(3), 90, 1_000)]), world.WalkCompleted(100));
        await portfolio.FromSync(new TransactionsPending(world.Ledger, [Waiting(1, 50), Waiting(2, -300)]));
        (await Balance(world)).ShouldBe((1_000, -250, 700));
        await portfolio.FromSync(world.Report(1_000, 100, pending: 7));
        (await Balance(world)).ShouldBe((1_000, -250, 700), "what is known to wait counts, not what is reported");

        await portfolio.FromSync(
            new TransactionsObserved(world.Ledger, [RandomHistory.Transaction(new Random(4), 101, -300, txid: Waiting(2, 0).Txid)]));
        (await Balance(world)).ShouldBe((700, 50, 700));
        await portfolio.FromSync(new TransactionDropped(world.Ledger, Waiting(1, 0).Txid, 0, Seen));
        (await Balance(world)).ShouldBe((700, 0, 700), "what was reported before stands for nothing any more");
        await portfolio.FromSync(world.Report(700, 102, pending: -100));
        (await Balance(world)).ShouldBe((700, -100, 600));
        var past = (await Lists.Get(world.Client, $"{world.Path}/balances?at=2026-01-31"))["data"]![0]!;
        (past["pending"], past["available"]).ShouldBe((null, null));
    }

    [Fact]
    public async Task the_same_rows_come_of_pieces_of_batches_and_of_each_fact_twice()
    {
        var chain = new Func<Guid, ForkingChain>(ledger => new ForkingChain([ledger], 100));
        var rows = new List<string>();
        var ledger = Guid.CreateVersion7();
        for (var way = 0; way < 3; way++)
        {
            await portfolio.Clear();
            var world = await SmallWorld.Create(portfolio, ledger);
            await portfolio.FromSync(world.Report(0, 100), world.WalkCompleted(100));
            var (random, forks) = (new Random(5), chain(ledger));
            var told = Enumerable.Range(0, 80).SelectMany(_ => forks.Step(random.Next(7), random.Next(1_000), random.Next(1_000))).ToList();
            if (way == 0) await portfolio.FromSync(told);
            else
            {
                foreach (var contract in told)
                {
                    await portfolio.FromSync(contract);
                    if (way == 2) await portfolio.FromSync(contract);
                }
            }

            rows.Add(string.Join('\n', (await portfolio.Rows()).Split('\n').Where(row => row.Contains(ledger.ToString(), StringComparison.Ordinal)
                && !row.StartsWith("ledger_trackers", StringComparison.Ordinal))));
        }

        rows[0].ShouldContain("pending_transactions");
        rows[1].ShouldBe(rows[0]);
        rows[2].ShouldBe(rows[0]);
    }

    private async Task<SmallWorld> Imported()
    {
        var world = await SmallWorld.Create(portfolio);
        await portfolio.FromSync(world.Report(0, 100), world.WalkCompleted(100));
        return world;
    }

    private static async Task<(long? Confirmed, long? Pending, long? Available)> Balance(SmallWorld world)
    {
        var body = await Lists.Get(world.Client, $"{world.Path}/balances");
        var (one, total) = (Of(body["data"]![0]!), Of(body["totals"]![0]!));
        total.ShouldBe(one);
        return one;

        static (long?, long?, long?) Of(JsonNode entry) =>
            ((long?)Lists.Amount(entry["confirmed"]), (long?)Lists.Amount(entry["pending"]), (long?)Lists.Amount(entry["available"]));
    }

    private static Task<List<JsonNode>> Entries(SmallWorld world, string query) =>
        Lists.All(world.Client, $"{world.Path}/transactions?view=full{query}", new Random(1));

    private static string Txid(JsonNode entry) => (string)entry["txid"]!;

    private static PendingTransaction Waiting(int number, long delta) => new(
        RandomHistory.Hash($"waits {number}"), Seen.AddMinutes(number), 3, [new Movement("native", RandomHistory.Asset, delta)],
        [new Party("bc1qfrom", 5)], [new Party("bc1qto", 5)], 0, "test");
}

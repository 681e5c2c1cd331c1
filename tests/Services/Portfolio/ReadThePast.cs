using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text.Json.Nodes;
using Contracts;
using Shouldly;
using Xunit;

namespace Services.Portfolio;

public sealed class ReadThePast(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    [Fact]
    public async Task at_a_thousand_instants_every_balance_is_that_of_a_naive_replay()
    {
        var past = await Past.Create(portfolio, seed: 1);
        var from = past.Rows.ToDictionary(row => row, past.CountsFrom);
        for (var i = 0; i < 1000; i++)
        {
            var at = Instant(past);
            var balances = await At(past.World, at);
            foreach (var entry in balances["data"]!.AsArray())
            {
                var expected = past.Rows.Where(row => row.AddressId == (Guid)entry!["addressId"]! && from[row] <= at).ToList();
                (Lists.Amount(entry!["derived"]), (int)entry["derivedTransactions"]!, (bool)entry["provisional"]!, entry["reported"])
                    .ShouldBe((Sum(expected), expected.Count, false, null), $"at {at:O}");
            }

            balances["data"]!.AsArray().Count.ShouldBe(past.Addresses.Count);
            Lists.Amount(balances["totals"]!.AsArray().Single()!["derived"]).ShouldBe(Sum(past.Rows.Where(row => from[row] <= at)), $"at {at:O}");
        }
    }

    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    public async Task whatever_syncing_told_the_past_is_that_of_a_naive_replay(int seed)
    {
        var history = new RandomHistory(seed);
        var naive = new Naive();
        naive.Apply(history.WalletsLog);
        naive.Apply(history.SyncLog);
        await portfolio.Clear();
        await portfolio.FromWallets(history.WalletsLog);
        foreach (var piece in RandomHistory.Pieces(history.SyncLog, new Random(seed), 40)) await portfolio.FromSync(piece);

        var random = new Random(seed);
        foreach (var (wallet, owner) in naive.Wallets)
        {
            using var client = portfolio.As(owner);
            for (var i = 0; i < 20; i++)
            {
                var at = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(random.Next(-60, 11_000));
                var balances = await Lists.Get(client, $"/api/v1/wallets/{wallet}/balances?limit=200&at={Text(at)}");
                balances["data"]!.AsArray().Where(entry => naive.Derived(wallet).ContainsKey((Guid)entry!["addressId"]!))
                    .ToDictionary(entry => (Guid)entry!["addressId"]!, entry => Lists.Amount(entry!["derived"])!.Value)
                    .ShouldBe(naive.DerivedAt(wallet, at), ignoreOrder: true);
            }
        }
    }

    [Fact]
    public async Task before_the_first_transaction_there_was_nothing_and_after_the_last_there_is_what_is()
    {
        var past = await Past.Create(portfolio, seed: 2, transactions: 60);
        Lists.Amount((await At(past.World, Past.Start.AddYears(-2)))["totals"]![0]!["derived"]).ShouldBe(0);
        Lists.Amount((await At(past.World, new DateTimeOffset(1900, 1, 1, 0, 0, 0, TimeSpan.Zero)))["totals"]![0]!["derived"]).ShouldBe(0);
        var now = await Lists.Get(past.World.Client, $"{past.World.Path}/balances");
        (await At(past.World, DateTimeOffset.UtcNow))["totals"]![0]!["derived"]!.ToJsonString()
            .ShouldBe(now["totals"]![0]!["derived"]!.ToJsonString());
    }

    [Fact]
    public async Task while_the_history_is_being_read_the_past_says_that_it_is_not_complete()
    {
        var world = await SmallWorld.Create(portfolio);
        await portfolio.FromSync(world.Report(570, 90), new TransactionsObserved(world.Ledger, [RandomHistory.Transaction(new Random(1), 90, -30)]));
        await Expect(world, world.At, "syncing", provisional: true);
        await portfolio.FromSync(world.WalkCompleted(90));
        await Expect(world, world.At, "syncing", provisional: false);

        await portfolio.FromSync(new LedgerWalkStarted(world.Ledger, "top", world.At));
        await Expect(world, world.At.AddDays(-2), "syncing", provisional: false);
        await Expect(world, world.At, "syncing", provisional: true);
        await portfolio.FromSync(new LedgerWalkStarted(world.Ledger, "repair", world.At));
        await Expect(world, world.At.AddDays(-2), "syncing", provisional: true);
    }

    [Theory]
    [InlineData("2026-02-30")]
    [InlineData("9999-12-31")]
    [InlineData("2026-01-01T00:00:00")]
    [InlineData("2026-13-01T00:00:00Z")]
    [InlineData("yesterday")]
    [InlineData("")]
    [InlineData("9999-12-31T23:59:59Z")]
    public async Task what_is_no_instant_of_the_past_is_refused(string at)
    {
        var world = await SmallWorld.Create(portfolio);
        var answer = await Lists.Ask(world.Client, $"{world.Path}/balances?at={at}");
        answer.Status.ShouldBe(HttpStatusCode.BadRequest);
        ((string)JsonNode.Parse(answer.Body)!["errors"]![0]!["pointer"]!).ShouldBe("?at");
    }

    [Fact]
    public async Task the_past_at_a_day_is_what_history_closes_it_with()
    {
        var past = await Past.Create(portfolio, seed: 3, transactions: 60);
        var balances = await Lists.Get(past.World.Client, $"{past.World.Path}/balances?at=2018-01-01");
        ((string)balances["at"]!).ShouldStartWith("2018-01-01T23:59:59.999999");
        var sums = balances["totals"]!.AsArray().ToDictionary(total => (string)total!["asset"]!, total => (string)total!["derived"]!["amount"]!);

        foreach (var range in new[] { "from=2018-01-01&to=2018-01-01", "from=2018-01-01T05:00:00Z&to=2018-01-01T06:00:00Z" })
            foreach (var entry in (await Lists.Get(past.World.Client, $"{past.World.Path}/history?{range}"))["data"]!.AsArray())
                ((string)entry!["closing"]!["amount"]!).ShouldBe(sums[(string)entry["asset"]!]);
    }

    [Fact]
    public async Task an_instant_may_be_written_with_any_offset()
    {
        var past = await Past.Create(portfolio, seed: 3, transactions: 60);
        var utc = (await At(past.World, Past.Start.AddYears(8)))["totals"]!.ToJsonString();
        (await Lists.Get(past.World.Client, $"{past.World.Path}/balances?at=2018-01-01T02:00:00.000%2B02:00"))["totals"]!.ToJsonString()
            .ShouldBe(utc);
    }

    private static DateTimeOffset Instant(Past past)
    {
        var row = past.Rows[past.Random.Next(past.Rows.Count)];
        return past.Random.Next(5) switch
        {
            0 => row.Time,
            1 => row.Time.AddSeconds(-1),
            2 => new DateTimeOffset(row.Time.Date, TimeSpan.Zero).AddSeconds(past.Random.Next(-1, 2)),
            _ => Past.Start.AddSeconds(past.Random.NextInt64(-86_400 * 30, 86_400 * 365L * 16)),
        };
    }

    private static BigInteger Sum(IEnumerable<PastRow> rows) => rows.Aggregate(BigInteger.Zero, (sum, row) => sum + row.Delta);

    private static Task<JsonNode> At(SmallWorld world, DateTimeOffset at) => Lists.Get(world.Client, $"{world.Path}/balances?at={Text(at)}");

    private static string Text(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static async Task Expect(SmallWorld world, DateTimeOffset at, string status, bool provisional)
    {
        var balances = await At(world, at);
        foreach (var one in new[] { balances["data"]![0]!, balances["totals"]![0]! })
            ((string)one["status"]!, (bool)one["provisional"]!).ShouldBe((status, provisional));
    }
}

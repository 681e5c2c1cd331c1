using Contracts;
using Shouldly;
using Xunit;

namespace Services.Portfolio;

/// <summary>A transaction is known before its block's time is; once somebody tells it, everything is as if it had been known from the
/// start.</summary>
public sealed class PlaceTransactions(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    private static readonly DateTimeOffset Midnight = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task a_time_that_is_not_the_blocks_says_so_until_it_is()
    {
        var world = await SmallWorld.Create(portfolio);
        var seen = Seen(1, 500, Midnight.AddMinutes(-3));
        await portfolio.FromSync(new TransactionsObserved(world.Ledger, [seen]), world.WalkCompleted(100));
        (await Told(world, seen)).ShouldBe((Midnight.AddMinutes(-3), true, null));

        await portfolio.FromSync(Placed(world, seen, Midnight.AddMinutes(7)));
        (await Told(world, seen)).ShouldBe((Midnight.AddMinutes(7), false, "block"));
        var one = await Lists.Get(world.Client, $"/api/v1/transactions/bitcoin/{seen.Txid}");
        ((DateTimeOffset)one["time"]!, (bool)one["timeProvisional"]!, (string?)one["blockHash"]).ShouldBe((Midnight.AddMinutes(7), false, "block"));
    }

    [Fact]
    public async Task what_happened_before_midnight_by_one_time_and_after_it_by_the_other_changes_its_day()
    {
        var world = await SmallWorld.Create(portfolio);
        var (first, seen) = (Seen(1, 100, Midnight.AddDays(-2)), Seen(2, 500, Midnight.AddMinutes(-3)));
        await portfolio.FromSync(new TransactionsObserved(world.Ledger, [seen, first]), world.WalkCompleted(100));
        (await At(world, Midnight), await Days(world)).ShouldBe((600, "2026-01-04 1 500, 2026-01-03 1 100"));
        (await Listed(world, "from=2026-01-05T00:00:00Z")).ShouldBe(0);

        await portfolio.FromSync(Placed(world, seen, Midnight.AddMinutes(7)));
        (await At(world, Midnight), await At(world, Midnight.AddMinutes(7)), await Days(world))
            .ShouldBe((100, 600, "2026-01-05 1 500, 2026-01-03 1 100"));
        (await Listed(world, "from=2026-01-05T00:00:00Z"), await Listed(world, "to=2026-01-05T00:00:00Z")).ShouldBe((1, 1));

        // Told again it changes nothing; taken back, it leaves the day that it is in now.
        await portfolio.FromSync(Placed(world, seen, Midnight.AddMinutes(7)));
        await portfolio.FromSync(new TransactionsOrphaned(world.Ledger, [new(seen.Txid, "block", seen.Height, 0)], world.At));
        (await At(world, Midnight.AddDays(1)), await Days(world)).ShouldBe((100, "2026-01-03 1 100"));
    }

    [Fact]
    public async Task another_incarnation_and_one_that_is_gone_are_not_placed()
    {
        var world = await SmallWorld.Create(portfolio);
        var (seen, gone) = (Seen(1, 100, Midnight) with { Incarnation = 1 }, Seen(2, 500, Midnight));
        await portfolio.FromSync(
            new TransactionsObserved(world.Ledger, [gone, seen]),
            new TransactionsOrphaned(world.Ledger, [new(gone.Txid, null, gone.Height, 0)], world.At), world.WalkCompleted(100));
        var before = await portfolio.Rows();

        await portfolio.FromSync(Placed(world, seen with { Incarnation = 0 }, Midnight.AddDays(2)), Placed(world, gone, Midnight.AddDays(2)));

        (await portfolio.Rows()).ShouldBe(before);
    }

    private static ObservedTransaction Seen(int n, long delta, DateTimeOffset at) =>
        RandomHistory.Transaction(new Random(n), 90 + n, delta) with { BlockHash = null, BlockTime = at };

    private static TransactionsPlaced Placed(SmallWorld world, ObservedTransaction seen, DateTimeOffset at) =>
        new(world.Ledger, [new(seen.Txid, seen.Height, "block", at, seen.Incarnation)]);

    private static async Task<(DateTimeOffset, bool, string?)> Told(SmallWorld world, ObservedTransaction transaction)
    {
        var line = (await Lists.Get(world.Client, $"{world.Path}/transactions"))["data"]!.AsArray()
            .Single(line => (string)line!["txid"]! == transaction.Txid)!;
        return ((DateTimeOffset)line["time"]!, (bool)line["timeProvisional"]!, (string?)line["blockHash"]);
    }

    private static async Task<int> Listed(SmallWorld world, string query) => (await world.Lines($"?{query}")).Count;

    private static async Task<int> At(SmallWorld world, DateTimeOffset at) =>
        (int)Lists.Amount((await Lists.Get(world.Client,
            $"{world.Path}/balances?at={at.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}"))["totals"]![0]!["derived"])!.Value;

    private static async Task<string> Days(SmallWorld world) => string.Join(", ",
        (await Lists.Get(world.Client, $"{world.Path}/history?from=2026-01-01&to=2026-01-10&limit=200"))["data"]!.AsArray()
            .Where(day => (long)day!["transactions"]! > 0).Select(day => $"{day!["start"]} {day["transactions"]} {Lists.Amount(day["change"])}"));
}

using System.Net.Http.Json;
using Contracts;
using ServiceDefaults;
using Shouldly;
using Xunit;

namespace Services.Portfolio;

/// <summary>A coin for 100,000 in January, of which half goes for 75,000 later, by prices that its owner set.</summary>
public sealed class TellGainsInMoney(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    [Fact]
    public async Task a_gain_is_what_it_brought_less_what_it_cost()
    {
        var world = await Create();
        var answer = await Lists.Get(world.Client, "/api/v1/portfolio/gains?year=2026&currency=USD");
        var sold = answer["data"]!.AsArray().Single()!;
        ((string)sold["proceeds"]!["amount"]!, (string)sold["cost"]!["amount"]!, (string)sold["gain"]!["amount"]!, (string)sold["basis"]!)
            .ShouldBe(("75000.00", "50000.00", "25000.00", "known"));
        ((string)answer["sums"]![0]!["gain"]!["amount"]!).ShouldBe("25000.00");
        var open = answer["openLots"]![0]!;
        ((string)open["cost"]!["amount"]!, (string)open["value"]!["amount"]!, (string)open["unrealised"]!["amount"]!)
            .ShouldBe(("50000.00", "75000.00", "25000.00"));
    }

    [Fact]
    public async Task a_file_says_the_same()
    {
        var world = await Create();
        (await Lists.Ask(world.Client, "/api/v1/portfolio/gains.csv?year=2026")).Body
            .ShouldContain(",2026-01-02T12:00:00Z,0.5,75000.00,50000.00,25000.00,USD,short,known,");
    }

    [Fact]
    public async Task returns_come_with_what_they_were_counted_from()
    {
        var world = await Create();
        var answer = await Lists.Get(world.Client, "/api/v1/portfolio/performance?to=2026-01-31");
        (string, string)[] sums = [("opening", "0.00"), ("in", "100000.00"), ("out", "75000.00"), ("costs", "0.00"), ("closing", "75000.00")];
        foreach (var (name, amount) in sums)
            ((string)answer[name]!["amount"]!).ShouldBe(amount, name);
        ((string)answer["from"]!, (string)answer["simple"]!["percent"]!, (string)answer["timeWeighted"]!["percent"]!)
            .ShouldBe(("2026-01-02", "50.000000", "50.000000"));
        answer["moneyWeighted"]!["annualPercent"].ShouldNotBeNull();
        answer["flows"]!.AsArray().Select(flow => (string)flow!["day"]!).ShouldBe(["2026-01-02", "2026-01-12"]);

        // Nothing flowed since, and nothing changed.
        var quiet = await Lists.Get(world.Client, "/api/v1/portfolio/performance?from=2026-01-20&to=2026-01-31");
        ((string)quiet["opening"]!["amount"]!, (string)quiet["timeWeighted"]!["percent"]!, (string)quiet["moneyWeighted"]!["percent"]!)
            .ShouldBe(("75000.00", "0.000000", "0.000000"));
    }

    private async Task<SmallWorld> Create()
    {
        var world = await SmallWorld.Create(portfolio);
        using var writing = portfolio.As(world.Owner, scope: Scopes.WalletsWrite);
        foreach (var (from, value) in new[] { ("2026-01-01", "100000"), ("2026-01-06", "150000") })
        {
            using var set = await writing.PutAsJsonAsync(
                $"/api/v1/prices/manual/{Guid.CreateVersion7()}", new { asset = RandomHistory.Asset, value, from },
                TestContext.Current.CancellationToken);
            set.EnsureSuccessStatusCode();
        }

        await portfolio.FromSync(
            new TransactionsObserved(world.Ledger, [Transaction(10, 100_000_000, "2026-01-02"), Transaction(20, -50_000_000, "2026-01-12")]),
            world.WalkCompleted(100));
        return world;
    }

    private static ObservedTransaction Transaction(long height, long delta, string day) =>
        RandomHistory.Transaction(new Random(1), height, delta, txid: RandomHistory.Hash($"{height} {Guid.CreateVersion7()}")) with
        {
            BlockTime = DateTimeOffset.Parse($"{day}T12:00:00Z"),
        };
}

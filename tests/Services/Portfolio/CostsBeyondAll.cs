using Chains;
using Contracts;
using Shouldly;
using Xunit;

namespace Services.Portfolio;

/// <summary>Costs each of which the log takes, and that come to more than a row takes.</summary>
public sealed class CostsBeyondAll(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    [Fact]
    public async Task a_cost_told_late_beside_another_does_not_end_the_reading()
    {
        var world = await Fresh();
        var paid = Amount.Parse("9" + new string('0', 77));
        var one = RandomHistory.Transaction(new Random(3), 92, 0) with { Movements = [new Movement("value", RandomHistory.Asset, 1)], Fee = paid };
        var late = new AddedMovement(one.Txid, 0, new("cost", RandomHistory.Asset, -1), paid, null, null, "p");
        await portfolio.FromSync(new TransactionsObserved(world.Ledger, [one]), new MovementsAdded(world.Ledger, [late]), world.WalkCompleted(100));
        (await Lists.Get(world.Client, $"{world.Path}/transactions"))["data"]!.AsArray().Single()!["fee"]!["amount"]!.GetValue<string>()
            .ShouldBe(paid.ToString());
    }

    private async Task<SmallWorld> Fresh()
    {
        await portfolio.Clear();
        return await SmallWorld.Create(portfolio, Guid.Parse("0190a000-0000-7000-8000-000000000001"));
    }
}

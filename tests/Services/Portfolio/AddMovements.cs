using Contracts;
using Shouldly;
using Xunit;

namespace Services.Portfolio;

/// <summary>Movements that were told after their transaction.</summary>
public sealed class AddMovements(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    private const string Token = "eip155:1/erc20:0x00000000000000000000000000000000000000aa";
    private const string Other = "eip155:1/erc20:0x00000000000000000000000000000000000000bb";

    private static readonly ObservedTransaction[] Whole =
    [
        Observed(1, 90, new("value", RandomHistory.Asset, -100), new("gas", RandomHistory.Asset, -7), new("inside", RandomHistory.Asset, 30),
            new("token", Token, 5), new("token", Token, 6), new("token", Other, -1)),
        Observed(2, 91, new("token", Other, 4), new("inside", RandomHistory.Asset, 9)),
        Observed(3, 92, new Movement("value", RandomHistory.Asset, 1_000)),
    ];

    // How many movements of each were told with it.
    private static readonly int[] AtOnce = [2, 1, 1];

    [Fact]
    public async Task whatever_is_told_late_comes_to_what_it_would_have_been_told_at_once()
    {
        var world = await Fresh();
        await portfolio.FromSync(new TransactionsObserved(world.Ledger, Whole), world.WalkCompleted(100));
        var atOnce = await Rows();

        world = await Fresh();
        await portfolio.FromSync(Parts(world), world.WalkCompleted(100), Late(world));
        (await Rows()).ShouldBe(atOnce);

        world = await Fresh();
        await portfolio.FromSync(Parts(world));
        foreach (var late in Late(world).Movements)
            await portfolio.FromSync(new MovementsAdded(world.Ledger, [late]), new MovementsAdded(world.Ledger, [late]));
        await portfolio.FromSync(world.WalkCompleted(100), Late(world));
        (await Rows()).ShouldBe(atOnce);
    }

    [Fact]
    public async Task fee_and_sides_come_with_what_is_added()
    {
        var world = await Fresh();
        await portfolio.FromSync(new TransactionsObserved(world.Ledger, [Whole[2]]), world.WalkCompleted(100));
        var late = new AddedMovement(Whole[2].Txid, 0, new("gas:-7:1", RandomHistory.Asset, -7), 7, null, null, "p");
        var token = new AddedMovement(Whole[2].Txid, 0, new("token:5:1", Token, 5), 0, new("giver", 5, Token), new(null, 5, Token), "p");
        await portfolio.FromSync(new MovementsAdded(world.Ledger, [late, token]), new MovementsAdded(world.Ledger, [token]));

        var lines = (await Lists.Get(world.Client, $"{world.Path}/transactions"))["data"]!.AsArray();
        lines.Select(line => ((string)line!["asset"]!, (string)line["result"]!["amount"]!, (string)line["fee"]!["amount"]!,
            (string)line["balance"]!["amount"]!))
            .ShouldBe([(RandomHistory.Asset, "993", "8", "993"), (Token, "5", "8", "5")], ignoreOrder: true);
        var from = lines[0]!["from"]!.AsArray();
        ((string)from[^1]!["address"]!, (string)from[^1]!["asset"]!).ShouldBe(("giver", Token));
    }

    [Fact]
    public async Task what_is_orphaned_takes_its_late_movements_with_it_and_another_incarnation_gets_none()
    {
        var world = await Fresh();
        await portfolio.FromSync(Parts(world), Late(world),
            new TransactionsOrphaned(world.Ledger, [.. Whole.Select(one => new OrphanedTransaction(one.Txid, one.BlockHash, one.Height, 0))],
                world.At));
        (await Sums(world)).ShouldBe("0 0 0 0 0 0");

        await portfolio.FromSync(Late(world));
        (await Sums(world)).ShouldBe("0 0 0 0 0 0");

        await portfolio.FromSync(new TransactionsObserved(world.Ledger, [Whole[0] with { Incarnation = 1 }]));
        var before = await Rows();
        await portfolio.FromSync(Late(world), new MovementsAdded(world.Ledger, [Late(world).Movements[0] with { Incarnation = 2 }]),
            new MovementsAdded(Guid.CreateVersion7(), Late(world).Movements));
        (await Rows()).ShouldBe(before);
    }

    private async Task<SmallWorld> Fresh()
    {
        await portfolio.Clear();
        return await SmallWorld.Create(portfolio, Guid.Parse("0190a000-0000-7000-8000-000000000001"));
    }

    private static TransactionsObserved Parts(SmallWorld world) =>
        new(world.Ledger, [.. Whole.Zip(AtOnce, (one, count) => one with { Movements = [.. one.Movements.Take(count)] })]);

    private static MovementsAdded Late(SmallWorld world) =>
        new(world.Ledger, [.. Whole.Zip(AtOnce).SelectMany(one => one.First.Movements.Skip(one.Second)
            .Select((movement, n) => new AddedMovement(one.First.Txid, 0, movement with { Part = $"{movement.Part}:{movement.Delta}:{n}" }, 0, null,
                null, "p")))]);

    private async Task<string> Sums(SmallWorld world) =>
        string.Join(' ', (await Lists.Get(world.Client, $"{world.Path}/balances"))["data"]!.AsArray()
            .Select(entry => $"{entry!["derived"]!["amount"]} {entry["derivedTransactions"]}"));

    // Names of what was added, and the ids that a world has of its own, aside.
    private async Task<string> Rows() => string.Join('\n', (await portfolio.Rows()).Split('\n')
        .Where(row => !new[] { "transaction_details", "wallets", "addresses",
            "ledger_trackers" }.Any(table => row.StartsWith(table, StringComparison.Ordinal))));

    private static ObservedTransaction Observed(int n, long height, params Movement[] movements) =>
        RandomHistory.Transaction(new Random(n), height, 0) with { Movements = movements, Fee = 1 };
}

using System.Globalization;
using System.Text.Json;
using ChainSimulator.Evm;
using ChainSimulator.Solana;
using Shouldly;
using Testing;
using Xunit;

namespace Whole;

/// <summary>The portfolio that people mean: ether, dollars and SOL of two chains, in one sum of US dollars and over time.</summary>
[Collection(nameof(SyncingSystem))]
public sealed class OnePortfolio(SyncingSystem syncing)
{
    private const string Ether = "eip155:1/slip44:60";
    private const string Dollars = "eip155:1/erc20:" + SyncingSystem.Usdc;
    private const string Sol = "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp/slip44:501";
    private const string Account = "0xd1220a0cf47c7b9be7a2e6ba89f429762e7b9adb";
    private const string Bank = "BankBankBankBankBankBankBankBankBankBankBan";
    private const string Stranger = "0x1111111111111111111111111111111111111111";

    private static readonly string Address = "EtherAndSoL".PadRight(43, 'x');

    private static readonly Dictionary<string, decimal> Prices = new()
    {
        [Ether] = SyncingSystem.UsDollars[SyncingSystem.Ethereum],
        [Dollars] = SyncingSystem.UsDollars[$"{SyncingSystem.Ethereum}:{SyncingSystem.Usdc}"],
        [Sol] = SyncingSystem.UsDollars[SyncingSystem.Solana],
    };

    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task ether_dollars_and_sol_are_one_sum_with_a_history()
    {
        var script = syncing.Script;
        await script.KnowAsync(new EvmToken(SyncingSystem.Ethereum, SyncingSystem.Usdc, "USDC", 6), cancellation);
        await MineEvm(new EvmTransaction(Stranger, Account, "2500000000000000000"));
        await MineEvm(new EvmTransaction(Stranger, SyncingSystem.Usdc, Moves: [new(SyncingSystem.Usdc, Stranger, Account, "1750250000")]));
        await MineEvm(new EvmTransaction(Account, Stranger, "400000000000000000"));
        await script.MineSolanaAsync(new SolanaMine(SyncingSystem.Solana,
            [new(Bank, [new(SolanaDoes.Pay, Bank, Address, "12400000000")])]), cancellation);

        var user = await syncing.System.NewUser();
        var wallet = await user.CreateWallet("savings");
        await user.Import(wallet, Account, SyncingSystem.Ethereum);
        await user.Import(wallet, Address, SyncingSystem.Solana);
        await user.UntilVerified(wallet);

        var held = await Eventually.Get(() => user.Get("/api/v1/portfolio?currency=USD"),
            portfolio => portfolio.GetProperty("byCoin").GetArrayLength() == 3 && Text(portfolio.GetProperty("value"), "value") is not null
                && Text(portfolio, "status") == "verified",
            "every part has a price", TimeSpan.FromMinutes(1));
        var movements = await Movements(user, wallet);
        var parts = Worth(movements, DateTimeOffset.MaxValue);
        parts[Dollars].ShouldBe(1_750.25m);
        parts[Sol].ShouldBe(12.4m * 148.25m);
        held.GetProperty("byCoin").EnumerateArray().ToDictionary(coin => Text(coin, "symbol")!, coin => Value(coin.GetProperty("value"))!.Value)
            .ShouldBe(
                new Dictionary<string, decimal> { ["ETH"] = Cents(parts[Ether]), ["USDC"] = Cents(parts[Dollars]), ["SOL"] = Cents(parts[Sol]) },
                ignoreOrder: true);
        Value(held.GetProperty("value")).ShouldBe(Cents(parts.Values.Sum()));
        held.GetProperty("byNetwork").EnumerateArray().Select(part => (Text(part, "network"), Value(part.GetProperty("value"))))
            .ShouldBe([("ethereum", Cents(parts[Ether] + parts[Dollars])), ("solana", Cents(parts[Sol]))], ignoreOrder: true);

        // Each wallet's balance has its own value, with the price it was made by.
        var balances = await user.Get($"/api/v1/wallets/{wallet}/balances?currency=USD");
        Value(balances.GetProperty("value")).ShouldBe(Cents(parts.Values.Sum()));
        foreach (var total in balances.GetProperty("totals").EnumerateArray())
            decimal.Parse(Text(total.GetProperty("price"), "value")!, CultureInfo.InvariantCulture).ShouldBe(Prices[Text(total, "asset")!]);

        await ShouldHaveAHistory(user, movements);
        await syncing.Forget(user, wallet);
    }

    private async Task ShouldHaveAHistory(TestUser user, IReadOnlyList<Movement> movements)
    {
        var first = DateOnly.FromDateTime(movements.Min(movement => movement.At).UtcDateTime);
        var history = await Eventually.Get(() => user.Get($"/api/v1/portfolio/history?currency=USD&interval=day&from={first:yyyy-MM-dd}"),
            history => history.GetProperty("points").EnumerateArray().All(point => Value(point) is not null), "every day has a value",
            TimeSpan.FromMinutes(2));
        var points = history.GetProperty("points").EnumerateArray().ToList();
        points.ShouldNotBeEmpty();
        foreach (var point in points)
        {
            var day = DateOnly.Parse(Text(point, "start")!, CultureInfo.InvariantCulture);
            var held = Worth(movements, new(day.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero));
            Value(point).ShouldBe(Cents(held.Values.Sum()), $"at the end of {day}");
        }
    }

    private Task<EvmTip> MineEvm(params EvmTransaction[] transactions) =>
        syncing.Script.MineEvmAsync(new EvmMine(SyncingSystem.Ethereum, transactions), cancellation);

    private static async Task<IReadOnlyList<Movement>> Movements(TestUser user, Guid wallet)
    {
        var movements = new List<Movement>();
        await foreach (var line in user.All($"/api/v1/wallets/{wallet}/transactions"))
        {
            movements.Add(new(Text(line, "asset")!, decimal.Parse(Text(line.GetProperty("result"), "display")!, CultureInfo.InvariantCulture),
                line.GetProperty("time").GetDateTimeOffset()));
        }

        return movements;
    }

    private static Dictionary<string, decimal> Worth(IEnumerable<Movement> movements, DateTimeOffset before) =>
        movements.Where(movement => movement.At < before).GroupBy(movement => movement.Asset)
            .ToDictionary(asset => asset.Key, asset => asset.Sum(movement => movement.Amount) * Prices[asset.Key]);

    private static decimal Cents(decimal worth) => decimal.Round(worth, 2, MidpointRounding.AwayFromZero);

    private static decimal? Value(JsonElement part) => part.GetProperty("value") is not { ValueKind: JsonValueKind.Object } value ? null
        : decimal.Parse(Text(value, "amount")!, CultureInfo.InvariantCulture);

    private static string? Text(JsonElement of, string name) =>
        of.GetProperty(name) is { ValueKind: not JsonValueKind.Null } value ? value.ToString() : null;

    private sealed record Movement(string Asset, decimal Amount, DateTimeOffset At);
}

using System.Text.Json.Nodes;
using Chains;
using Contracts;
using Shouldly;
using Xunit;

namespace Services.Portfolio;

/// <summary>An address that holds tokens beside its network's own asset.</summary>
public sealed class ShowAssets(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    private const string Account = "0x1111111111111111111111111111111111111111";

    private readonly DateTimeOffset at = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly string ether = Networks.Ethereum.Native.Caip19;

    // Descriptions are nobody's alone, so each test has tokens of its own.
    private readonly string dollar = $"eip155:1/erc20:0x{Guid.NewGuid():N}00000001";
    private readonly string unnamed = $"eip155:1/erc20:0x{Guid.NewGuid():N}00000002";

    [Fact]
    public async Task balances_are_shown_by_what_their_assets_are_called_and_divided_into()
    {
        var world = await Create();

        foreach (var path in (string[])[$"{world.Path}/balances", "/api/v1/portfolio"])
        {
            var told = await Lists.Get(world.Client, path);
            var balances = (told["data"] ?? told["totals"])!.AsArray().ToDictionary(entry => (string)entry!["asset"]!, entry => entry!["derived"]!);
            balances.Count.ShouldBe(3);
            Shown(balances[ether]).ShouldBe(("-1500000000000000007", 18, "ETH", "-1.500000000000000007"));
            Shown(balances[dollar]).ShouldBe(("2500000", 6, "USDC", "2.5"));
            Shown(balances[unnamed]).ShouldBe(("-9", 0, unnamed, "-9"));
        }
    }

    [Fact]
    public async Task a_transaction_of_several_assets_is_told_with_each_of_them()
    {
        var world = await Create();

        var lines = (await Lists.Get(world.Client, $"{world.Path}/transactions"))["data"]!.AsArray()
            .ToDictionary(line => (string)line!["asset"]!, line => line!);
        lines.Count.ShouldBe(3);
        (Shown(lines[ether]["result"]!).Display, Shown(lines[dollar]["result"]!).Display, Shown(lines[unnamed]["result"]!).Display)
            .ShouldBe(("-1.500000000000000007", "2.5", "-9"));
        Shown(lines[dollar]["balance"]!).ShouldBe(("2500000", 6, "USDC", "2.5"));
        lines.Values.ShouldAllBe(line => (string)line["fee"]!["symbol"]! == "ETH" && (string)line["fee"]!["amount"]! == "7");
        lines[ether]["to"]!.AsArray().Select(side => ((string)side!["asset"]!, Shown(side["value"]!).Symbol))
            .ShouldBe([(ether, "ETH"), (dollar, "USDC"), (unnamed, unnamed)]);

        var one = await Lists.Get(world.Client, $"/api/v1/transactions/ethereum/{(string)lines[ether]["txid"]!}");
        one["changes"]!.AsArray().Select(change => (string)change!["asset"]!).ShouldBe([ether, dollar, unnamed], ignoreOrder: true);
        ((string)one["changes"]!.AsArray().Single(change => (string)change!["asset"]! == dollar)!["result"]!["symbol"]!).ShouldBe("USDC");
        one["changes"]!.AsArray().ShouldAllBe(change => (string)change!["provider"]! == "test");
    }

    [Fact]
    public async Task history_is_shown_by_the_same_names()
    {
        var world = await Create();
        var entries = (await Lists.Get(world.Client, $"{world.Path}/history?to=2026-01-01"))["data"]!.AsArray();
        entries.Select(entry => Shown(entry!["closing"]!).Symbol).ShouldBe(["ETH", "USDC", unnamed], ignoreOrder: true);
    }

    [Fact]
    public async Task a_description_corrected_later_is_the_one_shown_and_the_one_of_another_network_is_not()
    {
        var world = await Create();
        await portfolio.FromSync(Described(dollar, "USDX", 8), Described(dollar, "EURC", 2), Described(unnamed, "BSC", 3) with { Network = "bsc" });
        var balances = (await Lists.Get(world.Client, $"{world.Path}/balances"))["data"]!.AsArray()
            .ToDictionary(entry => (string)entry!["asset"]!, entry => entry!["derived"]!);
        Shown(balances[dollar]).ShouldBe(("2500000", 2, "EURC", "25000"));
        Shown(balances[unnamed]).Symbol.ShouldBe(unnamed);
    }

    [Fact]
    public async Task a_token_of_solana_that_everybody_knows_is_called_so_and_any_other_by_its_id()
    {
        var chain = Networks.Solana.Caip2;
        var (known, other) = ($"{chain}/token:EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v", $"{chain}/token:{Guid.NewGuid():N}");
        var (owner, wallet, address, ledger) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        const string holder = "9mgNyijmQwtQ9nWXCw5pV6GWgjdrG5WdxaHwyjwFBMBP";
        await portfolio.FromWallets(new WalletCreated(wallet, owner, "tokens", at),
            new AddressImported(wallet, address, "solana", holder, null, at));
        await portfolio.FromSync(
            new LedgerTracked(ledger, wallet, address, "solana", holder, at),
            Described(known, known, 6) with { Network = "solana" }, Described(other, other, 2) with { Network = "solana" },
            new TransactionsObserved(ledger,
            [
                new ObservedTransaction($"{Guid.NewGuid():N}", 100, "block", at, null, 0,
                    [new("asset", known, 2_500_000), new("asset", other, 150)], [], [], false, 0, "test"),
            ]));
        using var client = portfolio.As(owner);

        var lines = (await Lists.Get(client, $"/api/v1/wallets/{wallet}/transactions"))["data"]!.AsArray();

        lines.Select(line => Shown(line!["result"]!))
            .ShouldBe([("2500000", 6, "USDC", "2.5"), ("150", 2, other, "1.5")], ignoreOrder: true);
    }

    private static (string Amount, int Decimals, string Symbol, string Display) Shown(JsonNode money) =>
        ((string)money["amount"]!, (int)money["decimals"]!, (string)money["symbol"]!, (string)money["display"]!);

    private AssetDescribed Described(string asset, string symbol, int decimals) => new("ethereum", asset, symbol, decimals, "test", at);

    private async Task<(HttpClient Client, string Path)> Create()
    {
        var (owner, wallet, address, ledger) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        await portfolio.FromWallets(new WalletCreated(wallet, owner, "accounts", at),
            new AddressImported(wallet, address, "ethereum", Account, null, at));
        await portfolio.FromSync(
            new LedgerTracked(ledger, wallet, address, "ethereum", Account, at),
            Described(dollar, "USDC", 6),
            new TransactionsObserved(ledger,
            [
                new ObservedTransaction(
                    $"0x{Guid.NewGuid():N}{Guid.NewGuid():N}", 100, $"0x{Guid.NewGuid():N}{Guid.NewGuid():N}", at, null, 7,
                    [new("native", ether, Amount.Parse("-1500000000000000007")), new("asset", dollar, 2_500_000), new("asset", unnamed, -9)],
                    [new(Account, Amount.Parse("1500000000000000000"))],
                    [new(null, Amount.Parse("1500000000000000000")), new(Account, 2_500_000, dollar), new(null, 9, unnamed)], false, 0, "test"),
            ]),
            new LedgerWalkCompleted(ledger, "first", 100, "hash", at));
        return (portfolio.As(owner), $"/api/v1/wallets/{wallet}");
    }
}

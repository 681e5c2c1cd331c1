using System.Globalization;
using System.Numerics;
using System.Text.Json;
using ChainSimulator.Evm;
using ChainSimulator.Serving;
using Shouldly;
using Testing;
using Xunit;

namespace Whole;

/// <summary>An account of Ethereum with all that changes its balances, from the import to what the gateway tells of it.</summary>
[Collection(nameof(SyncingSystem))]
public sealed class EthereumAccount(SyncingSystem syncing)
{
    private const string Native = "eip155:1/slip44:60";
    private const string Usdc = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48";
    private const string Weth = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2";
    private const string Nameless = "0x00000000000000000000000000000000000000d1";
    private const string Rebasing = "0x00000000000000000000000000000000000000d2";
    private const string Other = "0x1111111111111111111111111111111111111111";
    private const string Router = "0x2222222222222222222222222222222222222222";
    private const string Ether = "1000000000000000000";

    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task every_asset_of_an_account_ends_verified_and_is_told_as_it_is()
    {
        const string Me = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed";
        await Know();
        await Mine(new EvmTransaction(Other, Me, "9" + Ether[1..], Moves: [new(Nameless, Other, Me, "20")]));
        await Mine(
            new EvmTransaction(
                Me, Router, Ether, 180_000, "23000000019", Inside: [new(Router, Weth, "900000000000000000"), new(Router, Me, "100000000000000000"),
                    new(Router, Me, "3")],
                Moves: [new(Usdc, Router, Me, "2500000000"), new(Usdc, Router, Me, "1"), new(Nameless, Me, Router, "8"),
                    new(Usdc, Me, Other, "100")]),
            new EvmTransaction(Me, Router, Ether, 300_000, Failed: true, Moves: [new(Usdc, Me, Other, "5")]));
        await Mine(new EvmTransaction(Me, Me, Ether),
            new EvmTransaction(Me, null, "1234", 900_000, Created: "0x3333333333333333333333333333333333333333"));
        await Mine(new EvmTransaction(Other, Router, Inside: [new(Router, Me, "500"), new(Router, Me, "600", "delegatecall"),
            new(Router, Me, "700", Failed: true)]));
        await Mine(new EvmTransaction(Me, Weth, Ether, 45_000, Input: "0xd0e30db0", Moves: [new(Weth, null, Me, Ether, IsLogged: false)]));
        await Mine(new EvmTransaction(Other, Usdc, Moves: [new(Usdc, Other, Me, "7")]));

        var user = await syncing.System.NewUser();
        var wallet = await user.CreateWallet("accounts");
        var address = await user.Import(wallet, Me, SyncingSystem.Ethereum);
        await user.UntilVerified(wallet);
        await UntilTold(user, wallet, address, Me);

        // The verdicts come to Portfolio behind the transactions that they are about.
        var balances = await Eventually.Get(
            () => Balances(user, wallet, address), all => all.Values.All(balance => balance.Status == "verified"), "every asset is verified");
        (balances[$"eip155:1/erc20:{Usdc}"].Display, balances[$"eip155:1/erc20:{Usdc}"].Symbol).ShouldBe(("2499.999908", "USDC"));
        balances[$"eip155:1/erc20:{Nameless}"].Symbol.ShouldBe("TKN");

        // More comes, some of it told late by one of the lists.
        await syncing.Script.SetFaultAsync(new(FaultKind.EmptyPage, Network: SyncingSystem.Ethereum, Route: "*action=txlistinternal*"), cancellation);
        await Mine(new EvmTransaction(Me, Router, "5", 90_000, Inside: [new(Router, Me, "4"), new(Router, Me, "4")],
            Moves: [new(Usdc, Me, Router, "1000000")]));
        await user.Resync(wallet);
        await Eventually.Is(async () => (await Balances(user, wallet, address))[Native].Status == "mismatch", "what is missing is said",
            TimeSpan.FromMinutes(1));
        await syncing.Script.ClearFaultsAsync(cancellation);
        await user.Resync(wallet);
        await UntilTold(user, wallet, address, Me);
        await user.UntilVerified(wallet);
        await syncing.System.NoEventIsThereTwice("sync");
        await syncing.Forget(user, wallet);
    }

    [Fact]
    public async Task what_no_transaction_explains_is_explained_by_its_class()
    {
        const string Me = "0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359";
        await Know();
        await Mine(new EvmTransaction(Other, Me, Ether, Moves: [new(Rebasing, Other, Me, "1000")]));
        await syncing.Script.MineEvmAsync(
            new EvmMine(SyncingSystem.Ethereum, Gifts: [new(Me, "32000000000000000000"), new(Me, "77", EvmGiftKind.Reward)],
                Rebases: [new(Rebasing, null, Me, "13")]), cancellation);

        var user = await syncing.System.NewUser();
        var wallet = await user.CreateWallet("a validator's");
        var address = await user.Import(wallet, Me, SyncingSystem.Ethereum);
        await Eventually.Is(
            async () => (await Balances(user, wallet, address)) is { Count: 2 } balances
                && balances.Values.All(balance => balance.Status == "explained"),
            "both assets are explained", TimeSpan.FromMinutes(2));

        var told = await Balances(user, wallet, address);
        told[Native].Differences.ShouldBe("block-rewards 77, withdrawals 32000000000000000000");
        told[$"eip155:1/erc20:{Rebasing}"].Differences.ShouldBe("token-contract 13");
        foreach (var balance in told.Values) (balance.Reported - balance.Derived).ShouldBe(balance.Difference);
        (await user.Get($"/api/v1/wallets/{wallet}/balances")).GetProperty("status").GetString().ShouldBe("explained");
        await syncing.Forget(user, wallet);
    }

    private Task Know() => syncing.Script.KnowAsync(new EvmToken(SyncingSystem.Ethereum, Usdc, "USDC", 6), cancellation);

    private Task<EvmTip> Mine(params EvmTransaction[] transactions) =>
        syncing.Script.MineEvmAsync(new EvmMine(SyncingSystem.Ethereum, transactions), cancellation);

    // The set of transactions, what each changed of every asset, and every balance are the simulator's truth.
    private async Task UntilTold(TestUser user, Guid wallet, Guid address, string account)
    {
        var truth = await syncing.Script.EvmTruthAsync(SyncingSystem.Ethereum, account, cancellation);
        var lines = truth.Transactions.SelectMany(line =>
            line.Tokens.Select(token => (line.Txid, Asset: $"eip155:1/erc20:{token.Key}", Delta: token.Value, line.Fee))
                .Append((line.Txid, Asset: Native, line.Delta, line.Fee)))
            // An asset that did not move has no entry, unless nothing else moved either.
            .Where(line => line.Delta != "0" || truth.Transactions.Single(one => one.Txid == line.Txid).Tokens.Count == 0)
            .Select(line => $"{line.Txid} {line.Asset} {line.Delta} {line.Fee}").Order(StringComparer.Ordinal).ToList();
        var held = truth.Tokens.Select(token => (Asset: $"eip155:1/erc20:{token.Key}", Balance: token.Value)).Append((Asset: Native, truth.Balance))
            .Select(each => $"{each.Asset} {each.Balance}").Order(StringComparer.Ordinal).ToList();
        var difference = await Eventually.Get(
            async () =>
            {
                var told = new List<string>();
                await foreach (var line in user.All($"/api/v1/wallets/{wallet}/transactions?address={address}"))
                    told.Add($"{Text(line, "txid")} {Text(line, "asset")} {Text(line.GetProperty("result"), "amount")} " +
                        $"{Text(line.GetProperty("fee"), "amount")}");
                var balances = (await Balances(user, wallet, address)).Select(each => $"{each.Key} {each.Value.Derived}")
                    .Order(StringComparer.Ordinal);
                var apart = told.Except(lines).Concat(lines.Except(told)).Concat(balances.Except(held)).Concat(held.Except(balances)).ToList();
                return told.Count == lines.Count && apart.Count == 0 ? null : $"{told.Count} told, {lines.Count} true: {string.Join("; ", apart)}";
            },
            static difference => difference is null, "the gateway tells the truth", TimeSpan.FromMinutes(1));
        difference.ShouldBeNull();
    }

    private static async Task<Dictionary<string, Balance>> Balances(TestUser user, Guid wallet, Guid address)
    {
        var balances = new Dictionary<string, Balance>();
        await foreach (var entry in user.All($"/api/v1/wallets/{wallet}/balances"))
        {
            if (entry.GetProperty("addressId").GetGuid() != address) continue;
            var (derived, reported) = (entry.GetProperty("derived"), entry.GetProperty("reported"));
            var differences = entry.GetProperty("differences").EnumerateArray()
                .Select(each => (Class: Text(each, "class"), Amount: Number(each.GetProperty("balance")))).ToList();
            balances[Text(entry, "asset")] = new(
                Text(entry, "status"), Number(derived), reported.ValueKind is JsonValueKind.Null ? null : Number(reported), Text(derived, "symbol"),
                Text(derived, "display"),
                string.Join(", ", differences.Select(each => $"{each.Class} {each.Amount}")),
                differences.Aggregate(BigInteger.Zero, (sum, each) => sum + each.Amount));
        }

        return balances;
    }

    private static BigInteger Number(JsonElement money) => BigInteger.Parse(Text(money, "amount"), CultureInfo.InvariantCulture);

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private sealed record Balance(string Status, BigInteger Derived, BigInteger? Reported, string Symbol, string Display, string Differences,
        BigInteger Difference);
}

using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Shouldly;
using Testing;
using Xunit;

namespace Whole;

/// <summary>
/// A node that nobody here wrote pays an address and reorganises, and a client at the gateway's socket hears of each step: of coins and of a
/// token, to completion and back. Balances are the node's.
/// </summary>
public sealed class WatchingARealNode
{
    private const string Holder = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed";
    private const string Native = "eip155:1/slip44:60";
    private const int Required = 3;

    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task payments_are_told_block_by_block_and_taken_back_by_name_when_the_chain_is_reorganised()
    {
        await using var node = new AnvilNode();
        await node.InitializeAsync();
        await using var provider = await ListingNode.StartAsync(node);
        var made = await node.Send(AnvilNode.Rich, null, data: AnvilNode.Token);
        var contract = (await node.Call("eth_getTransactionReceipt", made)).GetProperty("contractAddress").GetString()!.ToLowerInvariant();
        var token = $"eip155:1/erc20:{contract}";
        // What lies in the chain before the import is told to nobody.
        await node.Send(AnvilNode.Rich, Holder, "0xde0b6b3a7640000");
        await using var system = await WholeSystem.Start(system =>
        {
            system.Settings["sync"] = new()
            {
                ["Chains__ethereum__Providers__0__Name"] = "anvil", ["Chains__ethereum__Providers__0__Kind"] = "alchemy",
                ["Chains__ethereum__Providers__0__BaseUrl"] = provider.Url, ["Chains__ethereum__Providers__0__RequestsPerSecond"] = "0",
                ["Chains__ethereum__Providers__0__Push"] = node.Url.Replace("http://", "ws://", StringComparison.Ordinal),
                ["Chains__ethereum__RestSeconds"] = "0",
            };
            system.Settings["portfolio"] = new()
            {
                ["Deposits__Tiers__0__Network"] = "ethereum", ["Deposits__Tiers__0__Confirmations"] = Text(Required),
                ["Deposits__Tiers__1__Network"] = "ethereum", ["Deposits__Tiers__1__Confirmations"] = Text(Required),
                ["Deposits__Tiers__1__Asset"] = token,
            };
        });
        using var user = await system.NewUser();
        using var client = new FeedFollower(() => system.AddressOf("gateway"), () => user.Key, bySocket: true) { Position = "0:0" };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var following = client.FollowAsync(_ => false, stop.Token);
        var wallet = await user.CreateWallet();
        await user.Import(wallet, Holder, "ethereum");
        await user.UntilVerified(wallet);
        await UntilBalancesAreTheNodes();

        var coins = await node.Send(AnvilNode.Rich, Holder, "0x2386f26fc10000");
        await UntilTold(coins, "deposit_update 1");
        var tokens = await node.Send(AnvilNode.Rich, contract, data: $"0xa9059cbb{Holder[2..].PadLeft(64, '0')}{1_000_000:x64}");
        await UntilTold(coins, "deposit_update 1", "confirmation_update 2");
        await UntilTold(tokens, "deposit_update 1");
        await node.Call("anvil_mine", "0x1");
        await UntilTold(coins, "deposit_update 1", "confirmation_update 2", "deposit_completed 3");
        await UntilTold(tokens, "deposit_update 1", "confirmation_update 2");
        await UntilBalancesAreTheNodes();

        await node.Call("anvil_reorg", 3, Array.Empty<object>());
        await UntilTold(coins, "deposit_update 1", "confirmation_update 2", "deposit_completed 3", "deposit_orphaned 0");
        await UntilTold(tokens, "deposit_update 1", "confirmation_update 2", "deposit_orphaned 0");
        // What is taken back is named: the completion, or the last that was told.
        Cancels(coins).ShouldBe(IdOf(coins, 2));
        Cancels(tokens).ShouldBe(IdOf(tokens, 1));
        await UntilBalancesAreTheNodes();

        var again = await node.Send(AnvilNode.AlsoRich, Holder, "0x5");
        await UntilTold(again, "deposit_update 1");
        await node.Call("anvil_mine", "0x1");
        await UntilTold(again, "deposit_update 1", "confirmation_update 2");
        await node.Call("anvil_mine", "0x1");
        await UntilTold(again, "deposit_update 1", "confirmation_update 2", "deposit_completed 3");
        await UntilBalancesAreTheNodes();

        var deposits = await Deposits();
        deposits.Keys.ShouldBe([coins, tokens, again, .. deposits.Keys.Except([coins, tokens, again])], ignoreOrder: true);
        (deposits[coins], deposits[tokens], deposits[again]).ShouldBe(("orphaned", "orphaned", "completed"));
        client.Seqs.ShouldBe(Enumerable.Range(1, client.Log.Count).Select(number => (long)number));
        await stop.CancelAsync();
        await following.ShouldThrowAsync<OperationCanceledException>();

        List<JsonElement> Told(string txid)
        {
            // The client takes what comes while this looks.
            lock (client.Messages) return [.. client.Messages.Where(message => message.GetProperty("data").TryGetProperty("txid", out var id)
                && id.GetString() == txid && message.GetProperty("type").GetString()! is not "balance_changed")];
        }

        Task UntilTold(string txid, params string[] expected) => Eventually.Get(
            () => Task.FromResult(string.Join(", ", Told(txid).Select(message =>
                $"{message.GetProperty("type").GetString()} {message.GetProperty("data").GetProperty("confirmations").GetInt64()}"))),
            told => told == string.Join(", ", expected), $"of {txid} is told: {string.Join(", ", expected)}");

        Guid Cancels(string txid) => Told(txid)[^1].GetProperty("data").GetProperty("cancels").GetGuid();

        Guid IdOf(string txid, int index) => Told(txid)[index].GetProperty("id").GetGuid();

        async Task UntilBalancesAreTheNodes()
        {
            var coinsHeld = Number(await node.Call("eth_getBalance", Holder, "latest"));
            var tokensHeld = Number(await node.Call("eth_call", new { to = contract, data = $"0x70a08231{Holder[2..].PadLeft(64, '0')}" }, "latest"));
            await Eventually.Get(async () =>
            {
                var balances = new Dictionary<string, string>();
                await foreach (var entry in user.All($"/api/v1/wallets/{wallet}/balances"))
                    balances[entry.GetProperty("asset").GetString()!] = entry.GetProperty("derived").GetProperty("amount").GetString()!;
                return $"{balances.GetValueOrDefault(Native, "0")} and {balances.GetValueOrDefault(token, "0")}";
            }, told => told == $"{coinsHeld} and {tokensHeld}", $"the balances are the node's, {coinsHeld} and {tokensHeld}");
        }

        async Task<Dictionary<string, string>> Deposits()
        {
            var all = new Dictionary<string, string>();
            await foreach (var deposit in user.All($"/api/v1/deposits?wallet={wallet}"))
                all.Add(deposit.GetProperty("txid").GetString()!, deposit.GetProperty("status").GetString()!);
            return all;
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static BigInteger Number(JsonElement hex) =>
        BigInteger.Parse("0" + hex.GetString()![2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}

using Chains;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Sync.Following;
using Sync.Ledgers;
using Testing;
using Xunit;

namespace Services.Sync;

/// <summary>A follower of a node that nobody here wrote: it mines, pays and reorganises, and the ledger's events come to what it says.</summary>
public sealed class FollowingARealNode(AnvilParts sync) : IClassFixture<AnvilParts>
{
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task its_feed_of_new_blocks_is_heard()
    {
        var heard = 0;
        var feed = new PushedHeads(AnvilParts.Ethereum, "anvil", new Uri(sync.Anvil.Url.Replace("http://", "ws://", StringComparison.Ordinal)),
            () => Interlocked.Increment(ref heard), TimeProvider.System, NullLogger.Instance);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var listening = feed.ListenAsync(stop.Token);
        await Eventually.Is(async () =>
        {
            await sync.Anvil.Call("anvil_mine", "0x1");
            return heard > 0;
        }, "a block is heard of");
        await stop.CancelAsync();
        await listening;
    }

    [Fact]
    public async Task payments_and_a_reorganisation_three_deep_end_with_the_nodes_truth()
    {
        var holder = EvmProvider.Account("holder that is followed");
        var made = await sync.Anvil.Send(RunningAnvil.Rich, null, data: AnvilNode.Token);
        var contract = (await sync.Anvil.Call("eth_getTransactionReceipt", made)).GetProperty("contractAddress").GetString()!.ToLowerInvariant();
        await sync.Anvil.Send(RunningAnvil.Rich, holder, "0xde0b6b3a7640000");
        var (wallet, address) = await sync.Track(holder);
        await sync.Sync(wallet);
        var follower = sync.Follower(network: AnvilParts.Ethereum);
        await follower.Look();
        await sync.Sync(wallet);
        await ShouldBeTheNodes();

        var paid = await sync.Anvil.Send(RunningAnvil.Rich, holder, "0x2386f26fc10000");
        await TakeAndCheck(isTouched: true);
        await sync.Anvil.Send(RunningAnvil.Rich, contract, data: $"0xa9059cbb{holder[2..].PadLeft(64, '0')}{1_000_000:x64}");
        await TakeAndCheck(isTouched: true);
        await sync.Anvil.Send(RunningAnvil.AlsoRich, holder, "0x5");
        await TakeAndCheck(isTouched: true);
        await sync.Anvil.Send(RunningAnvil.AlsoRich, RunningAnvil.Rich, "0x5");
        await TakeAndCheck(isTouched: false);
        (await Standing()).ShouldContain(paid);

        await sync.Anvil.Call("anvil_reorg", 3, Array.Empty<object>());
        await TakeAndCheck(isTouched: true);
        var orphaned = (await sync.EventsOf(address)).OfType<LedgerEvent.TransactionOrphaned>().ToList();
        TestContext.Current.TestOutputHelper!.WriteLine($"{orphaned.Count} orphaned, {(await Standing()).Count} stand");

        await sync.Anvil.Send(RunningAnvil.Rich, holder, "0x7");
        await TakeAndCheck(isTouched: true);
        await sync.ShouldHoldNoEventTwice();

        async Task TakeAndCheck(bool isTouched)
        {
            await follower.Look();
            (await sync.FollowerState(AnvilParts.Ethereum)).Hash.ShouldBe((await sync.Anvil.Node.BlockAsync(null, ct))!.Hash);
            (await sync.Execute("select touched_at > checked_at from ledgers where address = $1", address) is true).ShouldBe(isTouched);
            await sync.Check(wallet);
            await ShouldBeTheNodes();
        }

        async Task ShouldBeTheNodes()
        {
            var transfers = await sync.TransfersOf(holder);
            (await Standing()).ShouldBe(transfers.Select(transfer => (string)transfer["hash"]!).Distinct(), ignoreOrder: true);
            var asset = $"eip155:1/erc20:{contract}";
            var sums = await Sums();
            sums.GetValueOrDefault("eip155:1/slip44:60").ShouldBe(await sync.Anvil.Node.BalanceAsync(holder, null, ct));
            sums.GetValueOrDefault(asset).ShouldBe((await sync.Anvil.Node.TokensAsync(holder, [contract], null, ct))[contract]);
        }

        async Task<List<string>> Standing() => [.. (await Replayed()).Keys];

        async Task<Dictionary<string, Amount>> Sums() => (await Replayed()).Values.SelectMany(movements => movements)
            .GroupBy(movement => movement.Asset)
            .ToDictionary(moved => moved.Key, moved => moved.Aggregate(Amount.Zero, (sum, movement) => sum + movement.Delta));

        async Task<Dictionary<string, IReadOnlyList<Contracts.Movement>>> Replayed()
        {
            var standing = new Dictionary<string, IReadOnlyList<Contracts.Movement>>();
            foreach (var @event in await sync.EventsOf(address))
            {
                if (@event is LedgerEvent.TransactionObserved { Transaction: var t }) standing.TryAdd(t.Txid, t.Movements).ShouldBeTrue();
                if (@event is LedgerEvent.TransactionOrphaned { Transaction: var gone }) standing.Remove(gone.Txid).ShouldBeTrue();
            }

            return standing;
        }
    }
}

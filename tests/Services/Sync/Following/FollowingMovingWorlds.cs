using System.Numerics;
using Chains;
using ChainSimulator.Script;
using Messaging;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Sync;
using Sync.Following;
using Sync.Ledgers;
using Xunit;

namespace Services.Sync;

/// <summary>
/// Worlds in which payments wait, are mined, replaced, dropped, reorganised away and back. After each step what follower and mempool
/// have checked, and nothing else, must come to the truth: every transaction, and every satoshi that waits.
/// </summary>
public sealed class FollowingMovingWorlds(SyncParts sync) : IClassFixture<SyncParts>
{
    private const int Steps = 15;

    // A reorganisation is concluded upon before what it put back is known to wait.
    private const int Looks = 4;

    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    public static IEnumerable<TheoryDataRow<int>> Seeds =>
        Enumerable.Range(1, Environment.GetEnvironmentVariable("WHOLE_FULL") is "1" ? 200 : 12).Select(seed => new TheoryDataRow<int>(seed));

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task after_each_step_confirmed_and_pending_are_the_truth(int seed)
    {
        var random = new Random(seed);
        var (wallet, addresses) = await sync.NewWallet(6, 3, (ulong)seed, sharedPercent: 20);
        await sync.Sync(wallet);
        await sync.Follower().Look();
        await sync.Check(wallet);
        for (var step = 1; step <= Steps; step++)
        {
            var what = await MoveAsync(random, addresses, (ulong)((seed * 100) + step));
            var at = $"seed {seed}, step {step}: {what}";
            // What nobody knows was silent for long enough.
            await sync.Execute("update pending_transactions set last_seen_at = now() - interval '2 hours' where state = 'waiting'");
            string? differs = "";
            for (var look = 0; look < Looks && differs is not null; look++)
            {
                await sync.Follower().Look();
                await Watch().LookAsync((_, _) => Task.CompletedTask, ct);
                await sync.Check(wallet);
                differs = await DifferenceAsync(addresses);
            }

            differs.ShouldBeNull(at);
            foreach (var address in addresses) await sync.ShouldBeTrue(address);
        }

        await sync.ShouldHoldNoEventTwice();
    }

    private async Task<string> MoveAsync(Random random, IReadOnlyList<string> addresses, ulong seed)
    {
        var address = addresses[random.Next(addresses.Count)];
        switch (random.Next(10))
        {
            case <= 3:
                await sync.Script.AddAsync(
                    new AddTransactions(SyncParts.Bitcoin, [address], 1 + random.Next(2), random.Next(2) == 0, Seed: seed), ct);
                return "pay";
            case <= 5:
                await sync.Script.MineAsync(new(SyncParts.Bitcoin, 1 + random.Next(2), [address], random.Next(2), Seed: seed), ct);
                return "mine";
            case 6:
                await sync.Script.ReleaseAsync(new(SyncParts.Bitcoin), ct);
                return "release";
            case 7:
                var depth = 1 + random.Next(5);
                await sync.Script.ReorganiseAsync(
                    new(SyncParts.Bitcoin, depth, DropPercent: 10, MovePercent: 25, ReplacePercent: 15, UnconfirmPercent: 25, Addresses: addresses,
                        Transactions: random.Next(2), Seed: seed), ct);
                return $"reorganise {depth} deep";
            default:
                if (await sync.Execute("select min(txid) from pending_transactions where state = 'waiting'") is not string txid) return "nothing";
                var isReplaced = random.Next(3) > 0;
                // It may be another wallet's of a world before.
                try
                {
                    await sync.Script.EvictAsync(new(SyncParts.Bitcoin, [txid], isReplaced, seed), ct);
                }
                catch (ScriptException)
                {
                    return "nothing";
                }

                return isReplaced ? "replace" : "evict";
        }
    }

    // What waits by the log beside what the provider sums up.
    private async Task<string?> DifferenceAsync(IReadOnlyList<string> addresses)
    {
        foreach (var address in addresses)
        {
            var pending = new Dictionary<string, BigInteger>();
            foreach (var @event in await sync.EventsOf(address))
            {
                switch (@event)
                {
                    case LedgerEvent.TransactionPending { Transaction: var t }:
                        pending.TryAdd(t.Txid, t.Movements.Single().Delta.Value).ShouldBeTrue($"{t.Txid} waits already");
                        break;
                    case LedgerEvent.TransactionReplaced { Txid: var txid }: pending.Remove(txid).ShouldBeTrue(); break;
                    case LedgerEvent.TransactionDropped { Txid: var txid }: pending.Remove(txid).ShouldBeTrue(); break;
                    case LedgerEvent.TransactionObserved { Transaction.Txid: var txid }: pending.Remove(txid); break;
                }
            }

            var summary = await sync.Network.Named(null).SummaryAsync((Address)Addresses.Parse(global::Chains.Networks.Bitcoin, address), ct);
            var sum = pending.Values.Aggregate(BigInteger.Zero, (all, each) => all + each);
            if (sum != summary.Pending.Value) return $"{address}: {sum} waits by the log, {summary.Pending} by the provider";
        }

        return null;
    }

    private MempoolWatch Watch() => new(
        sync.Network, sync.Database.DataSource, sync.Store, new SyncOptions(), (shortest, _, _) => shortest, new DueSignal(), TimeProvider.System,
        NullLogger.Instance);
}

using System.Numerics;
using Chains;
using ChainSimulator.Script;
using ChainSimulator.Serving;
using Messaging;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Sync;
using Sync.Following;
using Sync.Ledgers;
using Sync.Walks;
using Xunit;

namespace Services.Sync;

/// <summary>Transactions that wait for a block, from the provider's list to the ledger's events, and how each waiting ends.</summary>
public sealed class WatchingTheMempool(SyncParts sync) : IClassFixture<SyncParts>
{
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task what_waits_is_told_and_ends_in_a_block()
    {
        var (wallet, address) = await Verified();
        var txid = await Pay(address);
        await LookAndCheck(wallet);
        (await Told(address)).ShouldBe([$"pending {txid}/0"]);
        await ShouldAgree(address);

        await sync.Script.ReleaseAsync(new(SyncParts.Bitcoin), ct);
        await sync.Mine();
        await sync.Resync(wallet);
        await sync.ShouldBeTrue(address);
        (await Told(address)).ShouldBe([$"pending {txid}/0", $"observed {txid}/0"]);
        await ShouldAgree(address);
        await sync.ShouldHoldNoEventTwice();
    }

    [Fact]
    public async Task a_replacement_is_named_whether_or_not_it_pays_the_address()
    {
        for (var seed = 1UL; seed <= 8; seed++)
        {
            var (wallet, address) = await Verified();
            var (txid, replaced) = (await Pay(address, seed), await Pay(address, seed + 100));
            await LookAndCheck(wallet);
            var evicted = await sync.Script.EvictAsync(new(SyncParts.Bitcoin, [replaced], Replace: true, Seed: seed), ct);
            await LookAndCheck(wallet);
            // What built on it went with it.
            var told = await Told(address);
            told.ShouldContain($"replaced {replaced}/0 by {evicted.Replacements[0]}", $"seed {seed}");
            if (!evicted.Gone.Contains(txid)) told.ShouldNotContain($"replaced {txid}/0");
            await ShouldAgree(address, except: evicted.Gone.Except([replaced]));
        }
    }

    [Fact]
    public async Task what_is_gone_is_dropped_after_a_silence_and_may_come_back()
    {
        var (wallet, address) = await Verified();
        var txid = await Pay(address);
        await LookAndCheck(wallet);
        await sync.Script.EvictAsync(new(SyncParts.Bitcoin, [txid]), ct);
        await sync.Resync(wallet);
        (await Told(address)).ShouldBe([$"pending {txid}/0"], "it is silent for a moment only");

        await sync.Execute("update pending_transactions set last_seen_at = now() - interval '2 hours' where txid = $1", txid);
        await sync.Resync(wallet);
        (await Told(address)).ShouldBe([$"pending {txid}/0", $"dropped {txid}/0"]);
        await ShouldAgree(address);
        (await sync.Execute("select state from pending_transactions where txid = $1", txid)).ShouldBe("dropped");
    }

    [Fact]
    public async Task what_a_reorganisation_puts_back_waits_again_and_is_mined_again()
    {
        var (wallet, address) = await Verified();
        var txid = await Pay(address);
        await LookAndCheck(wallet);
        await sync.Script.ReleaseAsync(new(SyncParts.Bitcoin), ct);
        await sync.Mine();
        await sync.Resync(wallet);
        await sync.Script.ReorganiseAsync(new(SyncParts.Bitcoin, 1, Unconfirm: [txid]), ct);
        await sync.Resync(wallet);
        // The list is believed once the reorganisation was concluded upon.
        await sync.Resync(wallet);
        (await Told(address)).ShouldBe([$"pending {txid}/0", $"observed {txid}/0", $"orphaned {txid}/0", $"pending {txid}/1"]);
        await ShouldAgree(address);

        await sync.Script.ReleaseAsync(new(SyncParts.Bitcoin), ct);
        await sync.Mine();
        await sync.Resync(wallet);
        (await Told(address))[^1].ShouldBe($"observed {txid}/1");
        await ShouldAgree(address);
        await sync.ShouldBeTrue(address);
        await sync.ShouldHoldNoEventTwice();
    }

    [Fact]
    public async Task a_list_that_cannot_be_had_keeps_no_walk_from_its_end()
    {
        var (wallet, address) = await Verified();
        await Pay(address);
        await sync.Script.SetFaultAsync(new(FaultKind.Html, Route: "*/txs/mempool"), ct);
        (await sync.Resync(wallet))[^1].Outcome.ShouldBe(SliceOutcome.Done);
        (await Told(address)).ShouldBeEmpty();
        await sync.Script.ClearFaultsAsync(ct);
        await sync.Resync(wallet);
        (await Told(address)).Length.ShouldBe(1);
    }

    [Fact]
    public async Task pending_rows_go_with_the_ledger()
    {
        var (wallet, address) = await Verified();
        var txid = await Pay(address);
        await LookAndCheck(wallet);
        await sync.Tell(new Contracts.WalletDeleted(wallet, DateTimeOffset.UtcNow));
        (await sync.Execute("select count(*) from pending_transactions where txid = $1", txid)).ShouldBe(0L);
    }

    [Fact]
    public async Task nobody_is_checked_for_what_is_known_to_wait()
    {
        var (wallet, address) = await Verified();
        await Pay(address);
        await LookAndCheck(wallet);
        await Watch().LookAsync((_, _) => Task.CompletedTask, ct);
        (await sync.Execute("select touched_at > checked_at from ledgers where address = $1", address)).ShouldBe(false);
    }

    private MempoolWatch Watch() => new(
        sync.Network, sync.Database.DataSource, sync.Store, new SyncOptions(), (shortest, _, _) => shortest, new DueSignal(), TimeProvider.System,
        NullLogger.Instance);

    private async Task LookAndCheck(Guid wallet)
    {
        await Watch().LookAsync((_, _) => Task.CompletedTask, ct);
        await sync.Check(wallet);
    }

    private async Task<(Guid Wallet, string Address)> Verified()
    {
        var (wallet, addresses) = await sync.NewWallet(5);
        await sync.Sync(wallet);
        return (wallet, addresses[0]);
    }

    private async Task<string> Pay(string address, ulong? seed = null) =>
        (await sync.Script.AddAsync(new AddTransactions(SyncParts.Bitcoin, [address], Held: true, Seed: seed), ct)).Single();

    // What the log says is pending is what the provider's sum is, to the unit.
    private async Task ShouldAgree(string address, IEnumerable<string>? except = null)
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

        foreach (var txid in except ?? []) pending.Remove(txid);
        var parsed = (Address)Addresses.Parse(global::Chains.Networks.Bitcoin, address);
        var sum = (await sync.Network.Named(null).SummaryAsync(parsed, ct)).Pending;
        pending.Values.Aggregate(BigInteger.Zero, (all, each) => all + each).ShouldBe(sum.Value);
    }

    private async Task<string[]> Told(string address) => [.. (await sync.EventsOf(address)).SkipWhile(e => e is not LedgerEvent.BalanceReconciled)
        .Select(e => e switch
        {
            LedgerEvent.TransactionPending { Transaction: var t } => $"pending {t.Txid}/{t.Incarnation}",
            LedgerEvent.TransactionReplaced t => $"replaced {t.Txid}/{t.Incarnation} by {t.ReplacedBy}",
            LedgerEvent.TransactionDropped t => $"dropped {t.Txid}/{t.Incarnation}",
            LedgerEvent.TransactionObserved { Transaction: var t } => $"observed {t.Txid}/{t.Incarnation}",
            LedgerEvent.TransactionOrphaned { Transaction: var t } => $"orphaned {t.Txid}/{t.Incarnation}",
            _ => "",
        }).Where(line => line.Length > 0)];
}

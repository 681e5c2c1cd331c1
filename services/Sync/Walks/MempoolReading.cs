using Chains;
using Microsoft.Extensions.Options;
using Sync.Chains;
using Sync.Ledgers;

namespace Sync.Walks;

/// <summary>Reads which of an address's transactions wait for a block, where anything says that some do.</summary>
internal sealed class MempoolReading(WalkStore store, IOptions<SyncOptions> options, TimeProvider clock, ILogger<MempoolReading> log)
{
    // What became of more than these is asked the next time, in another order: some may stay unknown for long.
    private const int MostFates = 10;

    /// <summary>A walk never fails for it: what cannot be had is read with the next check.</summary>
    public async Task ReadAsync(Slice slice, CancellationToken ct)
    {
        var ledger = slice.State.Ledger;
        if (slice.Network.Family is not ChainFamily.Utxo || slice.TimeIsUp()) return;
        if (!ledger.HasPending && slice.Claim.Trigger is not SyncTrigger.Block && ledger.Reported is null or { Pending.IsZero: true }) return;
        // Who reported the sum first: what is pending by it is on its list.
        foreach (var mempool in slice.Providers.Mempools.OrderByDescending(mempool => mempool == slice.Provider))
        {
            try
            {
                await ReadAsync(slice, mempool, ct);
                return;
            }
            catch (ProviderException e)
            {
                slice.Providers.Suspend(e);
                log.LogInformation("What waits for ledger {LedgerId} is read later: {Reason}", slice.Claim.LedgerId, e.Message);
            }
        }
    }

    private async Task ReadAsync(Slice slice, IMempool mempool, CancellationToken ct)
    {
        var ledgerId = slice.Claim.LedgerId;
        var listed = await mempool.WaitingAsync(slice.Address, slice.ProviderDeadline);
        slice.CountRequest();
        List<PendingRow> known;
        Dictionary<string, KnownTransaction> standing;
        await using (var connection = await store.Database.OpenConnectionAsync(ct))
        {
            known = await PendingRows.ReadAsync(connection, ledgerId, ct);
            standing = await TransactionRows.KnownAsync(connection, ledgerId, [.. listed.Select(waiting => waiting.Txid)], ct);
        }

        var fates = new Dictionary<string, PendingFate>();
        foreach (var row in PendingRules.Missing(known, listed).OrderBy(_ => Random.Shared.Next()).Take(MostFates))
        {
            fates[row.Txid] = await mempool.FateAsync(row.Txid, row.Spent, slice.ProviderDeadline);
            slice.CountRequest();
        }

        var now = clock.GetUtcNow();
        var change = PendingRules.Decide(
            new(ledgerId, slice.Network, mempool.Provider, known, listed, standing, fates), now,
            TimeSpan.FromSeconds(options.Value.DroppedAfterSeconds));
        if (change.Rows.Count == 0) return;
        await using var work = await store.BeginAsync(slice.Claim, ct);
        await PendingRows.WriteAsync(work.Connection, ledgerId, change.Rows, now, ct);
        work.Append(LedgerEvent.Category, ledgerId, change.Events);
        await work.CommitAsync(ct);
        slice.State = slice.State with { Ledger = slice.State.Ledger with { HasPending = true } };
        foreach (var (outcome, times) in change.Outcomes)
            SyncMetrics.PendingTransactions.Add(times, new("network", slice.Claim.Network), new("outcome", outcome));
    }
}

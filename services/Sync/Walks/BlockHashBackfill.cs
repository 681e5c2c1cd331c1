using Sync.Ledgers;

namespace Sync.Walks;

/// <summary>
/// Asks for the blocks of transactions whose provider names none, after a round's pages: their hashes, and with them the
/// times, are assigned later where they cannot be had along with the pages.
/// </summary>
internal sealed class BlockHashBackfill(WalkStore store)
{
    private const int MostAtOnce = 5_000;

    /// <summary>
    /// Assigns what it can until the slice's time is up, the newest first. One ledger of a network at a time, one question
    /// after the other: who finds another at it leaves it to the next walk, so that walks keep the providers to themselves.
    /// </summary>
    public async Task AssignAsync(Slice slice, CancellationToken ct)
    {
        if (!slice.State.Ledger.HasUnnamed || !slice.Providers.NamesBlocks || slice.TimeIsUp()
            || !slice.Providers.Backfilling.Wait(0, CancellationToken.None)) return;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(slice.ProviderDeadline);
        deadline.CancelAfter(TimeSpan.FromSeconds(slice.Lease / 2));
        try
        {
            var (ledgerId, page) = (slice.Claim.LedgerId, slice.PageBy(slice.Provider.Provider));
            List<KnownTransaction> unnamed;
            await using (var connection = await store.Database.OpenConnectionAsync(ct))
                unnamed = await TransactionRows.UnnamedAsync(connection, page, MostAtOnce, ct);
            if (unnamed.Count == 0) return;

            var heights = unnamed.Select(row => row.Height);
            var blocks = await slice.Providers.AncestorsAsync(slice.Provider, slice.Round.Start, heights, deadline.Token, slice.TimeIsUp);
            var found = unnamed.FindAll(row => blocks.ContainsKey(row.Height));
            if (found.Count == 0) return;

            await using var work = await store.BeginAsync(slice.Claim, ct);
            await TransactionRows.AssignBlocksAsync(work.Connection, ledgerId, found.ConvertAll(row => (row.Txid, blocks[row.Height].Hash)), ct);
            work.Append(LedgerEvent.Category, ledgerId, found.ConvertAll(row => TransactionFacts.BlockAssigned(ledgerId, row, blocks[row.Height])));
            await work.CommitAsync(ct);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !slice.ProviderDeadline.IsCancellationRequested)
        {
            // What can wait must not cost the walk its time.
        }
        finally
        {
            slice.Providers.Backfilling.Release();
        }
    }
}

using Sync.Ledgers;



namespace Sync.Walks;

/// <summary>
/// Asks for the blocks of transactions whose provider names none, after a round's pages: the names, and with them the times,
/// are told later where they cannot be had along with the pages.
/// </summary>
internal sealed class BlockHashBackfill(WalkStore store)
{
    private const int MostAtOnce = 5_000;

    /// <summary>
    /// Places what it can until the slice's time is up, the newest first. One ledger of a network at a time, one question
    /// after the other: who finds another at it leaves it to the next walk, so that walks keep the providers to themselves.
    /// </summary>
    public async Task PlaceAsync(Slice slice, CancellationToken ct)
    {
        var walk = slice.Walk;
        if (!walk.HasUnnamed || !slice.Providers.NamesBlocks || slice.TimeIsUp() || !slice.Providers.Backfilling.Wait(0, CancellationToken.None)) return;
        using var asking = CancellationTokenSource.CreateLinkedTokenSource(slice.Asking);
        asking.CancelAfter(TimeSpan.FromSeconds(slice.Lease / 2));
        try
        {
            List<KnownTransaction> unnamed;
            await using (var connection = await store.OpenAsync(ct)) unnamed = await WalkStore.UnnamedAsync(connection, walk, MostAtOnce, ct);
            if (unnamed.Count == 0) return;

            var blocks = await slice.Providers.AncestorsAsync(slice.Provider, walk.Start, unnamed.Select(row => row.Height), asking.Token, slice.TimeIsUp);
            var placed = unnamed.Where(row => blocks.ContainsKey(row.Height)).ToList();
            if (placed.Count == 0) return;

            await using var work = await store.BeginAsync(walk, ct);
            await WalkStore.PlaceAsync(work.Connection, walk.LedgerId, placed.ConvertAll(row => (row.Txid, blocks[row.Height].Hash)), ct);
            work.Append(LedgerEvent.Category, walk.LedgerId, placed.ConvertAll(row => WalkRules.Placed(walk.LedgerId, row, blocks[row.Height])));
            await work.CommitAsync(ct);
        }
        catch (OperationCanceledException) when (asking.IsCancellationRequested && !slice.Asking.IsCancellationRequested)
        {
            // What can wait must not cost the walk its time.
        }
        finally
        {
            slice.Providers.Backfilling.Release();
        }
    }
}

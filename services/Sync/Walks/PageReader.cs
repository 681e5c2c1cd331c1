using ServiceDefaults;
using Sync.Chains;
using Sync.Ledgers;
using Sync.Networks;
using Sync.Providers.Cache;
using Sync.Reconciliation;

namespace Sync.Walks;

/// <summary>Reads a round's pages from newest to oldest down to its floor, each stored in the transaction of its cursor.</summary>
internal sealed class PageReader(WalkStore store, CachedPages cache, TimeProvider clock)
{
    private const int PageTries = 3;

    /// <summary>Reads until the pages end or the slice's time is up.</summary>
    public async Task ReadAsync(Slice slice, CancellationToken ct)
    {
        var walk = slice.Walk;
        var toldAgain = new HashSet<string>();
        var history = await HistoryCache.OfAsync(cache, slice, ct);
        using var ahead = CancellationTokenSource.CreateLinkedTokenSource(slice.Asking);
        var after = walk.Anchor ?? walk.Cursor;
        var next = FetchAsync(after, walk.Cursor);
        try
        {
            while (!walk.PagesDone)
            {
                var (page, rest) = await next;
                var newest = rest.TakeWhile(t => t.Height > (walk.FloorHeight ?? -1)).ToList();
                // Asked from the one before the last, an end shows as a page that holds the last one only.
                var end = newest.Count < rest.Count || rest.Count == 0
                    || (!page.Full && (walk.ExpectedCount is null || walk.RoundSeen + newest.Count == walk.ExpectedCount));
                var (cursor, anchor) = (walk.Cursor, walk.Anchor);
                if (rest.Count > 0)
                {
                    cursor = page.PositionAt(page.Transactions.Count - 1);
                    anchor = page.Transactions.Count > 1 ? page.PositionAt(page.Transactions.Count - 2) : null;
                }

                // The next page is on its way while this one is stored.
                var more = !end && !slice.TimeIsUp();
                var asked = after;
                after = anchor ?? cursor;
                if (more) next = FetchAsync(after, cursor);
                await StoreAsync(slice, page, newest, cursor, anchor, end, toldAgain, ct);
                history.Keep(asked, page);
                if (!more) break;
            }
        }
        finally
        {
            await ahead.CancelAsync();
            // A page asked for in vain must not end as an unobserved failure.
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Task<(HistoryPage Page, IReadOnlyList<ChainTransaction> Adjoining)> FetchAsync(Position? place, Position? cursor) =>
            FetchAdjoiningAsync(slice, history, place, cursor, ahead.Token);
    }

    private async Task<(HistoryPage Page, IReadOnlyList<ChainTransaction> Adjoining)> FetchAdjoiningAsync(
        Slice slice, HistoryCache history, Position? after, Position? cursor, CancellationToken ct)
    {
        var walk = slice.Walk;
        for (var attempt = 1; ; attempt++)
        {
            var page = attempt == 1 && await history.FindAsync(after, ct) is { } kept ? kept : await (after is null ? slice.Provider.NewestAsync(slice.Address, walk.Start, ct) : slice.Provider.PageAsync(slice.Address, after, ct));
            if (!page.IsKept) SyncMetrics.Pages.Add(1, new KeyValuePair<string, object?>("network", walk.Network));
            if (cursor is null && page.Transactions.Count == 0 && walk.ExpectedCount > 0)
                throw new ProviderException(ProviderFailure.Contradiction, page.Provider, $"lists nothing although its summary counts {walk.ExpectedCount} transactions");
            if (WalkRules.Adjoin(page.Transactions, after, cursor, walk.SwitchHeight) is { } rest) return (page, await NamedAsync(slice, rest, ct));

            SyncMetrics.PagesApart.Add(1, new KeyValuePair<string, object?>("network", walk.Network));
            if (attempt == PageTries) throw new ProviderException(ProviderFailure.Contradiction, page.Provider, "its pages do not adjoin");
        }
    }

    // Where the provider names no blocks, the names of young ones, and of those that somebody named before, are asked of
    // whoever knows the tip: they tell a transaction that a reorganisation moved from one that stayed.
    private async Task<IReadOnlyList<ChainTransaction>> NamedAsync(Slice slice, IReadOnlyList<ChainTransaction> read, CancellationToken ct)
    {
        var (walk, start) = (slice.Walk, slice.Walk.Start);
        if (!slice.Providers.NamesBlocks) return read;
        var unnamed = Enumerable.Range(0, read.Count).Where(i => read[i].BlockHash is null && WalkRules.IsUnsettled(walk, slice.Network, read[i].Height)).ToList();
        if (unnamed.Count == 0) return read;

        await using (var connection = await store.OpenAsync(ct))
        {
            var known = await WalkStore.KnownAsync(connection, walk.LedgerId, [.. unnamed.Select(i => read[i].Txid)], ct);
            unnamed.RemoveAll(i => read[i].Height <= start.Height - slice.Network.SafeDepth && known.GetValueOrDefault(read[i].Txid)?.BlockHash is null);
        }

        var blocks = await slice.Providers.AncestorsAsync(slice.Provider, start, unnamed.Select(i => read[i].Height), ct);
        var named = read.ToArray();
        foreach (var i in unnamed)
        {
            if (blocks.TryGetValue(read[i].Height, out var block)) named[i] = read[i] with { BlockHash = block.Hash, BlockTime = block.Time };
        }

        return named;
    }

    private async Task StoreAsync(
        Slice slice, HistoryPage page, List<ChainTransaction> read, Position? cursor, Position? anchor, bool end, HashSet<string> toldAgain, CancellationToken ct)
    {
        var (walk, provider) = (slice.Walk, page.Provider);
        await using var work = await store.BeginAsync(walk, ct);
        var known = await WalkStore.KnownAsync(work.Connection, walk.LedgerId, [.. read.Select(t => t.Txid)], ct);
        var change = WalkRules.DecidePage(walk, slice.Network, read, known, provider, clock.GetUtcNow());
        if (!change.ToldAgain.All(toldAgain.Add)) throw new ProviderException(ProviderFailure.Contradiction, provider, "repeats its pages");
        var seen = walk.RoundSeen + read.Count(t => t.Height <= walk.StartHeight) - change.ToldAgain.Count(txid => known[txid].Height <= walk.StartHeight);
        WalkRules.CheckCount(walk, seen, provider);

        (walk.RoundSeen, walk.Cursor, walk.Anchor) = (seen, cursor, anchor);
        walk.HasUnnamed |= change.Written.Any(t => t.BlockHash is null);
        walk.Read += read.Count;
        walk.ServedKept |= page.IsKept;
        if (slice.Providers.NamesBlocks && change.Doubted is { } doubted) walk.DoubtedHeight = Math.Min(walk.DoubtedHeight ?? long.MaxValue, doubted);
        (walk.Derived, walk.DerivedCount) = (walk.Derived + change.Delta, walk.DerivedCount + change.Count);
        // Pages read again are no progress: a provider whose lie only shows at the end must come to count as failed.
        (walk.Pages, walk.Requests, walk.Found, walk.PagesDone, walk.Failures) = (walk.Pages + 1, walk.Requests + (page.IsKept ? 0 : 1), walk.Found + change.Found, end, change.Found > 0 ? 0 : walk.Failures);
        await WalkStore.WritePageAsync(work.Connection, walk, slice.Network, change, ct);
        await AssetBalances.MoveAsync(work.Connection, walk.LedgerId, change.Others, ct);
        await TokenMetadata.WriteAsync(work, slice.Network, page, clock.GetUtcNow(), ct);
        await WalkStore.SaveAsync(work.Connection, walk, slice.Lease, ct);
        work.Append(LedgerEvent.Category, walk.LedgerId, change.Events);
        KillPoint.Reach("before-append");
        await work.CommitAsync(ct);
        if (change.Revised.Count(row => row.Disputed is not null) is > 0 and var disputed) SyncMetrics.Disputed.Add(disputed, new("network", walk.Network), new("provider", provider));
        SyncMetrics.Transactions.Add(change.Found, new KeyValuePair<string, object?>("network", walk.Network));
        KillPoint.Reach("after-append");
    }
}

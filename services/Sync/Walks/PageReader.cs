using EventSourcing;
using ServiceDefaults;
using Sync.Chains;
using Sync.Ledgers;
using Sync.Networks;
using Sync.Providers.Cache;
using Sync.Reconciliation;
using Sync.Walks.Rounds;

namespace Sync.Walks;

/// <summary>Reads a round's pages from newest to oldest down to its floor, each stored in the transaction of its cursor.</summary>
internal sealed class PageReader(WalkStore store, CachedPages cache, TimeProvider clock)
{
    private const int PageTries = 3;

    /// <summary>Reads until the pages end or the slice's time is up.</summary>
    public async Task ReadAsync(Slice slice, CancellationToken ct)
    {
        var repeated = new HashSet<string>();
        var history = await HistoryCache.OfAsync(cache, slice, ct);
        using var ahead = CancellationTokenSource.CreateLinkedTokenSource(slice.ProviderDeadline);
        var (cursor, anchor) = (slice.Round.Cursor, slice.Round.Anchor);
        var after = anchor ?? cursor;
        var next = FetchAsync(after, cursor);
        try
        {
            while (!slice.Round.PagesDone)
            {
                var round = slice.Round;
                var (page, rest) = await next;
                var newest = rest.TakeWhile(t => t.Height > (round.FloorHeight ?? -1)).ToList();
                // Asked from the one before the last, an end shows as a page that holds the last one only.
                var end = newest.Count < rest.Count || rest.Count == 0
                    || (!page.Full && (round.ExpectedCount is null || round.Seen + newest.Count == round.ExpectedCount));
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
                await StoreAsync(slice, page, newest, round with { Cursor = cursor, Anchor = anchor, PagesDone = end }, repeated, ct);
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

        Task<(HistoryPage Page, IReadOnlyList<ChainTransaction> Adjoining)> FetchAsync(Position? place, Position? last) =>
            FetchAdjoiningAsync(slice, history, place, last, ahead.Token);
    }

    /// <summary>Stores what was asked for beside the round's pages.</summary>
    public Task AddAsync(Slice slice, HistoryPage page, CancellationToken ct) =>
        StoreAsync(slice, page, [.. page.Transactions], slice.Round, [], ct);

    private async Task<(HistoryPage Page, IReadOnlyList<ChainTransaction> Adjoining)> FetchAdjoiningAsync(
        Slice slice, HistoryCache history, Position? after, Position? cursor, CancellationToken ct)
    {
        var (round, network) = (slice.Round, new KeyValuePair<string, object?>("network", slice.Network.Slug));
        for (var attempt = 1; ; attempt++)
        {
            var page = (attempt == 1 ? await history.FindAsync(after, ct) : null)
                ?? await (after is null && slice.Provider is IPastState past ? past.NewestAsync(slice.Address, round.Start, ct)
                    : slice.Provider.PageAsync(slice.Address, after, ct));
            if (!page.IsKept) SyncMetrics.Pages.Add(1, network);
            if (cursor is null && page.Transactions.Count == 0 && round.ExpectedCount > 0)
            {
                throw new ProviderException(
                    ProviderFailure.Contradiction, page.Provider, $"lists nothing although its summary counts {round.ExpectedCount} transactions");
            }

            if (PageRules.Adjoin(page.Transactions, after, cursor, round.SwitchHeight) is { } rest) return (page, await NamedAsync(slice, rest, ct));

            SyncMetrics.PagesApart.Add(1, network);
            if (attempt == PageTries) throw new ProviderException(ProviderFailure.Contradiction, page.Provider, "its pages do not adjoin");
        }
    }

    // Where the provider names no blocks, the names of young ones, and of those that somebody named before, are asked of
    // whoever knows the tip: they tell a transaction that a reorganisation moved from one that stayed.
    private async Task<IReadOnlyList<ChainTransaction>> NamedAsync(Slice slice, IReadOnlyList<ChainTransaction> read, CancellationToken ct)
    {
        if (!slice.Providers.NamesBlocks) return read;
        var (start, page) = (slice.Round.Start, slice.PageBy(slice.Provider.Provider));
        var unnamed = Enumerable.Range(0, read.Count).Where(i => read[i].BlockHash is null && page.IsUnsettled(read[i].Height)).ToList();
        if (unnamed.Count == 0) return read;

        await using (var connection = await store.Database.OpenConnectionAsync(ct))
        {
            var known = await TransactionRows.KnownAsync(connection, page.LedgerId, [.. unnamed.Select(i => read[i].Txid)], ct);
            unnamed.RemoveAll(i => read[i].Height <= start.Height - slice.Network.SafeDepth
                && known.GetValueOrDefault(read[i].Txid)?.BlockHash is null);
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
        Slice slice, HistoryPage page, List<ChainTransaction> read, Round moved, HashSet<string> repeated, CancellationToken ct)
    {
        var (claim, at, now) = (slice.Claim, slice.PageBy(page.Provider), clock.GetUtcNow());
        await using var work = await store.BeginAsync(claim, ct);
        var known = await TransactionRows.KnownAsync(work.Connection, claim.LedgerId, [.. read.Select(t => t.Txid)], ct);
        var change = PageRules.Decide(at, read, known, now);
        if (!change.Repeated.All(repeated.Add)) throw new ProviderException(ProviderFailure.Contradiction, page.Provider, "repeats its pages");
        var seen = moved.Seen + read.Count(t => t.Height <= at.StartHeight) - change.Repeated.Count(txid => known[txid].Height <= at.StartHeight);
        PageRules.CheckCount(seen, moved.ExpectedCount, page.Provider);

        var state = After(slice, moved with { Seen = seen, ServedKept = moved.ServedKept || page.IsKept }, change, read.Count, page);
        await TransactionRows.WritePageAsync(work.Connection, at, change, ct);
        await AssetRows.AddAsync(work.Connection, claim.LedgerId, change.Others, ct);
        await TokenMetadata.WriteAsync(work, slice.Network, page, now, ct);
        await WalkStore.SavePageAsync(work.Connection, claim, state, slice.Lease, ct);
        var observed = state.Ledger.HasPending
            ? await PendingRows.ObserveAsync(work.Connection, claim.LedgerId, [.. read.Select(t => t.Txid)], ct) : 0;
        IReadOnlyList<NewEvent> gaps = state.Ledger.HasGaps ? await LedgerGaps.WriteAsync(work.Connection, at, page, read, now, ct) : [];
        if (gaps.Any(gap => gap.Data is LedgerEvent.GapClosed)) await LowestBalances.DoubtAsync(work.Connection, claim.LedgerId, ct);
        work.Append(LedgerEvent.Category, claim.LedgerId, [.. change.Events, .. gaps]);
        KillPoint.Reach("before-append");
        await work.CommitAsync(ct);
        slice.State = state;
        if (change.Revised.Count(row => row.Disputed is not null) is > 0 and var disputed)
            SyncMetrics.Disputed.Add(disputed, new("network", claim.Network), new("provider", page.Provider));
        SyncMetrics.PendingTransactions.Add(observed, new("network", claim.Network), new("outcome", "observed"));
        SyncMetrics.Transactions.Add(change.Found, new KeyValuePair<string, object?>("network", claim.Network));
        KillPoint.Reach("after-append");
    }

    private static WalkState After(Slice slice, Round round, PageChange change, int read, HistoryPage page)
    {
        var (ledger, counters) = (slice.State.Ledger, slice.State.Counters);
        return slice.State with
        {
            Ledger = ledger with
            {
                Derived = ledger.Derived + change.Delta,
                DerivedCount = ledger.DerivedCount + change.Count,
                HasGaps = ledger.HasGaps || page.Gaps.Count > 0,
                HasUnnamed = ledger.HasUnnamed || change.Written.Any(each => each.Transaction.BlockHash is null),
            },
            Round = slice.Providers.NamesBlocks && change.Doubted is { } doubted
                ? round with { DoubtedHeight = Math.Min(round.DoubtedHeight ?? long.MaxValue, doubted) } : round,
            Counters = counters with
            {
                Pages = counters.Pages + 1,
                Requests = counters.Requests + (page.IsKept ? 0 : 1),
                Read = counters.Read + read,
                Found = counters.Found + change.Found,
                // Pages read again are no progress: a provider whose lie only shows at the end must come to count as failed.
                Failures = change.Found > 0 ? 0 : counters.Failures,
            },
        };
    }
}

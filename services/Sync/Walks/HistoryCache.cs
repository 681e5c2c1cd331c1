using Sync.Chains;
using Sync.Providers.Cache;
using Sync.Walks.Rounds;


namespace Sync.Walks;

/// <summary>
/// What of an address's history is known from before, for a walk that reads it for the first time; and what is kept of what it
/// reads. Whoever looks again, because something differs or may have changed, looks at the chain.
/// </summary>
internal sealed class HistoryCache
{
    private readonly CachedPages pages;
    private readonly Slice slice;
    private readonly string provider;
    private readonly (long Lowest, long Highest)? span;

    private HistoryCache(CachedPages pages, Slice slice, string provider, (long, long)? span) =>
        (this.pages, this.slice, this.provider, this.span) = (pages, slice, provider, span);

    public static async Task<HistoryCache> OfAsync(CachedPages pages, Slice slice, CancellationToken ct)
    {
        var provider = slice.Provider.Provider;
        return new(pages, slice, provider, slice.State.MayServeKept ? await pages.SpanAsync(slice.Claim.Cached, provider, ct) : null);
    }

    /// <summary>The page after a place, where it is known.</summary>
    public async Task<HistoryPage?> FindAsync(Position? after, CancellationToken ct) =>
        span is not var (lowest, highest) || (after is not null && (after.Height < lowest || after.Height > highest)) ? null
            : await pages.FindAsync(slice.Claim.Cached, provider, slice.Round.Start.Hash, after, ct);

    /// <summary>
    /// Keeps a page that the walk has taken: at once where it lies out of any reorganisation's reach, else once the round is
    /// concluded.
    /// </summary>
    public void Keep(Position? after, HistoryPage page)
    {
        var (state, claim, start) = (slice.State, slice.Claim, slice.Round.Start);
        if (!pages.IsOn || !(state.IsFirstReading || slice.Round.Kind is RoundKind.Repair)) return;
        if (state.MayServeKept) pages.Count(claim.Cached, page);
        if (page.IsKept || page.Gaps.Count > 0) return;

        var isFinal = after is not null && after.Height <= start.Height - slice.Network.SafeDepth;
        var kept = new KeptPage(claim.Network, claim.Address, after?.Txid, after?.Height ?? start.Height, isFinal ? null : start.Hash, page);
        if (isFinal) pages.Keep(kept);
        else slice.Young.Add(kept);
    }
}

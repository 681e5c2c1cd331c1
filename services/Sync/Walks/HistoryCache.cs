using Sync.Chains;
using Sync.Providers.Cache;



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

    private Walk Walk => slice.Walk;

    public static async Task<HistoryCache> OfAsync(CachedPages pages, Slice slice, CancellationToken ct)
    {
        var provider = slice.Provider.Provider;
        return new(pages, slice, provider, MayServe(slice.Walk) ? await pages.SpanAsync(slice.Walk.Cached, provider, ct) : null);
    }

    /// <summary>Whether the walk reads an address that nobody has drawn conclusions on, and of which nothing is in dispute.</summary>
    public static bool MayServe(Walk walk) => IsFirstReading(walk) && walk.Kind is (null or WalkKind.First);

    /// <summary>The same, in whichever of its rounds.</summary>
    public static bool IsFirstReading(Walk walk) => walk is { TipHash: null, RepairedFor: null };

    /// <summary>The page after a place, where it is known.</summary>
    public async Task<HistoryPage?> FindAsync(Position? after, CancellationToken ct) =>
        span is not var (lowest, highest) || (after is not null && (after.Height < lowest || after.Height > highest)) ? null
            : await pages.FindAsync(Walk.Cached, provider, Walk.StartHash!, after, ct);

    /// <summary>
    /// Keeps a page that the walk has taken: at once where it lies out of any reorganisation's reach, else once the round is
    /// concluded.
    /// </summary>
    public void Keep(Position? after, HistoryPage page)
    {
        if (!pages.IsOn || !(IsFirstReading(Walk) || Walk.Kind is WalkKind.Repair)) return;
        if (MayServe(Walk)) pages.Count(Walk.Cached, page);
        if (page.IsKept) return;

        var start = Walk.Start;
        var isFinal = after is not null && after.Height <= start.Height - slice.Network.SafeDepth;
        var kept = new KeptPage(Walk.Network, Walk.Address, after?.Txid, after?.Height ?? start.Height, isFinal ? null : start.Hash, page);
        if (isFinal) pages.Keep(kept);
        else slice.Young.Add(kept);
    }
}

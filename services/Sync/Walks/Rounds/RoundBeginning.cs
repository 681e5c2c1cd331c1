using EventSourcing;
using Sync.Chains;
using Sync.Ledgers;
using Sync.Networks;
using Sync.Providers.Cache;
using Sync.Reconciliation;

namespace Sync.Walks.Rounds;

/// <summary>Begins a round: one provider tells the tip and the address's summary, and it is decided what is to be read.</summary>
internal sealed class RoundBeginning(WalkStore store, SummaryPrefetch ahead, CachedSummaries cache, TimeProvider clock)
{
    private const string NobodyAnswers = "no provider answers";

    private sealed record Opening(IChainAdapter Provider, ChainTip Tip, AddressSummary Summary, long? KnownTip, string Kind, bool IsBracketed)
    {
        /// <summary>When the sum was told, where nobody answers and it is what somebody told before.</summary>
        public DateTimeOffset? ToldAt { get; init; }
    }

    /// <summary>Whether the summary is already known to stand between equal tips, so that the round may close at once.</summary>
    /// <exception cref="ProviderException">No provider is fit.</exception>
    public async Task<bool> BeginAsync(Slice slice, IReadOnlySet<string> passedOver, CancellationToken ct)
    {
        var walk = slice.Walk;
        var first = MismatchEscalation.IsOpinionDue(walk.RepairedFor) ? slice.Providers.NextAfter(walk.Provider)
            // A walk stays with the provider it has got; the next walk tries them in their order again.
            : walk.Rounds > 0 ? walk.Provider : null;
        var opening = await OpenAsync(slice, first, passedOver, ct);
        var (provider, tip, summary, knownTip, kind, isBracketed) = opening;

        var now = clock.GetUtcNow();
        await using var work = await store.BeginAsync(walk, ct);
        var events = new List<NewEvent>();
        if (summary.Confirmed != walk.Reported || summary.Pending != walk.ReportedPending || summary.TransactionCount != walk.ReportedCount)
        {
            events.Add(NewEvent.Fresh(new LedgerEvent.BalanceReported(
                walk.LedgerId, slice.Network.Native.Caip19, summary.Confirmed, summary.Pending, summary.TransactionCount, tip.Height, tip.Hash, provider.Provider, opening.ToldAt ?? now)));
        }

        if (kind is not WalkKind.Check && walk.Rounds == 0) events.Add(NewEvent.Fresh(new LedgerEvent.WalkStarted(walk.LedgerId, kind, now)));
        if (opening.ToldAt is { } toldAt) events.AddRange(Staleness.Since(walk, toldAt, NobodyAnswers, now));
        else await ChainTips.AdvanceAsync(work, slice.Network, tip, knownTip, now, ct);

        // Nothing above the tip can be settled; such a height was a lie once believed.
        if (walk.SettledHeight > tip.Height) walk.SettledHeight = null;
        walk.RepairedFor = MismatchEscalation.Begun(walk.RepairedFor);
        (walk.Reported, walk.ReportedPending, walk.ReportedCount) = (summary.Confirmed, summary.Pending, summary.TransactionCount);
        (walk.Kind, walk.Round, walk.Rounds, walk.Provider) = (kind, walk.Round + 1, walk.Rounds + 1, provider.Provider);
        (walk.StartHeight, walk.StartHash, walk.ExpectedCount) = (tip.Height, tip.Hash, summary.TransactionCount);
        walk.FloorHeight = kind is WalkKind.Top ? walk.SettledHeight : null;
        (walk.Cursor, walk.Anchor, walk.SwitchHeight, walk.DoubtedHeight, walk.RoundSeen, walk.ServedKept) = (null, null, null, null, 0, false);
        walk.PagesDone = kind is WalkKind.Check;
        await WalkStore.SaveAsync(work.Connection, walk, slice.Lease, ct);
        work.Append(LedgerEvent.Category, walk.LedgerId, events);
        await work.CommitAsync(ct);
        return isBracketed;
    }

    // Where nobody answers, an address that is new here is begun with what somebody told of it before. It is only shown:
    // conclusions wait for who tells the tip.
    private async Task<Opening> OpenAsync(Slice slice, string? first, IReadOnlySet<string> passedOver, CancellationToken ct)
    {
        try
        {
            // Who is in dispute has no opinion on it while there is anybody else to ask.
            if (MismatchEscalation.IsOpinionDue(slice.Walk.RepairedFor) && slice.Walk.Provider is { } disputed && slice.Providers.HasOther(new HashSet<string>(passedOver) { disputed }))
            {
                try
                {
                    return await slice.Providers.AskInOrderAsync(first, new HashSet<string>(passedOver) { disputed }, provider => OpenAsync(slice, provider, ct));
                }
                catch (ProviderException)
                {
                    // Then he may say it again.
                }
            }

            return await slice.Providers.AskInOrderAsync(first, passedOver, provider => OpenAsync(slice, provider, ct));
        }
        catch (ProviderException e) when (e.Failure is ProviderFailure.Unavailable or ProviderFailure.RateLimited && IsUnknown(slice.Walk))
        {
            if (await cache.LatestAsync(slice.Walk.Cached, ct) is not { } kept || slice.Providers.Named(kept.Provider) is not { } provider || provider.Provider != kept.Provider) throw;
            return new Opening(provider, kept.Tip, kept.Summary, null, WalkKind.First, IsBracketed: false) { ToldAt = kept.ToldAt };
        }
    }

    private static bool IsUnknown(Walk walk) => walk.Rounds == 0 && walk.Reported is null && HistoryCache.MayServe(walk);

    private async Task<Opening> OpenAsync(Slice slice, IChainAdapter provider, CancellationToken ct)
    {
        var walk = slice.Walk;
        // Whoever waits has every provider asked.
        if (walk.Trigger is Triggers.Scheduled && cache.RefusalOf(walk.Cached, provider.Provider) is { } refusal) throw refusal;
        if (walk is { Trigger: Triggers.Scheduled, Rounds: 0, TipHash: not null } && await ahead.OfAsync(walk, provider, slice.Address, slice.Asking) is { } told)
        {
            try
            {
                var known = await KnownTipAsync(slice, provider, told.Tip, ct);
                if (await KindAsync(slice, provider, told.Tip, told.Summary, ct) is WalkKind.Check)
                    return new Opening(provider, told.Tip, told.Summary, known, WalkKind.Check, IsBracketed: true);
            }
            catch (ProviderException e) when (e.Failure is ProviderFailure.Behind)
            {
                // A newer tip was seen since; the provider may have it too by now.
            }
        }

        var tip = await provider.TipAsync(slice.Asking);
        var knownTip = await KnownTipAsync(slice, provider, tip, ct);
        // A sum is a fact of its block, but not what is pending beside it: who asks for a sync gets both afresh.
        var kept = walk.Trigger is Triggers.Import && IsUnknown(walk) ? await cache.FindAsync(walk.Cached, provider.Provider, tip, ct) : null;
        var summary = kept ?? await SummaryAsync(slice, provider, tip);
        walk.Requests += kept is null ? 2 : 1;
        return new Opening(provider, tip, summary, knownTip, await KindAsync(slice, provider, tip, summary, ct), IsBracketed: false);
    }

    private async Task<AddressSummary> SummaryAsync(Slice slice, IChainAdapter provider, ChainTip tip)
    {
        try
        {
            return await provider.SummaryAsync(slice.Address, tip, slice.Asking);
        }
        catch (ProviderException e) when (e.Failure is ProviderFailure.OutOfReach)
        {
            cache.Refused(slice.Walk.Cached, e);
            throw;
        }
    }

    private async Task<long?> KnownTipAsync(Slice slice, IChainAdapter provider, ChainTip tip, CancellationToken ct)
    {
        await using var connection = await store.OpenAsync(ct);
        return await ChainTips.RefuseImplausibleAsync(connection, provider, tip, clock.GetUtcNow(), ct);
    }

    private async Task<string> KindAsync(Slice slice, IChainAdapter provider, ChainTip tip, AddressSummary summary, CancellationToken ct)
    {
        var walk = slice.Walk;
        if (MismatchEscalation.IsRepairDue(walk.RepairedFor)) return WalkKind.Repair;
        if (walk.SettledHeight is null || walk.SettledHeight > tip.Height) return WalkKind.First;
        // Without a count only reading tells whether anything came: an asset's balance may change where the native one does not.
        if (walk.TipHash is null || summary.TransactionCount is null || summary.TransactionCount != walk.DerivedCount || summary.Confirmed != walk.Derived) return WalkKind.Top;

        // Nothing came, nothing went. What was concluded stands if no block that it rests on can have gone: the chain still
        // holds the last tip and nothing is known from beyond it, or nothing is known that is not settled.
        bool unproven, unsettled;
        await using (var connection = await store.OpenAsync(ct))
        {
            unproven = await WalkStore.HasAboveAsync(connection, walk.LedgerId, walk.TipHeight, ct);
            unsettled = unproven || await WalkStore.HasAboveAsync(connection, walk.LedgerId, walk.SettledHeight, ct);
        }

        if (!unsettled) return WalkKind.Check;
        return !unproven && await slice.Providers.AncestorAsync(provider, tip, walk.TipHeight!.Value, slice.Asking) == walk.TipHash ? WalkKind.Check : WalkKind.Top;
    }
}

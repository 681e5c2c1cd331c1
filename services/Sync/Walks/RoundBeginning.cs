using EventSourcing;
using Sync.Chains;
using Sync.Ledgers;
using Sync.WalletSyncs;

namespace Sync.Walks;

/// <summary>Begins a round: one provider tells the tip and the address's summary, and it is decided what is to be read.</summary>
internal sealed class RoundBeginning(WalkStore store, SummariesAhead ahead, TimeProvider clock)
{
    private sealed record Opening(IChainAdapter Provider, ChainTip Tip, AddressSummary Summary, long? KnownTip, string Kind, bool IsBracketed);

    /// <summary>Whether the summary is already known to stand between equal tips, so that the round may close at once.</summary>
    /// <exception cref="ProviderException">No provider is fit.</exception>
    public async Task<bool> BeginAsync(Slice slice, IReadOnlySet<string> passedOver, CancellationToken ct)
    {
        var walk = slice.Walk;
        var first = Differing.IsOpinionDue(walk.RepairedFor) ? slice.Providers.After(walk.Provider)
            // A walk stays with the provider it has got; the next walk tries them in their order again.
            : walk.Rounds > 0 ? walk.Provider : null;
        var (provider, tip, summary, knownTip, kind, isBracketed) = await slice.Providers.FirstAsync(first, passedOver, provider => OpenAsync(slice, provider, ct));

        var now = clock.GetUtcNow();
        await using var work = await store.BeginAsync(walk, ct);
        var events = new List<NewEvent>();
        if (summary.Confirmed != walk.Reported || summary.Pending != walk.ReportedPending || summary.TransactionCount != walk.ReportedCount)
        {
            events.Add(NewEvent.Fresh(new LedgerEvent.BalanceReported(
                walk.LedgerId, slice.Network.Native.Caip19, summary.Confirmed, summary.Pending, summary.TransactionCount, tip.Height, tip.Hash, provider.Provider, now)));
        }

        if (kind is not WalkKind.Check && walk.Rounds == 0) events.Add(NewEvent.Fresh(new LedgerEvent.WalkStarted(walk.LedgerId, kind, now)));
        await ChainTips.AdvanceAsync(work, slice.Network, tip, knownTip, now, ct);

        // Nothing above the tip can be settled; such a height was a lie once believed.
        if (walk.SettledHeight > tip.Height) walk.SettledHeight = null;
        walk.RepairedFor = Differing.Begun(walk.RepairedFor);
        (walk.Reported, walk.ReportedPending, walk.ReportedCount) = (summary.Confirmed, summary.Pending, summary.TransactionCount);
        (walk.Kind, walk.Round, walk.Rounds, walk.Provider) = (kind, walk.Round + 1, walk.Rounds + 1, provider.Provider);
        (walk.StartHeight, walk.StartHash, walk.ExpectedCount) = (tip.Height, tip.Hash, summary.TransactionCount);
        walk.FloorHeight = kind is WalkKind.Top ? walk.SettledHeight : null;
        (walk.Cursor, walk.Anchor, walk.SwitchHeight, walk.DoubtedHeight, walk.RoundSeen) = (null, null, null, null, 0);
        walk.PagesDone = kind is WalkKind.Check;
        await WalkStore.SaveAsync(work.Connection, walk, slice.Lease, ct);
        work.Append(LedgerEvent.Category, walk.LedgerId, events);
        await work.CommitAsync(ct);
        return isBracketed;
    }

    private async Task<Opening> OpenAsync(Slice slice, IChainAdapter provider, CancellationToken ct)
    {
        var walk = slice.Walk;
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
        var summary = await provider.SummaryAsync(slice.Address, slice.Asking);
        walk.Requests += 2;
        return new Opening(provider, tip, summary, knownTip, await KindAsync(slice, provider, tip, summary, ct), IsBracketed: false);
    }

    private async Task<long?> KnownTipAsync(Slice slice, IChainAdapter provider, ChainTip tip, CancellationToken ct)
    {
        await using var connection = await store.OpenAsync(ct);
        return await ChainTips.RefuseImplausibleAsync(connection, provider, tip, clock.GetUtcNow(), ct);
    }

    private async Task<string> KindAsync(Slice slice, IChainAdapter provider, ChainTip tip, AddressSummary summary, CancellationToken ct)
    {
        var walk = slice.Walk;
        if (Differing.IsRepairDue(walk.RepairedFor)) return WalkKind.Repair;
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

using Sync.Chains;
using Sync.Ledgers;
using Sync.Networks;
using Sync.Providers.Cache;
using Sync.Reconciliation;

namespace Sync.Walks.Rounds;

/// <summary>Begins a round: one provider reports the tip and the address's summary, and it is decided what is to be read.</summary>
internal sealed class RoundBeginning(WalkStore store, SummaryPrefetch ahead, CachedSummaries cache, TimeProvider clock)
{
    /// <summary>Whether the summary is already known to stand between equal tips, so that the round may close at once.</summary>
    /// <exception cref="ProviderException">No provider is fit.</exception>
    public async Task<bool> BeginAsync(Slice slice, IReadOnlySet<string> passedOver, CancellationToken ct)
    {
        var opening = await OpenAsync(slice, passedOver, ct);

        var (claim, now) = (slice.Claim, clock.GetUtcNow());
        await using var work = await store.BeginAsync(claim, ct);
        var (state, events) = RoundOpening.Decide(claim, slice.State, opening, slice.Network.Native.Caip19, now);
        if (opening.ReportedAt is null) await ChainTips.AdvanceAsync(work, slice.Network, opening.Tip, opening.KnownTip, now, ct);
        await WalkStore.SaveAsync(work.Connection, claim, state, slice.Lease, ct);
        work.Append(LedgerEvent.Category, claim.LedgerId, events);
        await work.CommitAsync(ct);
        slice.State = state;
        return opening.IsBracketed;
    }

    private async Task<Opening> OpenAsync(Slice slice, IReadOnlySet<string> passedOver, CancellationToken ct)
    {
        var (state, providers) = (slice.State, slice.Providers);
        var isOpinionDue = state.Reconciliation.Escalation?.Step is EscalationStep.OpinionDue;
        var first = isOpinionDue ? providers.NextAfter(state.Provider)
            // A walk stays with the provider it has got; the next walk tries them in their order again.
            : state.Counters.Rounds > 0 ? state.Provider : null;
        try
        {
            // Who is in dispute has no opinion on it while there is anybody else to ask.
            if (isOpinionDue && state.Provider is { } disputed && new HashSet<string>(passedOver) { disputed } is var others
                && providers.HasOther(others))
            {
                try
                {
                    return await providers.AskInOrderAsync(first, others, provider => AskAsync(slice, provider, ct));
                }
                catch (ProviderException)
                {
                    // Then he may say it again.
                }
            }

            return await providers.AskInOrderAsync(first, passedOver, provider => AskAsync(slice, provider, ct));
        }
        catch (ProviderException e) when (e.Failure is ProviderFailure.Unavailable or ProviderFailure.RateLimited && slice.State.IsUnknown)
        {
            // Where nobody answers, an address that is new here is begun with what somebody reported of it before. It is only
            // shown: conclusions wait for who knows the tip.
            if (await cache.LatestAsync(slice.Claim.Cached, ct) is not { } kept) throw;
            var provider = providers.Named(kept.Provider);
            if (provider.Provider != kept.Provider) throw;
            return new Opening(provider, kept.Tip, kept.Summary, KnownTip: null, RoundKind.First) { ReportedAt = kept.ReportedAt };
        }
    }

    private async Task<Opening> AskAsync(Slice slice, IChainAdapter provider, CancellationToken ct)
    {
        var (claim, state) = (slice.Claim, slice.State);
        if (claim.Trigger is SyncTrigger.Scheduled)
        {
            // Whoever waits has every provider asked.
            if (cache.RefusalOf(claim.Cached, provider.Provider) is { } refusal) throw refusal;
            if (state is { Counters.Rounds: 0, Ledger.Tip: not null } && await CheckAheadAsync(slice, provider, ct) is { } check) return check;
        }

        var tip = await provider.TipAsync(slice.ProviderDeadline);
        var knownTip = await KnownTipAsync(provider, tip, ct);
        // A sum is a fact of its block, but not what is pending beside it: who asks for a sync gets both afresh.
        var kept = claim.Trigger is SyncTrigger.Import && state.IsUnknown ? await cache.FindAsync(claim.Cached, provider.Provider, tip, ct) : null;
        var summary = kept ?? await SummaryAsync(slice, provider, tip);
        slice.State = slice.State.Counting(kept is null ? 2 : 1);
        return new Opening(provider, tip, summary, knownTip, await ChooseAsync(slice, provider, tip, summary, ct));
    }

    // A regular check that was answered along with others; null where it would have to be more than that.
    private async Task<Opening?> CheckAheadAsync(Slice slice, IChainAdapter provider, CancellationToken ct)
    {
        if (await ahead.OfAsync(slice.Claim, provider, slice.Address, slice.ProviderDeadline) is not { } fetched) return null;
        try
        {
            var knownTip = await KnownTipAsync(provider, fetched.Tip, ct);
            return await ChooseAsync(slice, provider, fetched.Tip, fetched.Summary, ct) is RoundKind.Check
                ? new Opening(provider, fetched.Tip, fetched.Summary, knownTip, RoundKind.Check) { IsBracketed = true } : null;
        }
        catch (ProviderException e) when (e.Failure is ProviderFailure.Behind)
        {
            // A newer tip was seen since; the provider may have it too by now.
            return null;
        }
    }

    private async Task<AddressSummary> SummaryAsync(Slice slice, IChainAdapter provider, ChainTip tip)
    {
        try
        {
            return await (provider is IPastState past ? past.SummaryAsync(slice.Address, tip, slice.ProviderDeadline)
                : provider.SummaryAsync(slice.Address, slice.ProviderDeadline));
        }
        catch (ProviderException e) when (e.Failure is ProviderFailure.OutOfReach)
        {
            cache.Refused(slice.Claim.Cached, e);
            throw;
        }
    }

    private async Task<long?> KnownTipAsync(IChainAdapter provider, ChainTip tip, CancellationToken ct)
    {
        await using var connection = await store.Database.OpenConnectionAsync(ct);
        return await ChainTips.RefuseImplausibleAsync(connection, provider, tip, clock.GetUtcNow(), ct);
    }

    private async Task<RoundKind> ChooseAsync(Slice slice, IChainAdapter provider, ChainTip tip, AddressSummary summary, CancellationToken ct)
    {
        var ledger = slice.State.Ledger;
        var facts = new ChoiceFacts(ledger, slice.State.Reconciliation.Escalation, tip, summary);
        if (!RoundChoice.NeedsProof(facts)) return RoundChoice.Choose(facts);

        await using (var connection = await store.Database.OpenConnectionAsync(ct))
        {
            var unproven = await TransactionRows.HasAboveAsync(connection, slice.Claim.LedgerId, ledger.Tip!.Height, ct);
            facts = facts with
            {
                HasUnproven = unproven,
                HasUnsettled = unproven || await TransactionRows.HasAboveAsync(connection, slice.Claim.LedgerId, ledger.SettledHeight, ct),
            };
        }

        if (facts is { HasUnsettled: true, HasUnproven: false })
        {
            var there = await slice.Providers.AncestorAsync(provider, tip, ledger.Tip.Height, slice.ProviderDeadline);
            facts = facts with { HoldsTip = there == ledger.Tip.Hash };
        }

        return RoundChoice.Choose(facts);
    }
}

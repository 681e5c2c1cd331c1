using Sync.Chains;
using Sync.Ledgers;
using Sync.Providers.Cache;
using Sync.Walks.Rounds;

namespace Sync.Walks;

/// <summary>What is done about a round whose provider fails: another goes on with it, or it is begun anew.</summary>
internal sealed class ProviderSwitch(WalkStore store, CachedPages cache, ILogger<ProviderSwitch> log)
{
    /// <summary>Whether anything is left to try: another round, or the same round with another provider.</summary>
    public async Task<bool> TryAsync(Slice slice, ProviderException e, HashSet<string> passedOver, CancellationToken ct)
    {
        slice.Providers.Suspend(e);
        if (e.Failure is ProviderFailure.BadAnswer or ProviderFailure.Contradiction)
        {
            slice.Provider.Forget(slice.Address);
            await cache.ForgetAsync(slice.Claim.Cached, ct);
            await slice.Providers.ForgetAsync(e.Provider, ct);
        }

        // Where the chain moved, pages that do not fit each other are no lie: the history itself changed.
        if (e.Failure is ProviderFailure.Contradiction && slice.State.Counters.Rounds < RoundConclusion.MaxRounds && await HasMovedAsync(slice))
            return Reopen(slice, ReopenReason.ChainMoved);

        passedOver.Add(slice.Provider.Provider);
        if (!slice.Providers.HasOther(passedOver)) return false;

        var network = slice.Claim.Network;
        SyncMetrics.ProviderSwitches.Add(1, new("network", network), new("provider", slice.Provider.Provider), new("failure", e.Failure.ToString()));
        log.LogInformation("Ledger {LedgerId} goes on with another provider: {Reason}", slice.Claim.LedgerId, e.Message);
        if (e.Failure is ProviderFailure.Contradiction) return Reopen(slice, ReopenReason.Contradiction);
        if (slice.Round is { Kind: RoundKind.Check } or { PagesDone: false, Cursor: null, SwitchHeight: null })
            return Reopen(slice, ReopenReason.NothingRead);

        IChainAdapter next;
        bool holdsStart;
        try
        {
            (next, holdsStart) = await slice.Providers.AskInOrderAsync(
                slice.Providers.NextAfter(slice.State.Provider), passedOver,
                provider => CheckHoldsStartAsync(provider, slice.Round.Start, slice.ProviderDeadline));
        }
        catch (ProviderException) when (e.Failure is not ProviderFailure.OutOfReach)
        {
            // That one lists no more is no failure: then what keeps the others from going on is the reason to wait.
            return false;
        }

        slice.State = slice.State with { Provider = next.Provider };
        if (!holdsStart) return Reopen(slice, ReopenReason.StartNotHeld);
        await GoOnAsync(slice, ct);
        return true;
    }

    private bool Reopen(Slice slice, ReopenReason reason)
    {
        slice.State = slice.State.Reopened(reason, slice.Claim, log);
        return true;
    }

    // The pages that the next provider returns meet those of the one before two blocks above the last one taken.
    private async Task GoOnAsync(Slice slice, CancellationToken ct)
    {
        var (claim, round) = (slice.Claim, slice.Round);
        await using var work = await store.BeginAsync(claim, ct);
        if (round.PagesDone)
        {
            round = round with { SwitchHeight = round.SwitchHeight ?? round.Start.Height };
        }
        else if (round.Cursor is { } cursor)
        {
            var anchor = await TransactionRows.PlaceAboveAsync(work.Connection, claim.LedgerId, round.Number, cursor, ct);
            round = round with { Anchor = anchor, Cursor = null, SwitchHeight = cursor.Height };
        }

        var state = slice.State with { Round = round };
        await WalkStore.SaveAsync(work.Connection, claim, state, slice.Lease, ct);
        await work.CommitAsync(ct);
        slice.State = state;
    }

    private static async Task<bool> HasMovedAsync(Slice slice)
    {
        try
        {
            return !await slice.Provider.StandsAsync(slice.Address, slice.Round.Start, slice.ProviderDeadline);
        }
        catch (ProviderException)
        {
            return false;
        }
    }

    // Truth, not an answer as such, makes a provider fit: its chain must hold the block at which the round began.
    private static async Task<(IChainAdapter Provider, bool HoldsStart)> CheckHoldsStartAsync(
        IChainAdapter provider, ChainTip start, CancellationToken ct)
    {
        var tip = await provider.TipAsync(ct);
        if (tip.Height < start.Height)
        {
            throw new ProviderException(
                ProviderFailure.Behind, provider.Provider, $"lags: its tip {tip.Height} is below {start.Height}, where the round began");
        }

        if (tip.Height == start.Height) return (provider, tip == start);
        if (provider is not IBlockNames names) return (provider, true);
        try
        {
            return (provider, await names.BlockHashAsync(start.Height, ct) == start.Hash);
        }
        catch (ProviderException e) when (e.Failure is ProviderFailure.OutOfReach)
        {
            return (provider, true);
        }
    }
}

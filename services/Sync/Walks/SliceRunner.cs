using System.Collections.Concurrent;
using System.Diagnostics;
using Chains;
using Microsoft.Extensions.Options;
using Sync.Chains;
using Sync.Ledgers;
using Sync.Providers;
using Sync.Providers.Budgets;
using Sync.Providers.Cache;
using Sync.Walks.Rounds;

namespace Sync.Walks;

/// <summary>
/// Runs one claimed slice: a few seconds of a walk. A walk is made of rounds, each begun, read and closed with one provider;
/// where that one fails or tells no more, another goes on from the same place.
/// </summary>
internal sealed class SliceRunner(
    WalkStore store, ProviderPools adapters, RoundBeginning beginning, PageReader reader, BlockHashBackfill placing, RoundClosing closing, CachedPages cache,
    IOptions<SyncOptions> options, TimeProvider clock, IHostApplicationLifetime lifetime, ILogger<SliceRunner> log)
{
    private const int LeaseLeft = 5;
    private const int TriesFromOnePlace = 3;

    private readonly ConcurrentDictionary<(Guid LedgerId, long WalkNo, int Slice), Task> inHand = new();

    /// <summary>
    /// Claims and runs the slice; null where nothing is to be answered. A redelivered command means that its first
    /// consumer is gone or cut off, so it is taken over at once; the fence keeps the other from storing anything more.
    /// Where the other is in this very process and goes on, its end is awaited instead.
    /// </summary>
    public async Task<(SliceAnswer Answer, Guid WalletId)?> RunAsync(FetchPages command, bool redelivered, CancellationToken ct)
    {
        var slice = (command.LedgerId, command.WalkNo, command.Slice);
        while (redelivered && inHand.TryGetValue(slice, out var running)) await running.WaitAsync(ct);

        var (walk, earlier) = await store.ClaimAsync(command, redelivered, options.Value.LeaseSeconds, ct);
        if (walk is null) return earlier is null ? null : (earlier, command.WalletId);

        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        inHand[slice] = end.Task;
        try
        {
            return await RunAsync(walk, ct);
        }
        finally
        {
            inHand.TryRemove(new(slice, end.Task));
            end.SetResult();
        }
    }

    private async Task<(SliceAnswer Answer, Guid WalletId)?> RunAsync(Walk walk, CancellationToken ct)
    {
        var (pages, found, requests) = (walk.Pages, walk.Found, walk.Requests);
        SliceAnswer Answer(SliceOutcome outcome, string? reason = null, DateTimeOffset? retryAt = null) =>
            new(outcome, walk.Pages - pages, walk.Found - found, reason, retryAt, clock.GetUtcNow(), walk.Requests - requests);

        RequestPriority.Set(Triggers.PriorityOf(walk.Trigger) == SyncQueues.Interactive);
        try
        {
            return (await WalkOrDeferAsync(walk, Answer, ct), walk.WalletId);
        }
        catch (ClaimLostException)
        {
            log.LogInformation("Slice {Slice} of ledger {LedgerId} was taken over or its ledger closed.", walk.Slice, walk.LedgerId);
            return null;
        }
    }

    private async Task<SliceAnswer> WalkOrDeferAsync(Walk walk, Func<SliceOutcome, string?, DateTimeOffset?, SliceAnswer> answer, CancellationToken ct)
    {
        using var asking = CancellationTokenSource.CreateLinkedTokenSource(ct);
        asking.CancelAfter(TimeSpan.FromSeconds(options.Value.LeaseSeconds - LeaseLeft));
        try
        {
            return await WalkAsync(walk, answer, asking.Token, ct);
        }
        catch (ProviderException e)
        {
            return await DeferAsync(walk, e, answer, ct);
        }
        catch (OperationCanceledException e) when (asking.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            return await DeferAsync(walk, new ProviderException(ProviderFailure.Unavailable, walk.Provider ?? walk.Network, "no answer in the time of a slice", inner: e), answer, ct);
        }
    }

    private async Task<SliceAnswer> WalkAsync(Walk walk, Func<SliceOutcome, string?, DateTimeOffset?, SliceAnswer> answer, CancellationToken asking, CancellationToken ct)
    {
        var providers = adapters.Find(walk.Network)
            ?? throw new ProviderException(ProviderFailure.Unavailable, walk.Network, "no provider is configured", TimeSpan.FromSeconds(options.Value.MaxRetrySeconds));
        var started = Stopwatch.GetTimestamp();
        var slice = new Slice(
            walk, providers, (Address)Addresses.Parse(providers.Network, walk.Address), options.Value.LeaseSeconds,
            () => Stopwatch.GetElapsedTime(started).TotalSeconds >= options.Value.SliceSeconds || lifetime.ApplicationStopping.IsCancellationRequested, asking);
        var (passedOver, found, isBracketed) = (new HashSet<string>(), walk.Found, false);

        while (true)
        {
            if (walk.Kind is null) isBracketed = await beginning.BeginAsync(slice, passedOver, ct);
            try
            {
                if (!walk.PagesDone) await reader.ReadAsync(slice, ct);
                if (walk.PagesDone) await placing.PlaceAsync(slice, ct);
                if (walk.PagesDone && await closing.CloseAsync(slice, isBracketed, answer, ct) is { } end) return end;
            }
            catch (ProviderException e)
            {
                // Who failed is tried again once something new was found; pages read again are no progress.
                if (walk.Found > found) passedOver.Clear();
                found = walk.Found;
                if (!await SwitchProviderAsync(slice, e, passedOver, ct)) throw;
                continue;
            }

            if (!slice.TimeIsUp()) continue;

            await using var work = await store.BeginAsync(walk, ct);
            var more = answer(SliceOutcome.More, null, null);
            await WalkStore.EndSliceAsync(work.Connection, walk, more, checkAgain: false, ct);
            await work.CommitAsync(ct);
            return more;
        }
    }

    // Whether anything is left to try: another round, or the same round with another provider.
    private async Task<bool> SwitchProviderAsync(Slice slice, ProviderException e, HashSet<string> passedOver, CancellationToken ct)
    {
        var walk = slice.Walk;
        slice.Providers.Suspend(e);
        if (e.Failure is ProviderFailure.BadAnswer or ProviderFailure.Contradiction)
        {
            slice.Provider.Forget(slice.Address);
            await cache.ForgetAsync(walk.Cached, ct);
            await slice.Providers.ForgetAsync(e.Provider, ct);
        }

        // Where the chain moved, pages that do not fit each other are no lie: the history itself changed.
        if (e.Failure is ProviderFailure.Contradiction && walk.Rounds < RoundClosing.MaxRounds && await HasMovedAsync(slice))
        {
            walk.Kind = null;
            return true;
        }

        passedOver.Add(slice.Provider.Provider);
        if (!slice.Providers.HasOther(passedOver)) return false;

        SyncMetrics.ProviderSwitches.Add(1, new("network", walk.Network), new("provider", slice.Provider.Provider), new("failure", e.Failure.ToString()));
        log.LogInformation("Ledger {LedgerId} goes on with another provider: {Reason}", walk.LedgerId, e.Message);
        // Who contradicts himself may have lied from the beginning; and where nothing is read, nothing is lost.
        if (e.Failure is ProviderFailure.Contradiction || walk.Kind is WalkKind.Check || walk is { PagesDone: false, Cursor: null, SwitchHeight: null })
        {
            walk.Kind = null;
            return true;
        }

        IChainAdapter next;
        bool holdsStart;
        try
        {
            (next, holdsStart) = await slice.Providers.AskInOrderAsync(slice.Providers.NextAfter(walk.Provider), passedOver, provider => CheckHoldsStartAsync(provider, walk.Start, slice.Asking));
        }
        catch (ProviderException) when (e.Failure is not ProviderFailure.OutOfReach)
        {
            // That one tells no more is no failure: then what keeps the others from going on is the reason to wait.
            return false;
        }

        walk.Provider = next.Provider;
        if (!holdsStart)
        {
            walk.Kind = null;
            return true;
        }

        await using var work = await store.BeginAsync(walk, ct);
        if (walk.PagesDone)
        {
            walk.SwitchHeight ??= walk.StartHeight;
        }
        else if (walk.Cursor is { } cursor)
        {
            walk.Anchor = await WalkStore.PlaceAboveAsync(work.Connection, walk, cursor, ct);
            (walk.Cursor, walk.SwitchHeight) = (null, cursor.Height);
        }

        await WalkStore.SaveAsync(work.Connection, walk, slice.Lease, ct);
        await work.CommitAsync(ct);
        return true;
    }

    private static async Task<bool> HasMovedAsync(Slice slice)
    {
        try
        {
            return !await slice.Provider.StandsAsync(slice.Address, slice.Walk.Start, slice.Asking);
        }
        catch (ProviderException)
        {
            return false;
        }
    }

    // Truth, not an answer as such, makes a provider fit: its chain must hold the block at which the round began.
    private static async Task<(IChainAdapter Provider, bool HoldsStart)> CheckHoldsStartAsync(IChainAdapter provider, ChainTip start, CancellationToken ct)
    {
        var tip = await provider.TipAsync(ct);
        if (tip.Height < start.Height) throw new ProviderException(ProviderFailure.Behind, provider.Provider, $"lags: its tip {tip.Height} is below {start.Height}, where the round began");
        if (tip.Height == start.Height) return (provider, tip == start);
        try
        {
            return (provider, await provider.BlockHashAsync(start.Height, ct) == start.Hash);
        }
        catch (ProviderException e) when (e.Failure is ProviderFailure.OutOfReach)
        {
            return (provider, true);
        }
    }

    private async Task<SliceAnswer> DeferAsync(Walk walk, ProviderException e, Func<SliceOutcome, string?, DateTimeOffset?, SliceAnswer> answer, CancellationToken ct)
    {
        SyncMetrics.SliceFailures.Add(1, new("network", walk.Network), new("failure", e.Failure.ToString()));
        log.LogWarning("Ledger {LedgerId} waits: {Reason}", walk.LedgerId, e.Message);
        var pace = options.Value;
        var isFailure = e.Failure is not ProviderFailure.OutOfReach;
        if (isFailure) walk.Failures++;
        var failed = isFailure && walk.Failures >= pace.FailAfter && e.Failure is not ProviderFailure.RateLimited;
        var wait = e.RetryAfter ?? TimeSpan.FromSeconds(
            !isFailure ? pace.MaxRetrySeconds
            : failed ? Math.Max(pace.CheckSeconds, pace.RetrySeconds)
            : Math.Min(pace.MaxRetrySeconds, pace.RetrySeconds * (1L << Math.Min(walk.Failures - 1, 20))));
        // What cannot be true where we stand may be true from the top: the history itself may have changed.
        if (e.Failure is ProviderFailure.BadAnswer or ProviderFailure.Contradiction && walk.Failures % TriesFromOnePlace == 0) walk.Kind = null;

        var end = answer(failed ? SliceOutcome.Failed : SliceOutcome.Deferred, e.Message, clock.GetUtcNow() + wait);
        await using var work = await store.BeginAsync(walk, ct);
        var events = Staleness.Noticed(walk, e.Message, pace, clock.GetUtcNow());
        await WalkStore.SaveAsync(work.Connection, walk, pace.LeaseSeconds, ct);
        await WalkStore.EndSliceAsync(work.Connection, walk, end, checkAgain: false, ct);
        work.Append(LedgerEvent.Category, walk.LedgerId, events);
        await work.CommitAsync(ct);
        return end;
    }
}

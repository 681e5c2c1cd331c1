using System.Collections.Concurrent;
using System.Diagnostics;
using Messaging;
using Microsoft.Extensions.Options;
using Sync.Ledgers;
using Sync.Networks;
using Sync.Providers;
using Sync.Walks.Rounds;

namespace Sync.Walks;

/// <summary>
/// Runs one claimed slice: a few seconds of a walk. A walk is made of rounds, each begun, read and closed with one provider;
/// where that one fails or lists no more, another goes on from the same place.
/// </summary>
internal sealed class SliceRunner(
    WalkStore store, ProviderPools pools, RoundBeginning beginning, PageReader reader, BlockHashBackfill backfill, GapFilling filling,
    MempoolReading mempool,
    RoundClosing closing, ProviderSwitch switching,
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
        var key = (command.LedgerId, command.WalkNo, command.Slice);
        while (redelivered && inHand.TryGetValue(key, out var running)) await running.WaitAsync(ct);

        var (held, earlier) = await store.ClaimAsync(command, redelivered, options.Value.LeaseSeconds, ct);
        if (held is not var (claim, state)) return earlier is null ? null : (earlier, command.WalletId);

        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        inHand[key] = end.Task;
        RequestPriority.Set(claim.Trigger is not SyncTrigger.Scheduled);
        try
        {
            return (await WalkOrDeferAsync(claim, state, ct), claim.WalletId);
        }
        catch (ClaimLostException)
        {
            log.LogInformation("Slice {Slice} of ledger {LedgerId} was taken over or its ledger closed.", claim.Slice, claim.LedgerId);
            return null;
        }
        finally
        {
            inHand.TryRemove(new(key, end.Task));
            end.SetResult();
        }
    }

    private async Task<SliceAnswer> WalkOrDeferAsync(Claim claim, WalkState begun, CancellationToken ct)
    {
        if (pools.Find(claim.Network) is not { } providers)
        {
            var wait = TimeSpan.FromSeconds(options.Value.MaxRetrySeconds);
            var nobody = new ProviderException(ProviderFailure.Unavailable, claim.Network, "no provider is configured", wait);
            return await DeferAsync(claim, begun, begun.Counters, nobody, ct);
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(TimeSpan.FromSeconds(options.Value.LeaseSeconds - LeaseLeft));
        var started = Stopwatch.GetTimestamp();
        var slice = new Slice(claim, begun, providers, options.Value.LeaseSeconds, IsTimeUp, deadline.Token);
        try
        {
            return await WalkAsync(slice, begun.Counters, ct);
        }
        catch (ProviderException e)
        {
            return await DeferAsync(claim, slice.State, begun.Counters, e, ct);
        }
        catch (OperationCanceledException e) when (deadline.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            var late = new ProviderException(
                ProviderFailure.Unavailable, slice.State.Provider ?? claim.Network, "no answer in the time of a slice", inner: e);
            return await DeferAsync(claim, slice.State, begun.Counters, late, ct);
        }
        catch (Exception e) when (e is not (ClaimLostException or OperationCanceledException) && !Transient.Is(e) && !Transient.IsRace(e))
        {
            // Whatever it is, the address waits for it with a reason and at a slower pace each time. Thrown on, its saga would have
            // it tried for ever, and say nothing.
            log.LogError(e, "Slice {Slice} of ledger {LedgerId} failed in a way that was not foreseen", claim.Slice, claim.LedgerId);
            var unforeseen = new ProviderException(
                ProviderFailure.BadAnswer, slice.State.Provider ?? claim.Network, "reading it failed in a way that was not foreseen", inner: e);
            return await DeferAsync(claim, slice.State, begun.Counters, unforeseen, ct);
        }

        bool IsTimeUp() =>
            Stopwatch.GetElapsedTime(started).TotalSeconds >= options.Value.SliceSeconds || lifetime.ApplicationStopping.IsCancellationRequested;
    }

    private async Task<SliceAnswer> WalkAsync(Slice slice, WalkCounters begun, CancellationToken ct)
    {
        var (passedOver, found, isBracketed) = (new HashSet<string>(), begun.Found, false);
        while (true)
        {
            if (slice.State.Round is null) isBracketed = await beginning.BeginAsync(slice, passedOver, ct);
            try
            {
                if (!slice.Round.PagesDone) await reader.ReadAsync(slice, ct);
                if (slice.Round.PagesDone)
                {
                    await filling.FillAsync(slice, ct);
                    await backfill.AssignAsync(slice, ct);
                    await mempool.ReadAsync(slice, ct);
                    if (await closing.CloseAsync(slice, isBracketed, begun, ct) is { } end) return end;
                }
            }
            catch (ProviderException e)
            {
                // Who failed is tried again once something new was found; pages read again are no progress.
                if (slice.State.Counters.Found > found) passedOver.Clear();
                found = slice.State.Counters.Found;
                if (!await switching.TryAsync(slice, e, passedOver, ct)) throw;
                continue;
            }

            if (!slice.TimeIsUp()) continue;

            await using var work = await store.BeginAsync(slice.Claim, ct);
            var more = slice.State.Counters.AnswerTo(begun, SliceOutcome.More, clock.GetUtcNow());
            await store.EndSliceAsync(work.Connection, slice.Claim, more, slice.State.Counters.Failures, checkAgain: false, ct);
            await work.CommitAsync(ct);
            return more;
        }
    }

    private async Task<SliceAnswer> DeferAsync(Claim claim, WalkState state, WalkCounters begun, ProviderException e, CancellationToken ct)
    {
        SyncMetrics.SliceFailures.Add(1, new("network", claim.Network), new("failure", e.Failure.ToString()));
        var (pace, now) = (options.Value, clock.GetUtcNow());
        var counters = state.Counters with { Failures = state.Counters.Failures + 1 };
        // Once it failed for good, further tries are no news.
        log.Log(counters.Failures <= pace.FailAfter ? LogLevel.Warning : LogLevel.Debug,
            "Ledger {LedgerId} waits: {Reason}", claim.LedgerId, e.Message);
        var failed = counters.Failures >= pace.FailAfter && e.Failure is not ProviderFailure.RateLimited;
        var wait = e.RetryAfter ?? TimeSpan.FromSeconds(
            e.Failure is ProviderFailure.OutOfReach ? pace.MaxRetrySeconds
            : failed ? Math.Max(pace.CheckSeconds, pace.RetrySeconds)
            : Math.Min(pace.MaxRetrySeconds, pace.RetrySeconds * (1L << Math.Min(counters.Failures - 1, 20))));
        // What cannot be true where we stand may be true from the top: the history itself may have changed.
        var inVain = e.Failure is ProviderFailure.BadAnswer or ProviderFailure.Contradiction && counters.Failures % TriesFromOnePlace == 0;

        var checks = await CheckPaces.ReadAsync(store.Database, claim.Network, pace, ct);
        var (ledger, events) = Staleness.Begin(state.Ledger, claim.LedgerId, Staleness.Since(state.Ledger, checks, now), e.Message, now);
        state = (inVain ? state.Reopened(ReopenReason.TriedInVain, claim, log) : state) with { Ledger = ledger, Counters = counters };
        var end = counters.AnswerTo(begun, failed ? SliceOutcome.Failed : SliceOutcome.Deferred, now, e.Message, now + wait);
        await using var work = await store.BeginAsync(claim, ct);
        await WalkStore.SaveAsync(work.Connection, claim, state, pace.LeaseSeconds, ct);
        await store.EndSliceAsync(work.Connection, claim, end, counters.Failures, checkAgain: false, ct);
        work.Append(LedgerEvent.Category, claim.LedgerId, events);
        await work.CommitAsync(ct);
        return end;
    }
}

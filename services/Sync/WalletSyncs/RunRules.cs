using Sync.Walks;

namespace Sync.WalletSyncs;

/// <summary>What a wallet has left to do: slices to send now, or why it must wait, or nothing.</summary>
internal sealed record Plan(IReadOnlyList<SliceInFlight> Slices, long Waiting, bool AllFailed, string? Reason, DateTimeOffset? NextTry,
    DateTimeOffset? NextCheck = null)
{
    /// <summary>How often the wallet's addresses are checked, the most often checked of them; null where that makes no difference yet.</summary>
    public TimeSpan? Every { get; init; }

    public static Plan Nothing { get; } = new([], 0, false, null, null);
}

/// <summary>The instants that a decision is made with.</summary>
/// <param name="Now">The present.</param>
/// <param name="AnswerBy">When a slice sent now that nobody answered is asked for again.</param>
/// <param name="NextCheck">When the wallet's next regular check is due.</param>
internal sealed record RunTimes(DateTimeOffset Now, DateTimeOffset AnswerBy, DateTimeOffset NextCheck);

/// <summary>A saga's states; their names are stored.</summary>
internal enum RunState
{
    Idle,
    Syncing,
    Waiting,
}

/// <summary>What a run comes to: the state it is in, until when, why, what is recorded of it, and the slices to send.</summary>
internal sealed record RunOutcome(RunState State, DateTimeOffset DueAt, string? Reason, IReadOnlyList<SyncEvent> Events,
    IReadOnlyList<SliceInFlight> Send);

/// <summary>What a wallet's run does next, without any I/O.</summary>
internal static class RunRules
{
    /// <summary>Why a run waits where nobody gave a reason: another wallet's run has the address in hand.</summary>
    public const string BeingRead = "the address is being read";

    /// <summary>
    /// With slices under way it syncs; without, it waits for what is left, or is over. It fails where everything left has failed
    /// too often: tries go on at the pace of checks and are recorded when one succeeds. A regular check is recorded only once it
    /// found something or has to wait. Whatever is waited for, the next regular check of another address comes in its time.
    /// </summary>
    public static RunOutcome Decide(WalletSync saga, Plan plan, RunTimes times)
    {
        var events = new List<SyncEvent>();
        var hasRecovered = saga.FailedRun is not null && plan.Waiting == 0 && saga.InFlight.Count + plan.Slices.Count == 0;
        var waits = plan.Waiting > 0 && !(plan.AllFailed && saga.FailedRun is not null);
        if (!saga.Announced && (!Triggers.IsOfItself(saga.Trigger) || saga.Found > 0 || waits || hasRecovered))
            events.Add(new SyncEvent.SyncStarted(saga.CorrelationId, saga.RunId, saga.Trigger, saga.StartedAt));
        var isRecorded = saga.Announced || events.Count > 0;

        if (saga.InFlight.Count + plan.Slices.Count > 0) return new(RunState.Syncing, times.AnswerBy, null, events, plan.Slices);

        if (plan.Waiting == 0)
        {
            if (isRecorded) events.Add(Completed(saga, times.Now));
            return new(RunState.Idle, times.NextCheck, saga.Reason, events, []);
        }

        if (plan.AllFailed)
        {
            var next = Sooner(plan.NextTry ?? times.NextCheck, plan.NextCheck);
            if (isRecorded) events.Add(Failed(saga, plan.Reason ?? "unknown", next, times.Now));
            return new(RunState.Idle, next, plan.Reason, events, []);
        }

        var until = plan.NextTry is { } at && at > times.Now ? at : times.Now.AddSeconds(1);
        var reason = plan.Reason ?? BeingRead;
        if (reason != saga.Reason) events.Add(new SyncEvent.SyncWaiting(saga.CorrelationId, saga.RunId, reason, until, times.Now));
        return new(RunState.Waiting, Sooner(until, plan.NextCheck > times.Now ? plan.NextCheck : null), reason, events, []);
    }

    private static DateTimeOffset Sooner(DateTimeOffset due, DateTimeOffset? check) => check < due ? check.Value : due;

    /// <summary>Ends the run by its owner's order. What was asked for since then, another import or a sync, is the next run's, which is
    /// due at once.</summary>
    public static RunOutcome Cancel(WalletSync saga, bool isWantedSince, RunTimes times) => new(
        RunState.Idle, isWantedSince ? times.Now : times.NextCheck, null,
        saga.Announced
            ? [new SyncEvent.SyncCancelled(saga.CorrelationId, saga.RunId, saga.Trigger, saga.StartedAt, saga.Pages, saga.Requests, saga.Found,
                times.Now)]
            : [],
        []);

    private static SyncEvent.SyncCompleted Completed(WalletSync saga, DateTimeOffset now) =>
        new(saga.CorrelationId, saga.RunId, saga.Pages, saga.Found, now)
        {
            Trigger = saga.Trigger, StartedAt = saga.StartedAt, Requests = saga.Requests,
        };

    private static SyncEvent.SyncFailed Failed(WalletSync saga, string reason, DateTimeOffset next, DateTimeOffset now) =>
        new(saga.CorrelationId, saga.RunId, reason, next, now)
        {
            Trigger = saga.Trigger, StartedAt = saga.StartedAt, Pages = saga.Pages, Requests = saga.Requests, Found = saga.Found,
        };
}

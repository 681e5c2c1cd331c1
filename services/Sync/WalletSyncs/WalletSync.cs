using Messaging;
using Sync.Walks;

namespace Sync.WalletSyncs;

/// <summary>
/// A slice that was sent and not yet answered; pages, requests and found are what its walk had come to before it. A retry is
/// of an address that failed too often; a touched one is of an address that a block told something of.
/// </summary>
public sealed record SliceInFlight(
    Guid LedgerId, string Network, long WalkNo, int Slice, long Pages = 0, long Requests = 0, long Found = 0, bool IsRetry = false,
    bool IsTouched = false);

/// <summary>
/// The saga of one wallet: which slices are under way and what the run came to so far. Cursors and states of addresses
/// are in their ledgers' rows, so it stays small whatever the wallet's size. Its row is made by the import of the wallet's
/// first address and goes with the wallet.
/// </summary>
public sealed class WalletSync : IStoredSaga
{
    public Guid CorrelationId { get; set; }

    public string State { get; set; } = "Idle";

    /// <summary>When the sweeper sends <see cref="WalletSyncDue"/>.</summary>
    public DateTimeOffset? DueAt { get; set; }

    public Guid RunId { get; set; }

    /// <summary>Why the run began: <c>import</c>, <c>requested</c>, <c>block</c> or <c>scheduled</c>.</summary>
    public string Trigger { get; set; } = "";

    /// <summary>Whether the run's beginning was told: a regular check that finds nothing is not.</summary>
    public bool Announced { get; set; }

    public DateTimeOffset StartedAt { get; set; }

    /// <summary>What its pace is measured from: its start, moved on by the time it waited.</summary>
    public DateTimeOffset? PacedFrom { get; set; }

    /// <summary>Since when nothing is under way because everything waits.</summary>
    public DateTimeOffset? WaitsSince { get; set; }

    /// <summary>Since when none of the slices under way was answered.</summary>
    public DateTimeOffset? UnansweredSince { get; set; }

    /// <summary>When the owner cancelled the run. Set beside the saga; it ends the run with the next message, whatever that is.</summary>
    public DateTimeOffset? CancelledAt { get; set; }

    /// <summary>When the owner last asked for a sync that no run has begun for. Set beside the saga.</summary>
    public DateTimeOffset? RequestedAt { get; set; }

    public long Pages { get; set; }

    public long Requests { get; set; }

    public long Found { get; set; }

    /// <summary>The run that failed, while what it failed for is still tried; its tries are no runs of their own.</summary>
    public Guid? FailedRun { get; set; }

    /// <summary>What the run waits for, as told last.</summary>
    public string? Reason { get; set; }

    public List<SliceInFlight> InFlight { get; set; } = [];

    /// <summary>A run begins. A later run is a later one whatever the replicas' clocks say.</summary>
    internal void Begin(string trigger, Guid runId, DateTimeOffset now)
    {
        StartedAt = now > StartedAt ? now : StartedAt.AddMilliseconds(1);
        (Trigger, RunId, Announced, Pages, Requests, Found, Reason) = (trigger, runId, false, 0, 0, 0, null);
        (PacedFrom, WaitsSince, RequestedAt) = (StartedAt, null, null);
        InFlight.Clear();
    }

    internal bool Awaits(PagesFetched answer) =>
        InFlight.Any(slice => slice.LedgerId == answer.LedgerId && slice.WalkNo == answer.WalkNo && slice.Slice == answer.Slice);

    /// <summary>Takes an awaited answer: what it came to is the run's. Returns the slice to send on, where there is more to fetch.</summary>
    internal SliceInFlight? Take(PagesFetched message)
    {
        var answer = message.Answer;
        (Pages, Requests, Found) = (Pages + answer.Pages, Requests + answer.Requests, Found + answer.Found);
        var slice = InFlight.First(slice => slice.LedgerId == message.LedgerId);
        InFlight.Remove(slice);
        UnansweredSince = null;
        if (answer.Outcome is not SliceOutcome.More) return null;

        slice = slice with
        {
            Slice = slice.Slice + 1,
            Pages = slice.Pages + answer.Pages,
            Requests = slice.Requests + answer.Requests,
            Found = slice.Found +
                answer.Found,
        };
        InFlight.Add(slice);
        return slice;
    }

    /// <summary>Takes what was decided. Time spent waiting is not the run's pace; what was asked for during a run is answered by its end.</summary>
    internal void Apply(RunOutcome outcome, DateTimeOffset now)
    {
        InFlight.AddRange(outcome.Send);
        Announced |= outcome.Events.Any(e => e is SyncEvent.SyncStarted);
        if (outcome.Events.Any(e => e is SyncEvent.SyncFailed)) FailedRun = RunId;
        else if (outcome.Events.Count > 0) FailedRun = null;
        (Reason, DueAt) = (outcome.Reason, outcome.DueAt);
        switch (outcome.State)
        {
            case RunState.Syncing:
                if (WaitsSince is { } since) PacedFrom += now - since;
                WaitsSince = null;
                UnansweredSince ??= now;
                break;
            case RunState.Waiting:
                WaitsSince ??= now;
                UnansweredSince = null;
                break;
            default:
                (RequestedAt, UnansweredSince) = (null, null);
                break;
        }
    }
}

/// <summary>The sweeper's message: the saga's due time has come.</summary>
public sealed record WalletSyncDue(Guid WalletId);

namespace Sync.Walks;

/// <summary>
/// What a walk has come to: rounds begun, pages and requests answered, transactions read and found, and failures in a row.
/// The ledger's rounds are numbered on and on, so that a transaction's row says which round met it last.
/// </summary>
internal sealed record WalkCounters(
    long LastRound = 0, int Rounds = 0, long Pages = 0, long Requests = 0, long Read = 0, long Found = 0, int Failures = 0)
{
    /// <summary>The answer of a slice that began with these.</summary>
    public SliceAnswer AnswerTo(WalkCounters begun, SliceOutcome outcome, DateTimeOffset at, string? reason = null, DateTimeOffset? retryAt = null) =>
        new(outcome, Pages - begun.Pages, Found - begun.Found, reason, retryAt, at, Requests - begun.Requests);
}

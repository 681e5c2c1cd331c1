namespace Sync.Walks;

/// <summary>Command: fetch the next pages of a ledger. A redelivered one has the same slice number and costs nothing twice.</summary>
public sealed record FetchPages(Guid WalletId, Guid LedgerId, long WalkNo, int Slice);

/// <summary>How a slice ended.</summary>
public enum SliceOutcome
{
    /// <summary>There is more to fetch.</summary>
    More,

    /// <summary>The walk is over and reconciled.</summary>
    Done,

    /// <summary>It has to wait until a time, for a reason.</summary>
    Deferred,

    /// <summary>It failed too often in a row; it is tried again at a slower pace.</summary>
    Failed,
}

/// <summary>A slice's result, kept with the walk so that a redelivered command is answered from it.</summary>
public sealed record SliceAnswer(
    SliceOutcome Outcome, long Pages, long Found, string? Reason, DateTimeOffset? RetryAt, DateTimeOffset At, long Requests = 0);

/// <summary>Answer to <see cref="FetchPages"/>; pages, requests and found are this slice's.</summary>
public sealed record PagesFetched(Guid WalletId, Guid LedgerId, long WalkNo, int Slice, SliceAnswer Answer);

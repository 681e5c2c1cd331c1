using Sync.Chains;

namespace Sync.Walks.Rounds;

/// <summary>What a round of a walk reads.</summary>
internal enum RoundKind
{
    /// <summary>The whole history, for the first time.</summary>
    First,

    /// <summary>What is newer than the settled part.</summary>
    Top,

    /// <summary>No page: the summary says that nothing changed and the chain still holds the tip known last.</summary>
    Check,

    /// <summary>The whole history again, because the balances differ.</summary>
    Repair,
}

/// <summary>How kinds of rounds are stored and published.</summary>
internal static class RoundKinds
{
    public static string Name(this RoundKind kind) => kind switch
    {
        RoundKind.First => "first",
        RoundKind.Top => "top",
        RoundKind.Check => "check",
        _ => "repair",
    };
}

/// <summary>A round under way: what it reads, the tip at which it began, and how far it has come.</summary>
internal sealed record Round(RoundKind Kind, long Number, ChainTip Start)
{
    /// <summary>
    /// Whether it is a regular check all the same: where nobody counts transactions only the newest page tells that nothing came.
    /// Like any other check it is no walk to others unless it finds something.
    /// </summary>
    public static bool IsRoutine(RoundKind kind, SyncTrigger trigger, AddressSummary summary) =>
        kind is RoundKind.Top && trigger is SyncTrigger.Scheduled or SyncTrigger.Block && summary.TransactionCount is null;

    /// <summary>Only what stands above it is read; null for the whole history.</summary>
    public long? FloorHeight { get; init; }

    /// <summary>How many transactions the provider's summary counts; null where it does not count them.</summary>
    public long? ExpectedCount { get; init; }

    /// <summary>The last transaction taken.</summary>
    public Position? Cursor { get; init; }

    /// <summary>The one before it: asking from here makes the next page begin with the last one taken, so that pages adjoin.</summary>
    public Position? Anchor { get; init; }

    /// <summary>The height at which another provider went on.</summary>
    public long? SwitchHeight { get; init; }

    /// <summary>The lowest height at which a block was named once and now is not.</summary>
    public long? DoubtedHeight { get; init; }

    public bool PagesDone { get; init; }

    /// <summary>How many transactions up to the start it has met.</summary>
    public long Seen { get; init; }

    /// <summary>Whether a page of the round was kept from an earlier reading.</summary>
    public bool ServedKept { get; init; }

    /// <summary>Whether more than one provider answered: nothing is concluded from the round but what lies deep.</summary>
    public bool IsMixed => SwitchHeight is not null;

    /// <summary>The height down to which the finished round leaves everything known and out of any reorganisation's reach.</summary>
    public long Settle(long? settled, int safeDepth, long? lowestUnseen)
    {
        var reached = Math.Min(Start.Height - safeDepth, Math.Min(lowestUnseen - 1 ?? long.MaxValue, DoubtedHeight - 1 ?? long.MaxValue));
        return Math.Max(reached, Math.Max(settled ?? -1, -1));
    }
}

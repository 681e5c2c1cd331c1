namespace Portfolio.Deposits;

/// <summary>Where a deposit stands.</summary>
internal static class DepositStatus
{
    /// <summary>In no block yet.</summary>
    public const string Pending = "pending";

    /// <summary>In a block, with fewer confirmations than it needs.</summary>
    public const string Processing = "processing";

    public const string Completed = "completed";

    /// <summary>Taken out of the chain by a reorganisation.</summary>
    public const string Orphaned = "orphaned";

    /// <summary>Another transaction spends one of its coins.</summary>
    public const string Replaced = "replaced";

    /// <summary>Not seen any more before it was in a block.</summary>
    public const string Dropped = "dropped";

    public static readonly IReadOnlyList<string> All = [Pending, Processing, Completed, Orphaned, Replaced, Dropped];
}

namespace Sync.Walks;

/// <summary>Why a run began, and with it the walks that it takes up.</summary>
internal enum SyncTrigger
{
    /// <summary>An address was never walked.</summary>
    Import,

    /// <summary>The wallet's owner asked.</summary>
    Requested,

    /// <summary>A block, or the mempool, told something of an address.</summary>
    Block,

    /// <summary>The regular check.</summary>
    Scheduled,
}

/// <summary>How triggers are stored and shown.</summary>
internal static class Triggers
{
    public const string Import = "import";
    public const string Requested = "requested";
    public const string Block = "block";
    public const string Scheduled = "scheduled";

    /// <summary>The queue that a run's slices go to.</summary>
    public static string PriorityOf(string trigger) => trigger == Scheduled ? SyncQueues.Background : SyncQueues.Interactive;

    /// <summary>Whether nobody asked for it: where nothing is found there is nothing to tell.</summary>
    public static bool IsOfItself(string trigger) => trigger is Scheduled or Block;

    public static SyncTrigger Parse(string stored) => Enum.Parse<SyncTrigger>(stored, ignoreCase: true);
}

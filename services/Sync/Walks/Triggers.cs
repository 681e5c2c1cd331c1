namespace Sync.Walks;

/// <summary>Why a run began.</summary>
internal static class Triggers
{
    public const string Import = "import";
    public const string Requested = "requested";
    public const string Scheduled = "scheduled";

    /// <summary>The queue that a run's slices go to.</summary>
    public static string PriorityOf(string trigger) => trigger == Scheduled ? SyncQueues.Background : SyncQueues.Interactive;
}

namespace Sync;

/// <summary>The service's queues. A queue for each network and priority, so that operators scale and limit chains apart.</summary>
internal static class SyncQueues
{
    /// <summary>The saga's queue.</summary>
    public const string WalletSync = "wallet-sync";

    /// <summary>Somebody waits for it: an import, or a sync that was asked for.</summary>
    public const string Interactive = "interactive";

    /// <summary>The regular check.</summary>
    public const string Background = "background";

    /// <summary>
    /// Addresses that failed too often. One at a time in each process: whatever keeps them from being read, a time-out above
    /// all, takes no place from any other.
    /// </summary>
    public const string Retries = "retries";

    public static IReadOnlyList<string> Priorities { get; } = [Interactive, Background, Retries];

    /// <summary>Slices of a queue that one process fetches at the same time.</summary>
    public static int AtOnce(string priority, int slicesAtOnce) => priority == Retries ? 1 : slicesAtOnce;

    public static string Fetch(string network, string priority) => $"fetch-{network}-{priority}";
}

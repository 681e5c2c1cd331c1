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

    public static IReadOnlyList<string> Priorities { get; } = [Interactive, Background];

    public static string Fetch(string network, string priority) => $"fetch-{network}-{priority}";
}

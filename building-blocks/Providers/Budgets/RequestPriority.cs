namespace Providers;

/// <summary>
/// Whether a person waits for what is asked, or a deposit: only then may the reserve of a budget be used. It is known where
/// work begins and counts for all that is asked from there on, in whatever call; by default nobody waits.
/// </summary>
public static class RequestPriority
{
    private static readonly AsyncLocal<bool> Waited = new();

    public static bool IsWaitedFor => Waited.Value;

    /// <summary>Set for the caller's own asynchronous method and what it calls; it ends with that method.</summary>
    public static void Set(bool isWaitedFor) => Waited.Value = isWaitedFor;
}

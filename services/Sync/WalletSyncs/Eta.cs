namespace Sync.WalletSyncs;

/// <summary>
/// When reading is expected to end, in seconds from now, from the pace measured so far. Null where nothing was measured
/// or nothing can be said: an unknown end is better than an invented one.
/// </summary>
internal static class Eta
{
    /// <summary>So much of a wallet must have been asked about before the rest is taken to be like it.</summary>
    private const int KnownPercent = 20;

    /// <summary>A stated wait, then what is left at the pace measured without waits.</summary>
    public static double? Of(long read, double? pacedSeconds, double? left, double waitSeconds = 0) =>
        read > 0 && pacedSeconds > 0 && left >= 0 ? Math.Max(0, waitSeconds) + (pacedSeconds * left / read) : null;

    /// <summary>
    /// A whole run: all that is left at the run's own pace, yet no sooner than its slowest address. Where the run reads
    /// nothing itself because others read its addresses, these alone can tell.
    /// </summary>
    public static double? OfRun(RunPace run)
    {
        if (run.Left == 0 || run.IsStuck) return null;

        var ofAll = Of(run.Read, run.PacedSeconds, ToRead(run), run.WaitSeconds);
        if (ofAll is null) return run.LeftWithoutEta == 0 ? run.Slowest : null;
        return Math.Max(ofAll.Value, run.Slowest ?? 0);
    }

    // Addresses nobody asked about yet are taken to be like the others, once there are enough of these.
    private static double? ToRead(RunPace run) =>
        run.Unknown == 0 ? run.ToRead
        : (run.Addresses - run.Unknown) * 100 >= run.Addresses * KnownPercent ? run.ToRead +
            ((double)run.Expected / (run.Addresses - run.Unknown) * run.Unknown)
        : null;
}

/// <summary>
/// A run as its rows tell: transactions read and the seconds that took, how many are left in how many addresses, of
/// which some were not asked about yet (unknown) or have no pace of their own, and what its slowest address needs. Stuck is
/// an address that failed again after its last wait.
/// </summary>
internal sealed record RunPace(
    long Read, double? PacedSeconds, double WaitSeconds, long ToRead, long Left, long LeftWithoutEta, double? Slowest,
    long Addresses, long Unknown, long Expected, bool IsStuck);

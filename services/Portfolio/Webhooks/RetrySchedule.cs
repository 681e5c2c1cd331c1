namespace Portfolio.Webhooks;

/// <summary>When a message is sent again that was not taken: ten times within 76 hours, as Standard Webhooks advises.</summary>
internal static class RetrySchedule
{
    private const double Jitter = 0.1;

    private static readonly TimeSpan[] Waits =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5),
        TimeSpan.FromHours(10), TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(24),
    ];

    /// <summary>The longest wait that a receiver may ask for.</summary>
    private static TimeSpan Longest => Waits[^1];

    /// <summary>
    /// The wait behind so many attempts; null where it was tried often enough. <paramref name="asked"/> is the receiver's Retry-After,
    /// <paramref name="chance"/> from 0 to 1 spreads those who failed together.
    /// </summary>
    public static TimeSpan? After(int attempts, TimeSpan? asked, double chance)
    {
        if (attempts > Waits.Length) return null;
        var wait = Waits[Math.Max(attempts, 1) - 1] * (1 + (Jitter * ((2 * chance) - 1)));
        return asked > wait ? asked < Longest ? asked : Longest : wait;
    }
}

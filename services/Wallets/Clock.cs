namespace Wallets;

internal static class Clock
{
    /// <summary>Now, in whole milliseconds: what an answer says is then what the database gives back later.</summary>
    public static DateTimeOffset Now(this TimeProvider time)
    {
        var now = time.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMillisecond));
    }
}

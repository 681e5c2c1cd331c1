namespace Testing;

/// <summary>A clock that a test moves on, and puts back: what it says then is earlier, and what has passed has passed.</summary>
public sealed class ClockPutBack : TimeProvider
{
    private DateTimeOffset now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private long ticks;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Lets time pass.</summary>
    public void Advance(TimeSpan by) => (now, ticks) = (now + by, ticks + by.Ticks);

    /// <summary>Puts the clock back.</summary>
    public void PutBack(TimeSpan by) => now -= by;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => now;

    /// <inheritdoc/>
    public override long GetTimestamp() => ticks;
}

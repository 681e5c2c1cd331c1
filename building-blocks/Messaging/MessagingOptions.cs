using ServiceDefaults;

namespace Messaging;

/// <summary>How messaging paces itself, from the section <c>Messaging</c>.</summary>
internal sealed class MessagingOptions : IValidated
{
    public const string Section = "Messaging";

    /// <summary>How often an inbox compares itself with its source's log, whatever the bus brought.</summary>
    public TimeSpan PullEvery { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Events read at once by the publisher and asked of a feed.</summary>
    public int BatchSize { get; set; } = 500;

    /// <summary>
    /// The least time from one look at the log to the next while there is something to publish: what is appended
    /// meanwhile is published together.
    /// </summary>
    public TimeSpan GatherFor { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How often due sagas are looked for when nothing wakes the sweeper earlier.</summary>
    public TimeSpan SweepEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>After this time a saga that was woken, and is still due, is woken again.</summary>
    public TimeSpan WakeAgainAfter { get; set; } = TimeSpan.FromSeconds(30);

    public IEnumerable<string> Errors()
    {
        if (PullEvery < TimeSpan.FromMilliseconds(50) || PullEvery > TimeSpan.FromHours(1)) yield return "PullEvery must be from 50 ms to 1 h.";
        if (BatchSize is < 1 or > Feed.MostEvents) yield return $"BatchSize must be from 1 to {Feed.MostEvents}.";
        if (GatherFor < TimeSpan.Zero || GatherFor > TimeSpan.FromSeconds(5)) yield return "GatherFor must be from 0 to 5 s.";
        if (SweepEvery < TimeSpan.FromMilliseconds(10) || SweepEvery > TimeSpan.FromMinutes(1))
            yield return "SweepEvery must be from 10 ms to 1 min.";
        if (WakeAgainAfter < TimeSpan.FromMilliseconds(100)) yield return "WakeAgainAfter must be at least 100 ms.";
    }
}

using ServiceDefaults;

namespace Portfolio.Feed.Channels;

/// <summary>The channels that bring users their feeds, at <c>Feed</c>.</summary>
internal sealed class FeedOptions : IValidated
{
    public const string Section = "Feed";

    /// <summary>How many streams (sockets and event streams) one API key may have open at one replica.</summary>
    public int StreamsPerKey { get; set; } = 100;

    /// <summary>How many subscriptions one socket may hold.</summary>
    public int SubscriptionsPerSocket { get; set; } = 20;

    /// <summary>How many new messages are held for a client that is slow; what is beyond is read again from the log.</summary>
    public int Buffered { get; set; } = 256;

    /// <summary>How long nothing comes before a sign of life does.</summary>
    public int HeartbeatSeconds { get; set; } = 15;

    /// <summary>How long a socket may be silent, without even an answer to a ping, before it is closed.</summary>
    public int SilenceSeconds { get; set; } = 45;

    /// <summary>How long a client may take nothing of what is sent before its stream is closed.</summary>
    public int SlowSeconds { get; set; } = 30;

    /// <summary>How long messages are kept; for ever when not set.</summary>
    public int? KeepDays { get; set; }

    public IEnumerable<string> Errors()
    {
        if (StreamsPerKey is < 1 or > 100_000) yield return "StreamsPerKey must be 1 to 100000.";
        if (SubscriptionsPerSocket is < 1 or > 1_000) yield return "SubscriptionsPerSocket must be 1 to 1000.";
        if (Buffered is < 1 or > 10_000) yield return "Buffered must be 1 to 10000.";
        if (HeartbeatSeconds is < 1 or > 60) yield return "HeartbeatSeconds must be 1 to 60.";
        if (SilenceSeconds <= HeartbeatSeconds || SilenceSeconds > 300)
            yield return "SilenceSeconds must be more than HeartbeatSeconds, and at most 300.";
        if (KeepDays is < 1 or > 36_500) yield return "KeepDays must be 1 to 36500.";
        if (SlowSeconds is < 1 or > 300) yield return "SlowSeconds must be 1 to 300.";
    }
}

using EventSourcing;

namespace Messaging;

/// <summary>How an inbox does, for readiness, metrics and the list of checkpoints.</summary>
internal sealed class InboxState(string source, TimeProvider clock)
{
    private readonly LogSignal changed = new();
    private volatile string? blocked;
    private volatile string? waiting = "not compared with its source's log yet";
    private volatile bool compared;
    private long head;
    private long level = clock.GetTimestamp();

    /// <summary>Why the inbox cannot go on by itself, or null.</summary>
    public string? Blocked => blocked;

    /// <summary>Why the inbox waits, or null while all is well.</summary>
    public string? Waiting => waiting;

    /// <summary>Whether this process has seen the source's log to its end, so that it knows which of the bus's messages are of that log.</summary>
    public bool Compared => compared;

    /// <summary>The source's head as of the last pull.</summary>
    public long Head => Interlocked.Read(ref head);

    /// <summary>Since when the inbox was not known to have read all that its source says.</summary>
    public TimeSpan Behind => clock.GetElapsedTime(Interlocked.Read(ref level));

    /// <summary>Completes when the inbox is blocked the next time.</summary>
    public Task NextBlock => changed.Next;

    /// <summary>Everything up to here is applied.</summary>
    public void Reached(long readTo, long head)
    {
        Interlocked.Exchange(ref this.head, head);
        MessagingMetrics.InboxLag.Record(head - readTo, MessagingMetrics.Tag("source", source));
        waiting = null;
        if (readTo >= head)
        {
            compared = true;
            Interlocked.Exchange(ref level, clock.GetTimestamp());
        }

        if (Interlocked.Exchange(ref blocked, null) is not null) MessagingMetrics.InboxBlocked.Record(0, MessagingMetrics.Tag("source", source));
    }

    public void Block(string reason)
    {
        if (Interlocked.Exchange(ref blocked, reason) is null) changed.Wake();
        MessagingMetrics.InboxBlocked.Record(1, MessagingMetrics.Tag("source", source));
    }

    public void Wait(string reason) => waiting = reason;
}

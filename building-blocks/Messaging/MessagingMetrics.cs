using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Messaging;

/// <summary>What messaging says about itself; the meter and the activity source are both named <c>Messaging</c>.</summary>
internal static class MessagingMetrics
{
    private static readonly Meter Meter = new("Messaging");

    public static readonly ActivitySource Activities = new("Messaging");

    public static readonly Counter<long> Published = Meter.CreateCounter<long>(
        "messaging.contracts.published", description: "Contracts that the broker confirmed.");

    public static readonly Gauge<long> PublisherLag = Meter.CreateGauge<long>(
        "messaging.publisher.lag", description: "Positions of the log that the publisher has not read yet.");

    public static readonly Counter<long> Applied = Meter.CreateCounter<long>(
        "messaging.contracts.applied", description: "Contracts applied by an inbox, by source and by way (bus or feed).");

    public static readonly Counter<long> Skipped = Meter.CreateCounter<long>(
        "messaging.contracts.skipped", description: "Contracts from the bus that an inbox had applied before.");

    public static readonly Gauge<long> InboxLag = Meter.CreateGauge<long>(
        "messaging.inbox.lag", description: "Positions of a source's log that the inbox has not read yet, as of its last pull.");

    public static readonly Counter<long> Gaps = Meter.CreateCounter<long>(
        "messaging.inbox.gaps", description: "Contracts that did not follow the inbox's checkpoint, so that the feed was pulled.");

    public static readonly Gauge<int> InboxBlocked = Meter.CreateGauge<int>(
        "messaging.inbox.blocked", description: "1 while an inbox cannot go on without help.");

    public static readonly Counter<long> DeadLettered = Meter.CreateCounter<long>(
        "messaging.messages.deadlettered", description: "Messages given up and put into their queue's dead-letter queue.");

    public static readonly UpDownCounter<int> Paused = Meter.CreateUpDownCounter<int>(
        "messaging.endpoints.paused", description: "Messages held back while something they need is away, by queue.");

    public static readonly Gauge<int> LeaseHeld = Meter.CreateGauge<int>(
        "messaging.lease.held", description: "1 where this process holds the lease.");

    public static readonly Counter<long> Woken = Meter.CreateCounter<long>(
        "messaging.sagas.woken", description: "Sagas told that their time has come.");

    public static KeyValuePair<string, object?> Tag(string name, object? value) => new(name, value);
}

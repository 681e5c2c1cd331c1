using System.Diagnostics;
using System.Diagnostics.Metrics;
using Metrics;

namespace Messaging;

/// <summary>What messaging tells of itself; the meter and the activity source are both named <c>Messaging</c>.</summary>
internal static class MessagingMetrics
{
    public static readonly ActivitySource Activities = new("Messaging");

    public static readonly MetricCatalogue Catalogue = new("Messaging");

    private static readonly Label Source = Label.Bounded("source", "the services that this one hears");
    private static readonly Label Queue = Label.Bounded("queue", "the service's queues");

    public static readonly Counter<long> Published = Catalogue.Counter("messaging.contracts.published", "Contracts that the broker confirmed.");

    public static readonly Gauge<long> PublisherLag =
        Catalogue.Gauge<long>("messaging.publisher.lag", "Positions of the log that the publisher has not read yet.");

    public static readonly Gauge<double> PublisherBehind = Catalogue.Gauge<double>(
        "messaging.publisher.behind", "Age of the oldest event that the publisher has not read yet; 0 where there is none.", unit: "s");

    public static readonly Counter<long> Applied = Catalogue.Counter(
        "messaging.contracts.applied", "Contracts applied by an inbox, by the way they came.", [Source, Label.Of("way", "bus", "feed")]);

    public static readonly Counter<long> Skipped =
        Catalogue.Counter("messaging.contracts.skipped", "Contracts from the bus that an inbox had applied before.", [Source]);

    public static readonly Gauge<long> InboxLag = Catalogue.Gauge<long>(
        "messaging.inbox.lag", "Positions of a source's log that the inbox has not read yet, as of its last pull.", [Source]);

    public static readonly Gauge<double> InboxBehind = Catalogue.Gauge<double>("messaging.inbox.behind",
        "Since when the inbox was not known to have read all of its source's log; up to `Messaging:PullEvery` while all is well.", [Source], "s");

    public static readonly Counter<long> Gaps = Catalogue.Counter("messaging.inbox.gaps",
        "Contracts that did not follow the inbox's checkpoint, so that the feed was pulled.", [Source]);

    public static readonly Gauge<int> InboxBlocked =
        Catalogue.Flag("messaging.inbox.blocked", "1 while an inbox cannot go on without help.", [Source]);

    public static readonly Counter<long> DeadLettered = Catalogue.Counter("messaging.messages.deadlettered",
        "Messages given up and put into their queue's dead-letter queue.", [Queue]);

    public static readonly UpDownCounter<long> Paused = Catalogue.UpDownCounter("messaging.endpoints.paused",
        "Messages held back while something they need is away.", [Queue]);

    public static readonly Gauge<int> LeaseHeld = Catalogue.Flag("messaging.lease.held", "1 where this process holds the lease.",
        [Label.Bounded("lease", "what one process of the service does at a time")]);

    public static readonly Counter<long> Woken = Catalogue.Counter("messaging.sagas.woken", "Sagas told that their time has come.",
        [Label.Bounded("saga", "the service's tables of sagas")]);

    public static KeyValuePair<string, object?> Tag(string name, object? value) => new(name, value);
}

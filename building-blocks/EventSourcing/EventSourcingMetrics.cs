using System.Diagnostics.Metrics;
using Metrics;

namespace EventSourcing;

/// <summary>What an event log tells of itself.</summary>
internal static class EventSourcingMetrics
{
    public static readonly MetricCatalogue Catalogue = new("EventSourcing");

    public static readonly Counter<long> Events = Catalogue.Counter("eventsourcing.events.appended", "Events appended to the log.");

    public static readonly Counter<long> Appends = Catalogue.Counter("eventsourcing.appends", "Transactions that appended to the log.");
}

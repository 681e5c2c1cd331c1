using System.Diagnostics.Metrics;
using Metrics;

namespace Portfolio.Webhooks;

/// <summary>What is told of sending.</summary>
internal static class WebhookMetrics
{
    public static readonly MetricCatalogue Catalogue = new("Webhooks");

    public static readonly Counter<long> Attempts = Catalogue.Counter("webhooks.attempts",
        "Messages sent to webhooks, by what came of it: taken, to be sent again, given up, or not there any more.",
        [Label.Of("outcome", "delivered", "retried", "failed", "dropped")]);

    public static readonly Histogram<double> Latency = Catalogue.Histogram("webhooks.latency",
        "How long webhooks take to answer.", "s", [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30]);

    public static readonly Counter<long> Disabled = Catalogue.Counter("webhooks.disabled",
        "Webhooks that were disabled because they failed for too long or answered 410.");

    public static readonly Gauge<long> Waiting = Catalogue.Gauge<long>("webhooks.waiting",
        "Messages in line for webhooks that are enabled: `fresh` ones that just happened, `later` ones that are sent again or replayed.",
        [Label.Of("lane", "fresh", "later")]);

    public static readonly Gauge<double> Overdue = Catalogue.Gauge<double>("webhooks.overdue",
        "How long the message that waits longest for an enabled webhook should have been sent.", [Label.Of("lane", "fresh", "later")], "s");

    public static readonly Gauge<long> Endpoints = Catalogue.Gauge<long>("webhooks.endpoints",
        "Webhooks there are: `well`, `failing` since the last message that was taken, `disabled`.",
        [Label.Of("state", "well", "failing", "disabled")]);
}

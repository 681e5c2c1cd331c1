using System.Diagnostics.Metrics;

namespace Sync.Providers;

internal static class ProviderMetrics
{
    private static readonly Meter Meter = new("Sync");

    public static readonly Counter<long> Calls = Meter.CreateCounter<long>("sync.provider.calls",
        description: "Requests sent to providers, by provider, kind and outcome.");
    public static readonly Histogram<double> Latency =
        Meter.CreateHistogram<double>("sync.provider.latency", "s", "How long providers take to answer.");
    public static readonly Counter<long> BudgetWaits =
        Meter.CreateCounter<long>("sync.provider.budget.waits", description: "Requests that were not sent for want of budget, by budget and window.");
    public static readonly Gauge<long> BudgetLeft =
        Meter.CreateGauge<long>("sync.provider.budget.left", description: "Requests that the budget has left, by budget and window.");
    public static readonly Counter<long> Bytes = Meter.CreateCounter<long>("sync.provider.bytes", "By", "Bytes of answers read.");
}

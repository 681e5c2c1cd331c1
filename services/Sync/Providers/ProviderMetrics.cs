using System.Diagnostics.Metrics;

namespace Sync.Providers;

internal static class ProviderMetrics
{
    private static readonly Meter Meter = new("Sync");

    public static readonly Counter<long> Calls = Meter.CreateCounter<long>("sync.provider.calls", description: "Requests sent to providers, by provider, kind and outcome.");
    public static readonly Histogram<double> Latency = Meter.CreateHistogram<double>("sync.provider.latency", "s", "How long providers take to answer.");
    public static readonly Counter<long> Bytes = Meter.CreateCounter<long>("sync.provider.bytes", "By", "Bytes of answers read.");
}

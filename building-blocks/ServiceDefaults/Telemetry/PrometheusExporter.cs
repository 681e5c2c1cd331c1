using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace ServiceDefaults;

/// <summary>Collects every metric when asked and gives it as Prometheus text.</summary>
[ExportModes(ExportModes.Pull)]
internal sealed class PrometheusExporter : BaseExporter<Metric>, IPullMetricExporter
{
    private readonly Lock scraping = new();
    private string text = "";

    public Func<int, bool>? Collect { get; set; }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        text = PrometheusText.Write(batch);
        return ExportResult.Success;
    }

    public string Scrape()
    {
        // Collecting answers into a field, so scrapes go one after the other.
        lock (scraping)
            return Collect?.Invoke(Timeout.Infinite) == true ? text : "";
    }
}

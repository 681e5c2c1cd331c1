using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using ServiceDefaults;
using Shouldly;
using Xunit;

namespace Unit.ServiceDefaults;

public sealed class PrometheusPage : IDisposable
{
    private readonly Meter meter = new($"Page.{Guid.NewGuid()}");
    private readonly Meter bus = new("MassTransit");
    private readonly PrometheusExporter exporter = new();
    private readonly MeterProvider provider;

    public PrometheusPage() => provider = Sdk.CreateMeterProviderBuilder()
        .AddMeter(meter.Name, bus.Name)
        .AddReader(new BaseExportingMetricReader(exporter))
        .Build();

    [Fact]
    public void a_counter_ends_in_total()
    {
        var pages = meter.CreateCounter<long>("sync.pages", description: "Pages fetched.");
        pages.Add(2, new KeyValuePair<string, object?>("provider", "esplora"));
        pages.Add(3, new KeyValuePair<string, object?>("provider", "esplora"));

        exporter.Scrape().ShouldBe(
            """
            # HELP sync_pages_total Pages fetched.
            # TYPE sync_pages_total counter
            sync_pages_total{provider="esplora"} 5

            """);
    }

    [Fact]
    public void labels_and_help_are_escaped()
    {
        var counter = meter.CreateCounter<long>("odd", description: "one\ntwo \\ three");
        counter.Add(1, new("b.c", "say \"hi\"\n\\"), new("a", null));

        exporter.Scrape().ShouldBe("# HELP odd_total one\\ntwo \\\\ three\n# TYPE odd_total counter\nodd_total{a=\"\",b_c=\"say \\\"hi\\\"\\n\\\\\"} 1\n");
    }

    [Fact]
    public void a_histogram_has_cumulative_buckets_in_its_unit()
    {
        var append = meter.CreateHistogram("append", unit: "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.1] });
        append.Record(0.001);
        append.Record(0.05);
        append.Record(7);

        exporter.Scrape().ShouldBe(
            """
            # TYPE append_seconds histogram
            append_seconds_bucket{le="0.01"} 1
            append_seconds_bucket{le="0.1"} 2
            append_seconds_bucket{le="+Inf"} 3
            append_seconds_sum 7.051
            append_seconds_count 3

            """);
    }

    [Fact]
    public void gauges_and_counters_that_go_down_are_gauges()
    {
        meter.CreateObservableGauge("lag", () => 12L, unit: "{events}");
        meter.CreateUpDownCounter<long>("open").Add(-1);
        bus.CreateCounter<long>("messaging.masstransit.consume.active").Add(1);

        exporter.Scrape().ShouldBe(
            """
            # TYPE lag gauge
            lag 12
            # TYPE messaging_masstransit_consume_active gauge
            messaging_masstransit_consume_active 1
            # TYPE open gauge
            open -1

            """);
    }

    [Fact]
    public void one_family_is_named_once_for_all_its_series()
    {
        var calls = meter.CreateCounter<long>("calls");
        calls.Add(1, new KeyValuePair<string, object?>("to", "a"));
        calls.Add(1, new KeyValuePair<string, object?>("to", "b"));

        var lines = exporter.Scrape().Split('\n', StringSplitOptions.RemoveEmptyEntries);

        lines.Count(line => line.StartsWith("# TYPE calls_total", StringComparison.Ordinal)).ShouldBe(1);
        lines.Count(line => line.StartsWith("calls_total{", StringComparison.Ordinal)).ShouldBe(2);
    }

    [Fact]
    public void a_second_scrape_goes_on_counting()
    {
        var counter = meter.CreateCounter<long>("steps");
        counter.Add(1);
        exporter.Scrape();
        counter.Add(1);

        exporter.Scrape().ShouldContain("steps_total 2\n");
    }

    public void Dispose()
    {
        provider.Dispose();
        meter.Dispose();
        bus.Dispose();
    }
}

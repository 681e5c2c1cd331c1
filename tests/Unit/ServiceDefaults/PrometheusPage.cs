using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using ServiceDefaults;
using Shouldly;
using Xunit;

namespace Unit.ServiceDefaults;

public sealed class PrometheusPage : IAsyncLifetime
{
    private readonly Meter meter = new($"Page.{Guid.NewGuid()}");
    private readonly Meter bus = new("MassTransit");
    private readonly WebApplication app;

    public PrometheusPage()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Services.AddOpenTelemetry().WithMetrics(metrics =>
        {
            Telemetry.Measure(metrics);
            metrics.AddMeter(meter.Name);
        });
        app = builder.Build();
        app.MapPrometheusScrapingEndpoint();
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await app.StartAsync(Ct);

    [Fact]
    public async Task a_counter_ends_in_total()
    {
        var pages = meter.CreateCounter<long>("sync.pages", description: "Pages fetched.");
        pages.Add(2, new KeyValuePair<string, object?>("provider", "esplora"));
        pages.Add(3, new KeyValuePair<string, object?>("provider", "esplora"));

        (await LinesAsync("sync_pages")).ShouldBe([
            "# TYPE sync_pages_total counter",
            "# HELP sync_pages_total Pages fetched.",
            "sync_pages_total{provider=\"esplora\"} 5",
        ]);
    }

    [Fact]
    public async Task labels_and_help_are_escaped()
    {
        var counter = meter.CreateCounter<long>("odd", description: "one\ntwo \\ three");
        counter.Add(1, new("b.c", "say \"hi\"\n\\"), new("a", ""));

        (await LinesAsync("odd")).ShouldBe([
            "# TYPE odd_total counter",
            "# HELP odd_total one\\ntwo \\\\ three",
            "odd_total{a=\"\",b_c=\"say \\\"hi\\\"\\n\\\\\"} 1",
        ]);
    }

    [Fact]
    public async Task a_histogram_has_cumulative_buckets_in_its_unit()
    {
        var append = meter.CreateHistogram("append", unit: "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.1] });
        append.Record(0.001);
        append.Record(0.05);
        append.Record(7);

        (await LinesAsync("append")).ShouldBe([
            "# TYPE append_seconds histogram",
            "append_seconds_bucket{le=\"0.01\"} 1",
            "append_seconds_bucket{le=\"0.1\"} 2",
            "append_seconds_bucket{le=\"+Inf\"} 3",
            "append_seconds_sum{} 7.051",
            "append_seconds_count{} 3",
        ]);
    }

    [Fact]
    public async Task what_goes_down_is_a_gauge_and_a_counter_that_goes_down_is_left_out()
    {
        meter.CreateObservableGauge("lag", () => 12L, unit: "{events}");
        meter.CreateUpDownCounter<long>("open").Add(-1);
        bus.CreateCounter<long>("messaging.masstransit.consume.active").Add(1);
        bus.CreateCounter<long>("messaging.masstransit.consume").Add(1);

        (await LinesAsync("lag")).ShouldBe(["# TYPE lag gauge", "lag{} 12"]);
        (await LinesAsync("open")).ShouldBe(["# TYPE open gauge", "open{} -1"]);
        (await LinesAsync("messaging")).ShouldBe(["# TYPE messaging_masstransit_consume_total counter", "messaging_masstransit_consume_total{} 1"]);
    }

    [Fact]
    public async Task one_family_is_named_once_for_all_its_series()
    {
        var calls = meter.CreateCounter<long>("calls");
        calls.Add(1, new KeyValuePair<string, object?>("to", "a"));
        calls.Add(1, new KeyValuePair<string, object?>("to", "b"));

        var lines = await LinesAsync("calls");

        lines.Count(line => line.StartsWith("# TYPE calls_total", StringComparison.Ordinal)).ShouldBe(1);
        lines.Count(line => line.StartsWith("calls_total{", StringComparison.Ordinal)).ShouldBe(2);
    }

    [Fact]
    public async Task a_second_scrape_goes_on_counting()
    {
        var counter = meter.CreateCounter<long>("steps");
        counter.Add(1);
        (await LinesAsync("steps")).ShouldContain("steps_total{} 1");
        counter.Add(1);

        (await LinesAsync("steps")).ShouldContain("steps_total{} 2");
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        meter.Dispose();
        bus.Dispose();
    }

    /// <summary>The page's lines about families whose names begin so.</summary>
    private async Task<List<string>> LinesAsync(string name)
    {
        using var client = app.GetTestClient();
        var page = await client.GetStringAsync(new Uri("/metrics", UriKind.Relative), Ct);
        return [.. page.Split('\n').Where(line => line.Replace("# HELP ", "", StringComparison.Ordinal)
            .Replace("# TYPE ", "", StringComparison.Ordinal)
            .StartsWith(name, StringComparison.Ordinal))];
    }
}

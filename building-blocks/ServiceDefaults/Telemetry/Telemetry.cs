using System.Diagnostics;
using System.Reflection;
using Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ServiceDefaults;

/// <summary>Metrics at <c>/metrics</c>, traces to an OTLP endpoint when one is configured.</summary>
internal static class Telemetry
{
    private const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string MetricsPort = "Telemetry:MetricsPort";
    private const string Bus = "MassTransit";

    /// <summary>Meters and sources of our own.</summary>
    private static readonly string[] Own =
        ["EventSourcing", "Messaging", "ServiceDefaults", "Wallets", "Sync", "Portfolio", "Webhooks", "Prices", "Gateway"];

    public static void AddTelemetry(this IServiceCollection services, IConfiguration configuration, string service)
    {
        services.AddSingleton(new OptionKey(OtlpEndpoint));
        services.AddSingleton(new OptionKey(MetricsPort));
        services.AddSingleton(new StartCheck(_ =>
            string.IsNullOrEmpty(configuration[MetricsPort]) || (int.TryParse(configuration[MetricsPort], out var port) && port is > 0 and < 65536)
                ? []
                : [$"{MetricsPort} must be a port."]));
        var endpoint = configuration[OtlpEndpoint];
        services.AddSingleton(new StartCheck(_ =>
            string.IsNullOrEmpty(endpoint) || Uri.IsWellFormedUriString(endpoint, UriKind.Absolute)
                ? []
                : [$"{OtlpEndpoint} must be an absolute address."]));

        services.AddMetricCatalogue(ServiceDefaultsMetrics.Catalogue, SeriesFromTheStart.Works);
        services.AddHostedService<SeriesFromTheStart>();
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(service, serviceVersion: Assembly.GetEntryAssembly()?.GetName().Version?.ToString()))
            .WithMetrics(Measure);
        if (string.IsNullOrEmpty(endpoint)) services.AddSingleton<TraceIds>();
        else telemetry.WithTracing(traces => Trace(traces).AddOtlpExporter(otlp => otlp.Endpoint = new Uri(endpoint)));
    }

    /// <summary>
    /// A service that faces the outside shows its metrics on a port of their own, <c>Telemetry:MetricsPort</c>, or to
    /// administrators.
    /// </summary>
    public static void MapTelemetry(this WebApplication app, bool facesOutside)
    {
        _ = app.Services.GetService<TraceIds>();
        var port = app.Configuration.GetValue<int?>(MetricsPort);
        // By the port the request came in at: what its Host header says is the client's choice.
        if (port is not null) app.MapMetrics("/metrics", context => context.Connection.LocalPort == port).AllowAnonymous();
        else if (!facesOutside) app.MapMetrics("/metrics", _ => true).AllowAnonymous();
        if (facesOutside) app.MapMetrics("/api/v1/metrics", _ => true).RequireScope(Scopes.Admin);
    }

    internal static void Measure(MeterProviderBuilder metrics) => metrics
        .AddMeter([.. Own, Bus])
        .AddRuntimeInstrumentation()
        .AddAspNetCoreInstrumentation()
        .AddHttpClientInstrumentation()
        .AddNpgsqlInstrumentation()
        // MassTransit counts what is in progress with a counter that it also counts down, which a rate makes nonsense of.
        .AddView(instrument => IsDisguisedGauge(instrument.Meter.Name, instrument.Name) ? MetricStreamConfiguration.Drop : null)
        .AddPrometheusExporter(page =>
        {
            page.ScopeInfoEnabled = false;
            page.TargetInfoEnabled = false;
            page.ScrapeResponseCacheDurationMilliseconds = 0;
        });

    internal static TracerProviderBuilder Trace(TracerProviderBuilder traces) => traces
        .AddSource([.. Own, Bus, "Yarp.ReverseProxy"])
        .AddAspNetCoreInstrumentation()
        // Paths of providers name addresses, and may hold a key; the span at the other end has the route of ours.
        .AddHttpClientInstrumentation(http => http.EnrichWithHttpRequestMessage = (span, request) =>
            span.SetTag("url.full", request.RequestUri?.GetLeftPart(UriPartial.Authority)))
        .AddNpgsql();

    private static bool IsDisguisedGauge(string meter, string name) => meter == Bus && name.EndsWith("active", StringComparison.Ordinal);

    private static IEndpointConventionBuilder MapMetrics(this WebApplication app, string path, Func<HttpContext, bool> isOpen) =>
        app.MapPrometheusScrapingEndpoint(path, null, page => page.Use((context, next) =>
                isOpen(context) ? next(context) : throw new DomainException("not-found", "There is nothing here.")), null)
            .WithMetadata(new HttpMethodMetadata([HttpMethods.Get]))
            .ExcludeFromDescription();

    /// <summary>
    /// Without an endpoint nobody looks at spans, but the id must still get through the bus and into the logs. A sampler
    /// that drops everything does not do: MassTransit then starts a new trace at each consumer. Nothing of ours comes
    /// after a statement, and HTTP calls pass the id on by themselves, so those make no spans.
    /// </summary>
    private sealed class TraceIds : IDisposable
    {
        private readonly ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name is Bus or "Microsoft.AspNetCore" || Own.Contains(source.Name),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.PropagationData,
        };

        public TraceIds() => ActivitySource.AddActivityListener(listener);

        public void Dispose() => listener.Dispose();
    }
}

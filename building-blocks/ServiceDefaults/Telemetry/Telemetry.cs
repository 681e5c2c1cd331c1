using System.Diagnostics;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ServiceDefaults;

/// <summary>Metrics at <c>/metrics</c>, traces to an OTLP endpoint when one is configured.</summary>
internal static class Telemetry
{
    private const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private static readonly string[] Meters =
    [
        "EventSourcing", "Messaging", "Wallets", "Sync", "Portfolio", "Gateway",
        "Npgsql", "MassTransit", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel",
        "System.Net.Http", "System.Runtime",
    ];

    private static readonly string[] PassingSources =
        ["EventSourcing", "Messaging", "Wallets", "Sync", "Portfolio", "Gateway", "MassTransit", "Microsoft.AspNetCore"];

    // Nothing of ours comes after these; HTTP calls pass the id on by themselves.
    private static readonly string[] LeafSources = ["Npgsql", "System.Net.Http"];

    public static void AddTelemetry(this IServiceCollection services, IConfiguration configuration, string service)
    {
        var resource = ResourceBuilder.CreateDefault()
            .AddService(service, serviceVersion: Assembly.GetEntryAssembly()?.GetName().Version?.ToString());
        services.AddSingleton<PrometheusExporter>();
        services.AddSingleton(provider => Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(Meters)
            .AddReader(new BaseExportingMetricReader(provider.GetRequiredService<PrometheusExporter>()))
            .Build());

        var endpoint = configuration[OtlpEndpoint];
        services.AddSingleton(_ => new Tracing(string.IsNullOrEmpty(endpoint)
            ? PassIdsOn()
            : Sdk.CreateTracerProviderBuilder()
                .SetResourceBuilder(resource)
                .AddSource([.. PassingSources, .. LeafSources])
                .AddOtlpExporter(otlp => otlp.Endpoint = new Uri(endpoint))
                .Build()));
        services.AddSingleton(new StartCheck(_ =>
            string.IsNullOrEmpty(endpoint) || Uri.IsWellFormedUriString(endpoint, UriKind.Absolute) ? [] : [$"{OtlpEndpoint} must be an absolute address."]));
    }

    // Without an endpoint nobody looks at spans, but the id must still get through the bus and into the logs.
    // A sampler that drops everything does not do: MassTransit then starts a new trace at each consumer.
    private static ActivityListener PassIdsOn()
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => PassingSources.Contains(source.Name),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.PropagationData,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    /// <summary>A service that faces the outside tells its metrics on a port of their own, <c>Telemetry:MetricsPort</c>, or to administrators.</summary>
    public static void MapTelemetry(this WebApplication app, bool facesOutside)
    {
        // They listen from the moment they are made.
        _ = app.Services.GetRequiredService<MeterProvider>();
        _ = app.Services.GetRequiredService<Tracing>();
        static IResult Scrape(PrometheusExporter exporter) => Results.Text(exporter.Scrape(), PrometheusText.ContentType);
        var port = app.Configuration.GetValue<int?>("Telemetry:MetricsPort");
        // By the port the request came in at: what its Host header says is the client's choice.
        if (port is not null) app.MapGet("/metrics", Scrape).AllowAnonymous().ExcludeFromDescription().AddEndpointFilter((context, next) =>
            context.HttpContext.Connection.LocalPort == port ? next(context) : throw new DomainException("not-found", "There is nothing here."));
        else if (!facesOutside) app.MapGet("/metrics", Scrape).AllowAnonymous().ExcludeFromDescription();
        if (facesOutside) app.MapGet("/api/v1/metrics", Scrape).RequireScope(Scopes.Admin).ExcludeFromDescription();
    }

    private sealed record Tracing(IDisposable Listening) : IDisposable
    {
        public void Dispose() => Listening.Dispose();
    }
}

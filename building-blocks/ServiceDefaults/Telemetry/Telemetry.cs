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

    private static readonly string[] Sources =
    [
        "EventSourcing", "Messaging", "Wallets", "Sync", "Portfolio", "Gateway",
        "Npgsql", "MassTransit", "Microsoft.AspNetCore", "System.Net.Http",
    ];

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
        services.AddSingleton(_ =>
        {
            var traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Sources);
            // Nobody looks at the spans without an endpoint, but trace ids are still made and passed on.
            return string.IsNullOrEmpty(endpoint)
                ? traces.SetSampler(new AlwaysOffSampler()).Build()
                : traces.AddOtlpExporter(otlp => otlp.Endpoint = new Uri(endpoint)).Build();
        });
        services.AddSingleton(new StartCheck(_ =>
            string.IsNullOrEmpty(endpoint) || Uri.IsWellFormedUriString(endpoint, UriKind.Absolute) ? [] : [$"{OtlpEndpoint} must be an absolute address."]));
    }

    public static void MapTelemetry(this WebApplication app)
    {
        // They listen from the moment they are made.
        _ = app.Services.GetRequiredService<MeterProvider>();
        _ = app.Services.GetRequiredService<TracerProvider>();
        app.MapGet("/metrics", (PrometheusExporter exporter) => Results.Text(exporter.Scrape(), PrometheusText.ContentType))
            .AllowAnonymous()
            .ExcludeFromDescription();
    }
}

using EventSourcing;
using Gateway;
using Messaging;
using Metrics;
using Portfolio;
using Portfolio.Prices;
using Portfolio.Webhooks;
using ServiceDefaults;
using Sync;
using Wallets;

namespace Unit.Monitoring;

/// <summary>All metrics there are: ours by their catalogues, and those of libraries that panels and alerts use.</summary>
internal static class Catalogues
{
    public static IReadOnlyList<(string Title, string ToldBy, MetricCatalogue Catalogue)> Own { get; } =
    [
        ("Sync", "Sync", SyncMetrics.Catalogue),
        ("Wallets", "Wallets", WalletsMetrics.Catalogue),
        ("Gateway", "the gateway", GatewayMetrics.Catalogue),
        ("Portfolio", "Portfolio", PortfolioMetrics.Catalogue),
        ("Webhooks", "Portfolio", WebhookMetrics.Catalogue),
        ("Prices", "Portfolio", PriceMetrics.Catalogue),
        ("Messages", "Wallets, Sync and Portfolio", MessagingMetrics.Catalogue),
        ("Event log", "Wallets, Sync and Portfolio", EventSourcingMetrics.Catalogue),
        ("Every service", "all four", ServiceDefaultsMetrics.Catalogue),
    ];

    /// <summary>By who tells them; not all that these tell, but what is used.</summary>
    public static IReadOnlyList<(string Library, string[] Metrics)> Libraries { get; } =
    [
        ("Prometheus", ["up", "ALERTS"]),
        ("ASP.NET Core", ["http_server_request_duration_seconds", "kestrel_active_connections"]),
        ("HttpClient, with which YARP passes requests on; YARP 2.3 has no metrics of its own", ["http_client_request_duration_seconds"]),
        (".NET", ["dotnet_process_cpu_time_seconds_total", "dotnet_process_memory_working_set_bytes", "dotnet_gc_last_collection_heap_size_bytes",
            "dotnet_gc_pause_time_seconds_total", "dotnet_exceptions_total"]),
        ("Npgsql", ["db_client_connection_count", "db_client_connection_max", "db_client_operation_duration_seconds"]),
        ("MassTransit", ["messaging_masstransit_consume_ea_total", "messaging_masstransit_consume_duration_milliseconds",
            "messaging_masstransit_consume_errors_ea_total", "messaging_masstransit_consume_retries_ea_total",
            "messaging_masstransit_saga_ea_total", "messaging_masstransit_send_ea_total"]),
        ("RabbitMQ", ["rabbitmq_detailed_queue_messages_ready", "rabbitmq_detailed_queue_messages_unacked", "rabbitmq_detailed_queue_consumers"]),
    ];

    /// <summary>Every name that a query may use; a histogram has three.</summary>
    public static HashSet<string> PageNames { get; } =
    [
        .. Own.SelectMany(own => own.Catalogue.All)
            .SelectMany(metric => metric.Kind is MetricKind.Histogram ? Histogram(metric.PageName) : [metric.PageName]),
        .. Libraries.SelectMany(library => library.Metrics)
            .SelectMany(name => name.EndsWith("_seconds", StringComparison.Ordinal) || name.EndsWith("_milliseconds", StringComparison.Ordinal)
                ? Histogram(name) : [name]),
    ];

    private static string[] Histogram(string name) => [$"{name}_bucket", $"{name}_count", $"{name}_sum"];
}

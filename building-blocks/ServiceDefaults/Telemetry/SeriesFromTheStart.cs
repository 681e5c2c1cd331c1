using Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;

namespace ServiceDefaults;

/// <summary>
/// Begins the series of every catalogue in use, so that what has not happened yet is a 0 and no gap: a rise from nothing to
/// one is no rise for Prometheus. Before all other work, which could count.
/// </summary>
internal sealed class SeriesFromTheStart(IServiceProvider services) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Whoever collects must be there first.
        _ = services.GetService<MeterProvider>();
        foreach (var (catalogue, known) in services.GetServices<CatalogueInUse>()) catalogue.Begin(known(services));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The recurring work of the process, as its failures are counted by.</summary>
    public static IEnumerable<IReadOnlyDictionary<string, string>> Works(IServiceProvider services) =>
        services.GetServices<IHostedService>().OfType<RecurringWork>()
            .Select(work => new Dictionary<string, string> { ["work"] = work.GetType().Name });
}

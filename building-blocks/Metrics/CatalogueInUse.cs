using Microsoft.Extensions.DependencyInjection;

namespace Metrics;

/// <summary>A catalogue whose metrics a service tells, and the label values that its configuration makes known.</summary>
public sealed record CatalogueInUse(MetricCatalogue Catalogue, Func<IServiceProvider, IEnumerable<IReadOnlyDictionary<string, string>>> Known);

/// <summary>Adds catalogues to a service.</summary>
public static class MetricsModule
{
    /// <summary>The service tells these metrics. <paramref name="known"/> is asked once, at start.</summary>
    public static IServiceCollection AddMetricCatalogue(this IServiceCollection services, MetricCatalogue catalogue,
        Func<IServiceProvider, IEnumerable<IReadOnlyDictionary<string, string>>>? known = null) =>
        services.AddSingleton(new CatalogueInUse(catalogue, known ?? (_ => [])));
}

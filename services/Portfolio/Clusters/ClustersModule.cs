using ServiceDefaults;

namespace Portfolio.Clusters;

/// <summary>What clusters are made of.</summary>
internal static class ClustersModule
{
    public static IServiceCollection AddClusters(this IServiceCollection services)
    {
        services.AddValidatedOptions<ClusterOptions>(ClusterOptions.Section);
        return services.AddSingleton<ObservedReader>().AddSingleton<GetCluster>().AddSingleton<SuggestAddresses>();
    }

    public static void MapClusters(this IEndpointRouteBuilder app)
    {
        GetCluster.Map(app);
        SuggestAddresses.Map(app);
    }
}

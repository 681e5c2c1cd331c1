using ServiceDefaults;

namespace Sync.Providers.Cache;

/// <summary>What keeps answers of providers.</summary>
internal static class CacheModule
{
    /// <summary>The parts that are asked; without <see cref="CacheMaintenance"/> nothing is written by itself.</summary>
    public static IServiceCollection AddCache(this IServiceCollection services)
    {
        services.AddValidatedOptions<CacheOptions>("Cache");
        return services
            .AddSingleton<CacheUsage>()
            .AddSingleton<CachedPages>()
            .AddSingleton<CachedSummaries>()
            .AddSingleton<CachedBlocks>()
            .AddSingleton<IKnownBlocks>(provider => provider.GetRequiredService<CachedBlocks>());
    }
}

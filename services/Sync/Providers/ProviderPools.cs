namespace Sync.Providers;

/// <summary>The providers of all configured networks.</summary>
internal sealed class ProviderPools(IReadOnlyCollection<ProviderPool> networks)
{
    private readonly Dictionary<string, ProviderPool> byNetwork = networks.ToDictionary(providers => providers.Network.Slug);

    /// <summary>The slugs of the networks that are synced here.</summary>
    public string[] Networks { get; } = [.. networks.Select(providers => providers.Network.Slug)];

    /// <summary>Why addresses of another network wait.</summary>
    public static string NoProvider(string network) => $"no provider is configured for {network}";

    public ProviderPool? Find(string network) => byNetwork.GetValueOrDefault(network);
}

using Chains;
using Microsoft.Extensions.Options;
using ServiceDefaults;
using Sync.Chains;
using Sync.Chains.Utxo;

namespace Sync.Providers;

/// <summary>Makes the adapters of the configured networks.</summary>
internal static class ProvidersModule
{
    public static IServiceCollection AddProviders(this IServiceCollection services)
    {
        services.AddValidatedOptions<ChainsOptions>("Chains");
        services.AddOptions<ChainsOptions>().Configure<NetworkCatalogue>((options, networks) => options.Known = networks);
        services.AddProviderBudgets(SyncMetrics.Providers, provider => provider.GetRequiredService<IOptions<ChainsOptions>>().Value.Providers);
        services.AddSingleton(provider => new ProviderPools(
            [.. provider.GetRequiredService<IOptions<ChainsOptions>>().Value.Select(entry => Pool(provider, entry.Key, entry.Value))]));
        return services;
    }

    private static ProviderPool Pool(IServiceProvider services, string slug, NetworkOptions options)
    {
        var network = services.GetRequiredService<NetworkCatalogue>().Find(slug)!;
        return new ProviderPool(
            options.Providers.ConvertAll(provider => Adapter(services, network, provider)), TimeSpan.FromSeconds(options.RestSeconds),
            services.GetRequiredService<TimeProvider>(), services.GetService<IKnownBlocks>());
    }

    private static IChainAdapter Adapter(IServiceProvider services, Network network, ProviderOptions options)
    {
        var kind = ProviderKinds.Find(options.Kind) ?? throw new InvalidOperationException($"No dialect '{options.Kind}'.");
        // A relative path replaces the last segment of an address that does not end in a slash.
        var client = kind.Schemes is not null ? OverLines(services, network, options)
            : Client(services, network, options, kind, kind.HasNoPaths ? options.BaseUrl : options.BaseUrl.TrimEnd('/') + "/");
        var node = options.RpcUrl is { } rpc ? Client(services, network, options, kind, rpc, isNodeBeside: true) : null;
        return kind.Create(new AdapterParts(
            network, options, services.GetRequiredService<RequestBudgets>().Of(network.Slug, options), client, node,
            services.GetRequiredService<IPastAccounts>(), services.GetRequiredService<INodeScans>(),
            services.GetRequiredService<TimeProvider>()));
    }

    // What is posted goes through a connection of its own, so the address is none that HTTP would ask.
    private static ProviderClient OverLines(IServiceProvider services, Network network, ProviderOptions options)
    {
        var server = new Uri(options.BaseUrl);
        return services.MakeProviderClient(network.Slug, options, $"http://{server.Authority}/", transport: new ElectrumTransport(
            options.Name, server, ElectrumTransport.FingerprintOf(options.CertificateSha256)));
    }

    private static ProviderClient Client(
        IServiceProvider services, Network network, ProviderOptions options, ProviderKind kind, string address, bool isNodeBeside = false)
    {
        var secret = isNodeBeside ? options.RpcKey : kind.KeyParameter is null ? options.Key : null;
        // Nodes' addresses often hold a key, and their paths say nothing else.
        return services.MakeProviderClient(network.Slug, options, address, hasSecretPath: isNodeBeside || kind.IsNode, sendsKey: !isNodeBeside,
            http => http.DefaultRequestHeaders.Authorization = secret is not { Length: > 0 } ? null
                : kind.TakesCredentials ? CookieFileAuthorization.Basic(secret) : new("Bearer", secret),
            options.CookieFile is { } file ? new CookieFileAuthorization(options.Name, file) : null);
    }
}

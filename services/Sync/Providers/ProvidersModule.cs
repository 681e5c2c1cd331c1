using System.Net;
using Chains;
using Microsoft.Extensions.Options;
using ServiceDefaults;
using Sync.Chains;
using Sync.Chains.Evm;
using Sync.Chains.Solana;
using Sync.Chains.Utxo;
using Sync.Providers.Budgets;

namespace Sync.Providers;

/// <summary>Makes the adapters of the configured networks.</summary>
internal static class ProvidersModule
{
    public static IServiceCollection AddProviders(this IServiceCollection services)
    {
        services.AddValidatedOptions<ChainsOptions>("Chains");
        services.AddOptions<ChainsOptions>().Configure<NetworkCatalogue>((options, networks) => options.Known = networks);
        services.AddValidatedOptions<BudgetsOptions>("Budgets");
        services.AddSingleton<ProviderPauses>();
        services.AddSingleton<ProviderUsage>();
        services.AddSingleton<RequestBudgets>();
        services.AddSingleton(provider => new ProviderPools(
            [.. provider.GetRequiredService<IOptions<ChainsOptions>>().Value.Select(entry => ProviderPool(provider, entry.Key, entry.Value))]));
        return services;
    }

    private static ProviderPool ProviderPool(IServiceProvider services, string slug, NetworkOptions options)
    {
        var network = services.GetRequiredService<NetworkCatalogue>().Find(slug)!;
        return new ProviderPool(
            options.Providers.ConvertAll(provider => Dialect(services, network, provider)), TimeSpan.FromSeconds(options.RestSeconds), services.GetRequiredService<TimeProvider>(), services.GetService<IKnownBlocks>());
    }

    private static IChainAdapter Dialect(IServiceProvider services, Network network, ProviderOptions options)
    {
        var budget = services.GetRequiredService<RequestBudgets>().Of(network.Slug, options);
        var batch = Math.Min(options.MostInABatch, budget?.LargestBatch ?? int.MaxValue);
        // A node is asked at its very address, with the key in a header.
        if (options.Kind == "alchemy") return new Alchemy(network, options.Name, new EvmRpc(network, options.Name, Client(services, network, options, options.BaseUrl).PostAsync, batch), PageOf(budget, Alchemy.Window));

        // A relative path replaces the last segment of an address that does not end in a slash.
        var client = Client(services, network, options, options.BaseUrl.TrimEnd('/') + "/");
        return options.Kind switch
        {
            "blockchair" => new Blockchair(network, options.Name, client.GetAsync, services.GetRequiredService<TimeProvider>()),
            "blockchain-info" => new BlockchainInfo(network, options.Name, client.GetAsync, services.GetRequiredService<TimeProvider>()),
            "esplora" => new Esplora(network, options.Name, client.GetAsync),
            "etherscan" => Etherscan(services, network, options, batch, client),
            "solana" => new SolanaNode(
                network, options.Name, new SolanaRpc(network, options.Name, new JsonRpc(options.Name, batch, client.PostAsync)), services.GetRequiredService<IPastAccounts>(), PageOf(budget, SolanaNode.MaxPage)),
            _ => throw new InvalidOperationException($"No dialect '{options.Kind}'."),
        };
    }

    // A page has to be had in a few seconds, and is a request or two for each of its transactions.
    private static int PageOf(RequestBudget? budget, int most) =>
        budget is null or { PerSecond: 0 } ? most : Math.Clamp(budget.PerSecond * 3, most / 5, most);

    private static Etherscan Etherscan(IServiceProvider services, Network network, ProviderOptions options, int batch, ProviderClient client)
    {
        var calls = new EtherscanCalls(network.EvmChainId!.Value, options.Name, (path, kind, ct) => client.GetAsync(path, kind, "application/json", ct));
        IEvmNode node = options.RpcUrl is { } rpc ? new EvmRpc(network, options.Name, Client(services, network, options, rpc, isNodeBeside: true).PostAsync, batch) : new EtherscanNode(calls);
        return new Etherscan(network, options.Name, calls, node);
    }

    private static ProviderClient Client(IServiceProvider services, Network network, ProviderOptions options, string address, bool isNodeBeside = false)
    {
        var handler = new SocketsHttpHandler
        {
            AutomaticDecompression = DecompressionMethods.All,
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        // Nodes' addresses often hold a key, and their paths say nothing else.
        if (isNodeBeside || options.Kind is "alchemy" or "solana") handler.ActivityHeadersPropagator = new PathlessSpans();
        var http = new HttpClient(handler)
        {
            BaseAddress = new Uri(address),
            Timeout = Timeout.InfiniteTimeSpan,
        };
        if ((isNodeBeside ? options.RpcKey : options.KeyParameter is null ? options.Key : null) is { Length: > 0 } key) http.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return new ProviderClient(
            http, network.Slug, options, services.GetRequiredService<RequestBudgets>().Of(network.Slug, options), services.GetRequiredService<ProviderPauses>(),
            services.GetRequiredService<ProviderUsage>(), services.GetRequiredService<TimeProvider>(), sendsKey: !isNodeBeside);
    }
}

using Microsoft.Extensions.Options;
using Providers;

namespace Portfolio.Prices.Sources;

/// <summary>The configured sources, in their order, each with its client.</summary>
internal sealed class PriceSources : IDisposable
{
    private readonly List<ProviderClient> clients = [];

    public PriceSources(IServiceProvider services, IOptions<PricesOptions> options, TimeProvider clock)
    {
        List<IPriceSource> prices = [];
        foreach (var source in options.Value.Sources)
        {
            // A relative path replaces the last segment of an address that does not end in a slash. Some hosts refuse whoever has no name.
            var client = services.MakeProviderClient(PricesOptions.Section.ToLowerInvariant(), source, source.BaseUrl.TrimEnd('/') + "/",
                prepare: http => http.DefaultRequestHeaders.UserAgent.ParseAdd("wallets-portfolio"));
            clients.Add(client);
            if (source.Kind == "coingecko") prices.Add(new CoinGecko(client, source.Batch, clock));
            else if (source.Kind == "defillama") prices.Add(new DefiLlama(client, source.Batch, source.MinimumConfidence));
            else Rates ??= new Ecb(client);
        }

        Prices = prices;
    }

    public IReadOnlyList<IPriceSource> Prices { get; }

    /// <summary>Who tells currencies' rates; null where nobody is configured.</summary>
    public Ecb? Rates { get; }

    public void Dispose()
    {
        foreach (var client in clients) client.Dispose();
    }
}

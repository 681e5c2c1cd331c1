using Chains;
using Metrics;
using Microsoft.Extensions.Options;
using Portfolio.Prices.Endpoints;
using Portfolio.Prices.Sources;
using Portfolio.Prices.Stored;
using Providers;
using ServiceDefaults;

namespace Portfolio.Prices;

/// <summary>Prices: who is asked, what is kept, and what it is told by.</summary>
internal static class PricesModule
{
    public static WebApplicationBuilder AddPrices(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddValidatedOptions<PricesOptions>(PricesOptions.Section);
        services.AddOptions<PricesOptions>().Configure<NetworkCatalogue>((options, networks) => options.Known = networks);
        services.AddProviderBudgets(PriceMetrics.Sources, provider => provider.GetRequiredService<IOptions<PricesOptions>>().Value.Providers);
        services.AddMetricCatalogue(PriceMetrics.Catalogue, provider => ProviderMetrics.KnownLabels(
            provider.GetRequiredService<IOptions<PricesOptions>>().Value.Providers, provider.GetRequiredService<RequestBudgets>()));
        services.AddSingleton<PricedAssets>();
        services.AddSingleton<PriceBook>();
        services.AddSingleton<HeldAssets>();
        services.AddSingleton<PriceSources>();
        services.AddSingleton<PriceGaps>();
        services.AddSingleton<SourceStates>();
        services.AddSingleton<LatestPrices>();
        services.AddSingleton<DailyClosings>();
        services.AddSingleton<ExchangeRates>();
        services.AddSingleton<GetPrice>();
        services.AddSingleton<ListPriceSources>();
        return builder;
    }

    /// <summary>What asks.</summary>
    public static WebApplicationBuilder AddKeepingPrices(this WebApplicationBuilder builder)
    {
        if (!builder.Configuration.GetSection($"{PricesOptions.Section}:{nameof(PricesOptions.Sources)}").GetChildren().Any()) return builder;
        builder.Services.AddHostedService<PriceKeeper>();
        builder.Services.AddHostedService<PriceWatch>();
        return builder;
    }

    public static void MapPrices(this IEndpointRouteBuilder app)
    {
        GetPrice.Map(app);
        ListPriceSources.Map(app);
        ListCurrencies.Map(app);
        SetManualPrice.Map(app);
        ListManualPrices.Map(app);
        DeleteManualPrice.Map(app);
    }
}

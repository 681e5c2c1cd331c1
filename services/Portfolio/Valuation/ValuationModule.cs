using Portfolio.Assets;

namespace Portfolio.Valuation;

/// <summary>What people hold in money, and which of their assets count.</summary>
internal static class ValuationModule
{
    public static void AddValuation(this IServiceCollection services)
    {
        services.AddSingleton<WellKnownTokens>();
        services.AddSingleton<AssetMarks>();
        services.AddSingleton<Risks>();
        services.AddSingleton<Valuer>();
        services.AddSingleton<WalletHoldings>();
        services.AddSingleton<GetPortfolio>();
        services.AddSingleton<GetPortfolioHistory>();
        services.AddSingleton<ExplainChange>();
    }

    public static void MapValuation(this IEndpointRouteBuilder app)
    {
        GetPortfolio.Map(app);
        GetPortfolioHistory.Map(app);
        ExplainChange.Map(app);
        ListAssets.Map(app);
        AssetVerdicts.Map(app);
    }
}

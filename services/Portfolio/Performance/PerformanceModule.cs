namespace Portfolio.Performance;

/// <summary>What gains and returns are made of.</summary>
internal static class PerformanceModule
{
    public static IServiceCollection AddPerformance(this IServiceCollection services) => services
        .AddSingleton<LedgerReader>().AddSingleton<GainsReport>().AddSingleton<GetGains>().AddSingleton<ExportGains>().AddSingleton<GetPerformance>();

    public static void MapPerformance(this IEndpointRouteBuilder app)
    {
        GetGains.Map(app);
        ExportGains.Map(app);
        GetPerformance.Map(app);
    }
}

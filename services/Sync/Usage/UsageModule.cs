namespace Sync.Usage;

/// <summary>What watches the budgets and tells of them.</summary>
internal static class UsageModule
{
    public static IServiceCollection AddUsage(this IServiceCollection services) => services
        .AddSingleton<BudgetStates>()
        .AddSingleton<GetUsage>()
        .AddHostedService<BudgetWatch>();
}

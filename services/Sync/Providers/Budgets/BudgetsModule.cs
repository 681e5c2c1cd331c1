namespace Sync.Providers.Budgets;

/// <summary>What watches the budgets and tells of them.</summary>
internal static class BudgetsModule
{
    public static IServiceCollection AddBudgetWatch(this IServiceCollection services) => services
        .AddSingleton<BudgetStates>()
        .AddSingleton<GetUsage>()
        .AddHostedService<BudgetWatch>();
}

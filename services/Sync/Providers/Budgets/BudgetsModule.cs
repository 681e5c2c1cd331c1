namespace Sync.Providers.Budgets;

/// <summary>What watches the budgets and tells of them.</summary>
internal static class BudgetsModule
{
    public static IServiceCollection AddBudgetWatch(this IServiceCollection services) => services
        .AddSingleton<GetUsage>()
        .AddHostedService<BudgetWatch>();
}

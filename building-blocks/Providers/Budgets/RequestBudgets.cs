using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Providers;

/// <summary>The budgets of all providers: one for each account that is named at <c>Budgets</c>, else one for each provider that has a rate.</summary>
public sealed class RequestBudgets(
    Func<IEnumerable<ConfiguredProvider>> providers, IOptions<BudgetsOptions> configured, ProviderPauses pauses, NpgsqlDataSource dataSource,
    TimeProvider clock, ProviderMetrics metrics) : IDisposable
{
    private const int PartOfALimit = 8;

    private readonly ConcurrentDictionary<string, RequestBudget> byName = new();

    /// <summary>Those of all configured providers, by name.</summary>
    public IReadOnlyList<RequestBudget> All =>
        [.. providers().Select(provider => Of(provider.Network, provider.Settings)).OfType<RequestBudget>()
            .Distinct().OrderBy(budget => budget.Name, StringComparer.Ordinal)];

    /// <summary>The budget that a provider's requests count for; null where nothing limits them.</summary>
    public RequestBudget? Of(string network, ProviderSettings provider)
    {
        var account = AccountOf(provider);
        if (configured.Value.TryGetValue(account, out var limits))
            return byName.GetOrAdd(account, _ => Make(account, limits.PerSecond ?? SlowestOf(account), limits, ThoseOf(account)
                .Max(each => each.MostInABatch)));
        if (provider.RequestsPerSecond == 0) return null;
        return byName.GetOrAdd($"{network}/{provider.Name}",
            own => Make(own, provider.RequestsPerSecond, new BudgetOptions(), provider.MostInABatch));
    }

    public void Dispose()
    {
        foreach (var budget in byName.Values) budget.Dispose();
    }

    private static string AccountOf(ProviderSettings provider) => provider.Budget ?? provider.Name;

    private IEnumerable<ProviderSettings> ThoseOf(string account) =>
        providers().Select(provider => provider.Settings).Where(provider => AccountOf(provider) == account);

    private int SlowestOf(string account) =>
        ThoseOf(account).Where(provider => provider.RequestsPerSecond > 0).Select(provider => provider.RequestsPerSecond).DefaultIfEmpty(0).Min();

    private RequestBudget Make(string name, int perSecond, BudgetOptions limits, int mostInABatch)
    {
        // A batch waits until all of it has room, and the pace is the slower for it: so it is small beside each limit.
        var limit = limits.Limits().Select(each => each.WithoutReserve).Append(perSecond == 0 ? long.MaxValue : perSecond).Min();
        return new(name, perSecond, limits, pauses, dataSource, clock, metrics, (int)Math.Clamp(limit / PartOfALimit, 1, mostInABatch));
    }
}

using System.Text.Json.Serialization;

namespace Sync.Providers.Budgets;

/// <summary>What operators should know of an account at a provider; its stream is <c>provider-{id of the budget}</c>.</summary>
internal abstract record ProviderEvent
{
    private ProviderEvent()
    {
    }

    public const string Category = "provider";

    /// <summary>
    /// Told once for each <paramref name="Window"/>: a month whose requests are projected (<paramref name="Requests"/>) to
    /// exceed the budget, or a day on which the provider refused again and again. Without networks where an older Sync stored it.
    /// </summary>
    public sealed record BudgetAlerted(
        string Budget, string Kind, string Window, long Requests, long Limit, DateTimeOffset At,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Networks = null) : ProviderEvent;
}

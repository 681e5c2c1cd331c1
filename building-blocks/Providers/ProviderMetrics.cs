using System.Diagnostics.Metrics;
using Metrics;

namespace Providers;

/// <summary>
/// What is told of requests to providers and of their budgets: the same of every service that asks, in its own catalogue and under its own
/// name.
/// </summary>
public sealed class ProviderMetrics(MetricCatalogue catalogue, string prefix, Label provider, Label? network = null)
{
    private static readonly Label Budget = Label.Bounded("budget", "the accounts at `Budgets`, and providers with a rate of their own");
    private static readonly Label Window = Label.Bounded("window", "`hour`, `day`, `month` where the budget has a limit; `second` for its rate");

    public Counter<long> Calls { get; } = catalogue.Counter($"{prefix}.calls",
        "Requests sent, by what came back: an answer, a refusal for a limit, another status, or nothing.",
        [.. Labels(network, provider), Label.Of("outcome", "answered", "refused", "error", "silent")]);

    public Counter<long> Refusals { get; } = catalogue.Counter(
        $"{prefix}.refusals", "Times a provider asked to be left alone, in whatever words.", Labels(network, provider));

    public Histogram<double> Latency { get; } = catalogue.Histogram($"{prefix}.latency",
        "How long providers take to answer.", "s", [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30], [provider]);

    public Counter<long> Bytes { get; } = catalogue.Counter($"{prefix}.bytes", "Bytes of answers read.", [provider], "By");

    public UpDownCounter<long> CircuitsOpen { get; } = catalogue.UpDownCounter($"{prefix}.circuits_open",
        "Circuit breakers that keep this process from asking: 1, or 2 with a node beside the provider.", Labels(network, provider));

    private Gauge<long> BudgetLeft { get; } =
        catalogue.Gauge<long>($"{prefix}.budget.left", "Requests that the budget has left.", [Budget, Window]);

    private Gauge<long> BudgetLimit { get; } =
        catalogue.Gauge<long>($"{prefix}.budget.limit", "Requests that the budget allows.", [Budget, Window]);

    private Gauge<long> BudgetProjected { get; } = catalogue.Gauge<long>($"{prefix}.budget.projected",
        "Requests that this calendar month comes to at the pace of the last seven days.", [Budget]);

    public Counter<long> BudgetWaits { get; } =
        catalogue.Counter($"{prefix}.budget.waits", "Requests that were not sent for want of budget.", [Budget, Window]);

    /// <summary>Which of a service's providers a number is of.</summary>
    internal KeyValuePair<string, object?>[] Of(string asked, string name, params ReadOnlySpan<KeyValuePair<string, object?>> more) =>
        network is null ? [new(provider.Name, name), .. more] : [new(network.Name, asked), new(provider.Name, name), .. more];

    /// <summary>Says how much is left of a budget.</summary>
    public void Measure(BudgetState state, DateTimeOffset now)
    {
        var budget = new KeyValuePair<string, object?>("budget", state.Budget.Name);
        foreach (var window in state.Windows)
        {
            BudgetLeft.Record(window.Left, budget, new("window", window.Window));
            BudgetLimit.Record(window.Limit, budget, new("window", window.Window));
        }

        BudgetProjected.Record(MonthEnd.Projected(state.ByDay, now), budget);
    }

    /// <summary>The values of labels that are known from configuration, for series that begin at 0.</summary>
    public static IEnumerable<IReadOnlyDictionary<string, string>> KnownLabels(IEnumerable<ConfiguredProvider> providers, RequestBudgets budgets)
    {
        foreach (var (network, settings) in providers)
            yield return new Dictionary<string, string> { ["network"] = network, ["provider"] = settings.Name };
        foreach (var budget in budgets.All)
        {
            foreach (var window in budget.Limits.Limits().Select(limit => limit.Span).Append("second"))
                yield return new Dictionary<string, string> { ["budget"] = budget.Name, ["window"] = window };
        }
    }

    private static IReadOnlyList<Label> Labels(Label? network, Label provider) => network is null ? [provider] : [network, provider];
}

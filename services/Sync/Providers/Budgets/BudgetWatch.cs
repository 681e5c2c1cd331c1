using System.Globalization;
using EventSourcing;
using Npgsql;
using ServiceDefaults;

namespace Sync.Providers.Budgets;

/// <summary>Stores what was counted every few seconds, and every minute looks whether operators should know something.</summary>
internal sealed class BudgetWatch(ProviderUsage usage, BudgetStates states, EventStore store, TimeProvider clock, ILogger<BudgetWatch> log)
    : RecurringWork(StoreEvery, clock, log)
{
    private const int RefusalsToTell = 3;
    private static readonly TimeSpan StoreEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);
    private readonly HashSet<Guid> told = [];
    private readonly TimeProvider clock = clock;
    private readonly ILogger<BudgetWatch> log = log;
    private DateTimeOffset looked = DateTimeOffset.MinValue;

    /// <summary>What should be told of a budget; each once for its window, whichever processes find it how often.</summary>
    public static IEnumerable<NewEvent> Decide(BudgetState state, DateTimeOffset now)
    {
        if (state.Budget.Limits.PerMonth is { } limit && MonthEnd.Projected(state.ByDay, now) is var projected && projected > limit)
            yield return Alert(state, "projection", now.ToString("yyyy-MM", CultureInfo.InvariantCulture), projected, limit, now);
        if (state.RefusedToday >= RefusalsToTell)
            yield return Alert(state, "throttled", now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), state.RefusedToday, RefusalsToTell, now);
    }

    /// <summary>Tells what should be told and was not, and says how much is left.</summary>
    public async Task LookAsync(CancellationToken ct)
    {
        foreach (var state in await states.ReadAsync(ct))
        {
            SyncMetrics.Providers.Measure(state, clock.GetUtcNow());
            var alerts = Decide(state, clock.GetUtcNow()).Where(alert => !told.Contains(alert.Id)).ToList();
            if (alerts.Count == 0) continue;

            await store.AppendAsync(ProviderEvent.Category, FactId.Of("provider", state.Budget.Name), alerts, ct: ct);
            foreach (var alert in alerts)
            {
                told.Add(alert.Id);
                log.LogWarning("Budget {Budget}: {Alert}", state.Budget.Name, alert.Data);
            }
        }
    }

    protected override string Postponed => "What providers were asked is stored later";

    protected override async Task<bool> DoAsync(CancellationToken ct)
    {
        await usage.StoreAsync(ct);
        if (clock.GetUtcNow() - looked < LookEvery) return false;
        looked = clock.GetUtcNow();
        await LookAsync(ct);
        return false;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await usage.StoreAsync(cancellationToken);
        }
        catch (NpgsqlException e)
        {
            log.LogWarning("What providers were asked in the last seconds is not counted: {Reason}", e.Message);
        }
    }

    private static NewEvent Alert(BudgetState state, string kind, string window, long requests, long limit, DateTimeOffset now) => new(
        FactId.Of("budget-alert", state.Budget.Name, kind, window),
        new ProviderEvent.BudgetAlerted(state.Budget.Name, kind, window, requests, limit, now, state.Networks));
}

using Npgsql;
using Postgres;

namespace Providers;

/// <summary>Where a budget stands in one of its windows.</summary>
public sealed record WindowState(string Window, long Limit, long WithoutReserve, long Used, DateTimeOffset? RoomAt)
{
    public long Left => Math.Max(Limit - Used, 0);
}

/// <summary>Where a budget stands: its windows, its requests by day, refusals of today, and whether its provider is left alone.</summary>
public sealed record BudgetState(
    RequestBudget Budget, IReadOnlyList<WindowState> Windows, IReadOnlyDictionary<DateOnly, long> ByDay, long RefusedToday,
    DateTimeOffset? PausedUntil, string? PauseReason, double? Pace)
{
    /// <summary>The networks that its requests of late were about.</summary>
    public IReadOnlyList<string> Networks { get; init; } = [];
}

/// <summary>Reads where the budgets stand.</summary>
public sealed class BudgetStates(RequestBudgets budgets, NpgsqlDataSource dataSource, TimeProvider clock)
{
    public async Task<IReadOnlyList<BudgetState>> ReadAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        var counted = (await connection.QueryAsync<(string Budget, DateOnly Day, long Requests, long Refused, string[] Networks)>("""
            select budget, day, sum(requests)::bigint, coalesce(sum(requests) filter (where outcome = any(@Outcomes)), 0)::bigint,
                array_agg(distinct network::text)
            from provider_usage where day >= @since group by budget, day
            """, new { since = MonthEnd.Since(today), Refusals.Outcomes }, ct)).ToLookup(row => row.Budget);
        var states = new List<BudgetState>();
        foreach (var budget in budgets.All)
        {
            var limits = budget.Limits.Limits().ToDictionary(entry => entry.Span);
            var windows = await connection.QueryAsync<(string Span, long Used, DateTime? RoomAt)>("""
                select l.span, u.used, u.room_at
                from unnest(@spans, @limits) as l (span, most) cross join lateral budget_use(@Name, l.span, l.most, clock_timestamp()) u
                """, new { budget.Name, spans = limits.Keys.ToArray(), limits = limits.Values.Select(entry => entry.Limit).ToArray() }, ct);
            var (pausedUntil, reason, pace) = await connection.QuerySingleAsync<(DateTime?, string?, double?)>("""
                select p.paused_until, p.reason, widened(@full, b.throttled_at, b.throttled_rate, clock_timestamp())
                from (select 1) one left join budgets b on b.budget = @Name
                left join provider_pauses p on p.provider = @Name and p.paused_until > clock_timestamp()
                """, new { budget.Name, full = (double)budget.PerSecond }, ct);
            states.Add(new(
                budget, [.. windows.Select(row => new WindowState(row.Span, limits[row.Span].Limit, limits[row.Span].WithoutReserve, row.Used,
                    row.RoomAt))],
                counted[budget.Name].ToDictionary(row => row.Day, row => row.Requests), counted[budget.Name].Where(row => row.Day == today)
                    .Sum(row => row.Refused),
                pausedUntil, reason, budget.PerSecond == 0 ? null : pace)
            {
                Networks = [.. counted[budget.Name].SelectMany(row => row.Networks).Distinct().Order(StringComparer.Ordinal)],
            });
        }

        return states;
    }
}

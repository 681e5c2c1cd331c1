using System.ComponentModel;
using System.Globalization;
using Dapper;
using Microsoft.AspNetCore.Mvc;
using Npgsql;
using ServiceDefaults;

namespace Sync.Usage;

/// <summary>What providers were asked, what is left of their budgets, and what the month comes to; for administrators.</summary>
internal sealed class GetUsage(BudgetStates states, NpgsqlDataSource dataSource, TimeProvider clock)
{
    private const int UsualDays = 31;
    private const int MostDays = 92;

    public readonly record struct Request(
        [property: FromQuery(Name = "from"), Description("The first day (UTC) whose requests are listed; 30 days before the last when left out.")] string? From = null,
        [property: FromQuery(Name = "to"), Description("The last day; today when left out.")] string? To = null);

    public sealed record View(DateTimeOffset AsOf, IReadOnlyList<BudgetView> Budgets, IReadOnlyList<RequestsView> Requests);

    public sealed record BudgetView
    {
        public required string Name { get; init; }

        [Description("Requests a second of all processes together; 0 is no limit.")]
        public required int PerSecond { get; init; }

        [Description("Requests a second at this moment: fewer after the provider refused some. Null without a rate.")]
        public double? Pace { get; init; }

        [Description("The part of each window's limit that is kept for waiting people and deposits.")]
        public required int ReservePercent { get; init; }

        [Description("Until when the provider asked to be left alone.")]
        public DateTimeOffset? PausedUntil { get; init; }

        public string? PauseReason { get; init; }

        public required IReadOnlyList<WindowView> Windows { get; init; }

        public required MonthView Month { get; init; }
    }

    public sealed record WindowView
    {
        [Description("`hour`, `day` or `month` (31 days): any span of that length up to now.")]
        public required string Window { get; init; }

        public required long Limit { get; init; }

        [Description("Requests charged; they are charged before they are sent.")]
        public required long Used { get; init; }

        public required long Left { get; init; }

        [Description("What is left to those for whom nobody waits.")]
        public required long LeftWithoutReserve { get; init; }

        [Description("Where nothing is left: when there is room again.")]
        public DateTimeOffset? RoomAt { get; init; }
    }

    public sealed record MonthView
    {
        [Description("The calendar month (UTC).")]
        public required string Month { get; init; }

        public required long Used { get; init; }

        [Description("At the month's end, at the pace of the last seven days.")]
        public required long Projected { get; init; }

        [Description("Whether the projection passes the month's budget; null without such a budget.")]
        public bool? ExceedsBudget { get; init; }

        [Description("By the configured prices; null without.")]
        public string? Cost { get; init; }

        public string? ProjectedCost { get; init; }

        public string? Currency { get; init; }
    }

    public sealed record RequestsView
    {
        public required DateOnly Day { get; init; }

        public required string Budget { get; init; }

        public required string Provider { get; init; }

        public required string Network { get; init; }

        [Description("What was asked for, such as `tip`, `summary` or `page`.")]
        public required string Kind { get; init; }

        public required long Requests { get; init; }

        [Description("Of these, refused with 429.")]
        public required long Refused { get; init; }

        [Description("Of these, with any other answer than 200 and 404, or none.")]
        public required long Failed { get; init; }
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/usage", Task<View> ([AsParameters] Request request, GetUsage usage, CancellationToken ct) => usage.ReadAsync(request, ct))
            .RequireScope(Scopes.Admin)
            .WithProblems("invalid-parameter", "range-too-wide")
            .WithTags("Sync")
            .WithSummary("What providers were asked, what their budgets have left, and what the month comes to.")
            .WithDescription("A process that is killed takes the counts of its last seconds with it; the budgets' windows are charged beforehand and exact.");

    public async Task<View> ReadAsync(Request request, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var to = request.To is { } last ? Day(last, "to") : DateOnly.FromDateTime(now.UtcDateTime);
        var from = request.From is { } first ? Day(first, "from") : to.AddDays(1 - UsualDays);
        if (from > to) throw Invalid("from", "is later than 'to'.");
        if (to.DayNumber - from.DayNumber >= MostDays) throw new DomainException("range-too-wide", $"The range has more than {MostDays} days.", "?from");

        await using var connection = await dataSource.OpenConnectionAsync(ct);
        var requests = await connection.QueryAsync<RequestsView>(new CommandDefinition($"""
            select day, budget, provider, network, kind, sum(requests)::bigint as requests,
                   coalesce(sum(requests) filter (where outcome = '{BudgetStates.Refused}'), 0)::bigint as refused,
                   coalesce(sum(requests) filter (where outcome not in ('200', '404', '{BudgetStates.Refused}')), 0)::bigint as failed
            from provider_usage where day between @from and @to
            group by day, budget, provider, network, kind order by day desc, budget, provider, network, kind
            """, new { from, to }, cancellationToken: ct));
        return new View(now, [.. (await states.ReadAsync(ct)).Select(state => Show(state, now))], requests.AsList());
    }

    private static BudgetView Show(BudgetState state, DateTimeOffset now)
    {
        var limits = state.Budget.Limits;
        var (used, projected) = (MonthEnd.Used(state.ByDay, now), MonthEnd.Projected(state.ByDay, now));
        return new BudgetView
        {
            Name = state.Budget.Name, PerSecond = state.Budget.PerSecond, Pace = state.Pace is { } pace ? Math.Round(pace, 3) : null, ReservePercent = limits.ReservePercent,
            PausedUntil = state.PausedUntil, PauseReason = state.PauseReason,
            Windows =
            [
                .. state.Windows.Select(window => new WindowView
                {
                    Window = window.Window, Limit = window.Limit, Used = window.Used, Left = window.Left,
                    LeftWithoutReserve = Math.Max(window.WithoutReserve - window.Used, 0), RoomAt = window.RoomAt,
                }),
            ],
            Month = new MonthView
            {
                Month = now.UtcDateTime.ToString("yyyy-MM", CultureInfo.InvariantCulture), Used = used, Projected = projected,
                ExceedsBudget = limits.PerMonth is { } limit ? projected > limit : null,
                Cost = Money(MonthEnd.Cost(limits.Prices, used)), ProjectedCost = Money(MonthEnd.Cost(limits.Prices, projected)),
                Currency = limits.Prices.Count > 0 ? limits.Currency : null,
            },
        };
    }

    private static string? Money(decimal? amount) => amount?.ToString("0.00", CultureInfo.InvariantCulture);

    private static DateOnly Day(string text, string name) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is >= 2000 and < 9000
            ? day
            : throw Invalid(name, "is a day such as 2026-01-31.");

    private static DomainException Invalid(string name, string rule) => new("invalid-parameter", $"'{name}' {rule}", $"?{name}");
}

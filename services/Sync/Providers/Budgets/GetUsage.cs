using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Npgsql;
using Postgres;
using ServiceDefaults;
using Sync.Providers.Cache;

namespace Sync.Providers.Budgets;

/// <summary>What providers were asked, what is left of their budgets, and what the month comes to; for administrators.</summary>
internal sealed class GetUsage(BudgetStates states, NpgsqlDataSource dataSource, TimeProvider clock)
{
    private const int UsualDays = 31;
    private const int MostDays = 92;

    public readonly record struct Request(
        [property: FromQuery(Name = "from"), InstantOrDay, Description(
            "The first day (UTC) whose requests are listed; 30 days before the last when left out.")] string? From = null,
        [property: FromQuery(Name = "to"), InstantOrDay, Description("The last day; today when left out.")] string? To = null);

    public sealed record UsageView(
        [property: Description("When it was read.")] DateTimeOffset AsOf,
        [property: Description("One for each account, or provider with a rate.")] IReadOnlyList<BudgetView> Budgets,
        [property: Description(
            "How much was known from before and cost no request, by kind, over the days asked for. What is asked afresh on purpose (every tip, " +
            "regular checks, whatever looks again because something differs) is not counted.")] IReadOnlyList<HitRateView> HitRates,
        [property: Description("Providers that told something untrue, ever since counting began.")] IReadOnlyList<ContradictionView> Contradictions,
        [property: Description("The requests of the days asked for, newest day first.")] IReadOnlyList<ProviderRequestsView> Requests);

    public sealed record BudgetView
    {
        [Description("The account, or network and provider where it has no account.")]
        public required string Name { get; init; }

        [Description("Requests a second of all processes together; 0 is no limit.")]
        public required int PerSecond { get; init; }

        [Description("Requests a second at this moment: fewer after the provider refused some. Null without a rate.")]
        public double? Pace { get; init; }

        [Description("The part of each window's limit that is kept for waiting people and deposits.")]
        public required int ReservePercent { get; init; }

        [Description("Until when the provider asked to be left alone.")]
        public DateTimeOffset? PausedUntil { get; init; }

        [Description("Why it is left alone.")]
        public string? PauseReason { get; init; }

        [Description("The windows that have a limit.")]
        public required IReadOnlyList<BudgetWindowView> Windows { get; init; }

        [Description("What the calendar month comes to.")]
        public required BudgetMonthView Month { get; init; }
    }

    public sealed record BudgetWindowView
    {
        [Description("`hour`, `day` or `month` (31 days): any span of that length up to now.")]
        public required string Window { get; init; }

        [Description("Requests that any such span may hold.")]
        public required long Limit { get; init; }

        [Description("Requests charged; they are charged before they are sent.")]
        public required long Used { get; init; }

        [Description("What is left of the limit.")]
        public required long Left { get; init; }

        [Description("What is left to those for whom nobody waits.")]
        public required long LeftWithoutReserve { get; init; }

        [Description("Where nothing is left: when there is room again.")]
        public DateTimeOffset? RoomAt { get; init; }
    }

    public sealed record BudgetMonthView
    {
        [Description("The calendar month (UTC).")]
        public required string Month { get; init; }

        [Description("Requests counted in the month so far.")]
        public required long Used { get; init; }

        [Description("At the month's end, at the pace of the last seven days.")]
        public required long Projected { get; init; }

        [Description("Whether the projection passes the month's budget; null without such a budget.")]
        public bool? ExceedsBudget { get; init; }

        [Description("By the configured prices; null without.")]
        public string? Cost { get; init; }

        [Description("What the projected requests cost; null without prices.")]
        public string? ProjectedCost { get; init; }

        [Description("The currency of the prices; null without.")]
        public string? Currency { get; init; }
    }

    public sealed record HitRateView
    {
        [Description(
            "`summary`: an address's balance and count; `page`: a page of its history; `transaction`: those on the pages; `block`: below the safe " +
            "depth; `refusal`: that a provider cannot tell an address."),
            AllowedValues(CacheUsage.Summary, CacheUsage.Page, CacheUsage.Transaction, CacheUsage.Block, CacheUsage.Refusal)]
        public required string Kind { get; init; }

        [Description("How many were known.")]
        public required long Hits { get; init; }

        [Description("How many had to be asked for.")]
        public required long Misses { get; init; }

        [Description("The share that was known, 0 to 1, cut to four places.")]
        public required decimal HitRate { get; init; }
    }

    public sealed record ContradictionView
    {
        [Description("The network that it was about.")]
        public required string Network { get; init; }

        [Description("The provider whose balance or history was untrue.")]
        public required string Provider { get; init; }

        [Description("How often.")]
        public required long Times { get; init; }

        [Description("When it was last found out.")]
        public required DateTimeOffset LastAt { get; init; }

        [Description("With whom sums and history agreed then.")]
        public required string LastBy { get; init; }
    }

    public sealed record ProviderRequestsView
    {
        [Description("The day (UTC).")]
        public required DateOnly Day { get; init; }

        [Description("The account that they counted for, or network and provider where there is none.")]
        public required string Budget { get; init; }

        [Description("The provider that was asked.")]
        public required string Provider { get; init; }

        [Description("The network that was asked about.")]
        public required string Network { get; init; }

        [Description("What was asked for, such as `tip`, `summary` or `page`.")]
        public required string Kind { get; init; }

        [Description("How often it was asked.")]
        public required long Requests { get; init; }

        [Description("Of these, refused for the provider's limits, with 429 or a status of its own.")]
        public required long Refused { get; init; }

        [Description("Of these, with any other answer than 200 and 404, or none.")]
        public required long Failed { get; init; }
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/usage", Task<UsageView> ([AsParameters] Request request, GetUsage usage, CancellationToken ct) =>
            usage.ReadAsync(request, ct))
            .RequireScope(Scopes.Admin)
            .WithProblems("invalid-parameter", "range-too-wide")
            .WithTags("Sync")
            .WithSummary("What providers were asked, what their budgets have left, and what the month comes to.")
            .WithDescription(
                "A process that is killed takes the counts of its last seconds with it; the budgets' windows are charged beforehand and exact.");

    public async Task<UsageView> ReadAsync(Request request, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var to = request.To is { } last ? Instant.ReadDay(last, "to") : DateOnly.FromDateTime(now.UtcDateTime);
        var from = request.From is { } first ? Instant.ReadDay(first, "from") : to.AddDays(1 - UsualDays);
        if (from > to) throw Instant.Invalid("from", "is later than 'to'.");
        if (to.DayNumber - from.DayNumber >= MostDays)
            throw new DomainException("range-too-wide", $"The range has more than {MostDays} days.", "?from");

        await using var connection = await dataSource.OpenConnectionAsync(ct);
        var requests = await connection.QueryAsync<ProviderRequestsView>("""
            select day, budget, provider, network, kind, sum(requests)::bigint as requests,
                   coalesce(sum(requests) filter (where outcome = any(@Outcomes)), 0)::bigint as refused,
                   coalesce(sum(requests) filter (where outcome not in ('200', '404') and outcome <> all(@Outcomes)), 0)::bigint as failed
            from provider_usage where day between @from and @to
            group by day, budget, provider, network, kind order by day desc, budget, provider, network, kind
            """, new { from, to, Refusals.Outcomes }, ct);
        var hitRates = await connection.QueryAsync<HitRateView>("""
            select kind, sum(hits)::bigint as hits, sum(misses)::bigint as misses, trunc(sum(hits) / sum(hits + misses), 4) as hit_rate
            from cache_usage where day between @from and @to group by kind order by kind
            """, new { from, to }, ct);
        var contradictions = await connection.QueryAsync<ContradictionView>(
            "select network, provider, times, last_at, last_by from provider_contradictions order by last_at desc, network, provider", null, ct);
        return new UsageView(now, await BudgetsAsync(now, ct), hitRates, contradictions, requests);
    }

    /// <summary>What is left of each budget.</summary>
    public async Task<IReadOnlyList<BudgetView>> BudgetsAsync(DateTimeOffset now, CancellationToken ct) =>
        [.. (await states.ReadAsync(ct)).Select(state => Show(state, now))];

    private static BudgetView Show(BudgetState state, DateTimeOffset now)
    {
        var limits = state.Budget.Limits;
        var (used, projected) = (MonthEnd.Used(state.ByDay, now), MonthEnd.Projected(state.ByDay, now));
        return new BudgetView
        {
            Name = state.Budget.Name, PerSecond = state.Budget.PerSecond, Pace = state.Pace is { } pace ? Math.Round(pace, 3) : null,
            ReservePercent = limits.ReservePercent,
            PausedUntil = state.PausedUntil, PauseReason = state.PauseReason,
            Windows =
            [
                .. state.Windows.Select(window => new BudgetWindowView
                {
                    Window = window.Window, Limit = window.Limit, Used = window.Used, Left = window.Left,
                    LeftWithoutReserve = Math.Max(window.WithoutReserve - window.Used, 0), RoomAt = window.RoomAt,
                }),
            ],
            Month = new BudgetMonthView
            {
                Month = now.UtcDateTime.ToString("yyyy-MM", CultureInfo.InvariantCulture), Used = used, Projected = projected,
                ExceedsBudget = limits.PerMonth is { } limit ? projected > limit : null,
                Cost = Money(MonthEnd.Cost(limits.Prices, used)), ProjectedCost = Money(MonthEnd.Cost(limits.Prices, projected)),
                Currency = limits.Prices.Count > 0 ? limits.Currency : null,
            },
        };
    }

    private static string? Money(decimal? amount) => amount?.ToString("0.00", CultureInfo.InvariantCulture);
}

using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Portfolio.Prices.Stored;
using Providers;
using ServiceDefaults;

namespace Portfolio.Prices.Endpoints;

/// <summary>Who is asked for prices, and how they answer.</summary>
internal sealed class ListPriceSources(
    IOptions<PricesOptions> options, SourceStates states, BudgetStates budgets, RequestBudgets accounts, TimeProvider clock)
{
    public sealed record SourcesView(
        [property: Description("In the order in which they are asked: the first that has a price wins.")] IReadOnlyList<SourceView> Data);

    public sealed record SourceView
    {
        [Description("Its name, as prices have it.")]
        public required string Name { get; init; }

        [Description("The dialect it speaks: `coingecko`, `defillama`, or `ecb` for currencies' rates.")]
        public required string Kind { get; init; }

        [Description("`well`; `waiting` while it is left alone or its budget is used up; `failing` where its last answer was none; `unasked`.")]
        public required string State { get; init; }

        [Description("When it last answered.")]
        public DateTimeOffset? AnsweredAt { get; init; }

        [Description("When it last failed.")]
        public DateTimeOffset? FailedAt { get; init; }

        [Description("Why it waits, or failed last.")]
        public string? Reason { get; init; }

        [Description("When it may be asked again, where it waits.")]
        public DateTimeOffset? NextTry { get; init; }

        [Description("What is left of its budget in each window that has a limit.")]
        public required IReadOnlyList<BudgetLeftView> Budget { get; init; }
    }

    public sealed record BudgetLeftView(
        [property: Description("`hour`, `day` or `month` (31 days).")] string Window,
        [property: Description("Requests that any such span may hold.")] long Limit,
        [property: Description("Requests that are left.")] long Left);

    public async Task<SourcesView> ReadAsync(CancellationToken ct)
    {
        var known = await states.ReadAsync(ct);
        var budgeted = (await budgets.ReadAsync(ct)).ToDictionary(state => state.Budget.Name);
        return new SourcesView([.. options.Value.Providers.Select(provider => ViewOf(
            provider.Settings, known.GetValueOrDefault(provider.Settings.Name),
            accounts.Of(provider.Network, provider.Settings) is { } budget ? budgeted.GetValueOrDefault(budget.Name) : null, clock.GetUtcNow()))]);
    }

    internal static SourceView ViewOf(ProviderSettings source, SourceState? state, BudgetState? budget, DateTimeOffset now)
    {
        var full = budget?.Windows.Where(window => window.Left == 0 && window.RoomAt > now).MaxBy(window => window.RoomAt);
        var paused = budget?.PausedUntil > now ? budget.PausedUntil : null;
        var hasFailed = state?.FailedAt is { } failed && !(state.AnsweredAt > failed);
        return new SourceView
        {
            Name = source.Name, Kind = source.Kind,
            State = paused is not null || full is not null ? "waiting" : hasFailed ? "failing" : state is null ? "unasked" : "well",
            AnsweredAt = state?.AnsweredAt, FailedAt = state?.FailedAt,
            Reason = paused is not null ? budget!.PauseReason
                : full is not null ? $"The budget of {full.Limit} requests a {full.Window} is used up." : hasFailed ? state!.Failure : null,
            NextTry = paused > full?.RoomAt || full is null ? paused : full.RoomAt,
            Budget = [.. (budget?.Windows ?? []).Select(window => new BudgetLeftView(window.Window, window.Limit, window.Left))],
        };
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/prices/sources", async Task<Ok<SourcesView>> (ListPriceSources sources, CancellationToken ct) =>
                TypedResults.Ok(await sources.ReadAsync(ct)))
            .RequireScope(Scopes.PortfolioRead)
            .WithName("ListPriceSources")
            .WithTags("Prices")
            .WithSummary("Who is asked for prices, and how they answer")
            .WithDescription("A source that waits or fails leaves values stale or without a price, which each of them says; none becomes zero.");
}

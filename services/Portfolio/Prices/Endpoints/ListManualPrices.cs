using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Npgsql;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Prices.Endpoints;

/// <summary>The prices that the caller set.</summary>
internal static class ListManualPrices
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v1/prices/manual", async Task<Ok<Page<ManualPriceView>>> (
                Caller caller, [AsParameters] PageRequest page, NpgsqlDataSource database, CancellationToken ct) =>
            {
                ManualPrices.RequireWhole(caller);
                var place = page.In("manual-prices", caller.UserId.ToString());
                var (beyond, order) = place.Backward ? ("<", "desc") : (">", "asc");
                var rows = await database.QueryAsync<ManualPrice>($"""
                    select {ManualPrices.Columns} from manual_prices
                    where user_id = @UserId and (@isStart or price_id {beyond} @last) order by price_id {order} limit @Fetch
                    """, new { caller.UserId, isStart = place.IsStart, last = place.IsStart ? Guid.Empty : place.Key<Guid>(0), place.Fetch }, ct);
                return TypedResults.Ok(place.PageOf([.. rows.Select(ManualPriceView.Of)], row => [row.Id.ToString()]));
            })
            .RequireScope(Scopes.PortfolioRead)
            .WithName("ListManualPrices")
            .WithTags("Prices")
            .WithSummary("Lists the prices you set, by their ids")
            .WithProblems("limit-out-of-range", "cursor-invalid");

        app.MapGet("/api/v1/prices/manual/{priceId:guid}", async Task<Ok<ManualPriceView>> (
                [FromRoute(Name = "priceId")] Guid id, Caller caller, NpgsqlDataSource database, CancellationToken ct) =>
            {
                ManualPrices.RequireWhole(caller);
                return TypedResults.Ok(ManualPriceView.Of(await ManualPrices.RequireAsync(database, caller, id, ct)));
            })
            .RequireScope(Scopes.PortfolioRead)
            .WithEntityTag()
            .WithName("GetManualPrice")
            .WithTags("Prices")
            .WithSummary("One price you set")
            .WithProblems("price-not-found");
    }
}

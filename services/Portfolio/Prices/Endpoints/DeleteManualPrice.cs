using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Npgsql;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Prices.Endpoints;

/// <summary>A price that was set counts no more.</summary>
internal static class DeleteManualPrice
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapDelete("/api/v1/prices/manual/{priceId:guid}", async Task<NoContent> (
                [FromRoute(Name = "priceId")] Guid id, Caller caller, NpgsqlDataSource database, CancellationToken ct) =>
            {
                ManualPrices.RequireWhole(caller);
                var gone = await database.ExecuteAsync(
                    "delete from manual_prices where price_id = @id and user_id = @UserId", new { id, caller.UserId }, ct);
                return gone > 0 ? TypedResults.NoContent() : throw ManualPrices.NotFound();
            })
            .RequireScope(Scopes.WalletsWrite)
            .WithName("DeleteManualPrice")
            .WithTags("Prices")
            .WithSummary("Deletes a price you set; what sources tell counts again")
            .WithProblems("price-not-found");
}

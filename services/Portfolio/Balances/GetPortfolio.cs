using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults;

namespace Portfolio.Balances;

/// <summary>All that a user holds, by asset.</summary>
internal static class GetPortfolio
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/portfolio", async Task<Ok<PortfolioView>> (Caller caller, BalanceTotals totals, CancellationToken ct) =>
            {
                var sums = await totals.ReadAsync(caller.UserId, caller.Wallets, null, ct);
                var status = BalanceStatus.OfAssets(sums.Select(sum => sum.Status));
                return TypedResults.Ok(new PortfolioView(status, sums.Min(sum => sum.StaleSince), sums));
            })
            .RequireScope(Scopes.PortfolioRead)
            .WithName("GetPortfolio")
            .WithTags("Balances")
            .WithSummary("Sums up all that the caller holds, by asset")
            .WithDescription("Over all wallets the key may see; an address that is in several of them counts once.");
}

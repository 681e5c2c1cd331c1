using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using ServiceDefaults;

namespace Wallets;

/// <summary>A wallet's sources, in the order in which they were added, with how far each was looked; and one of them.</summary>
internal static class ListSources
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/wallets/{walletId:guid}/sources", async Task<Ok<Page<SourceView>>> (
                Guid walletId, Caller caller, [AsParameters] PageRequest page, NpgsqlDataSource database, SourceQueries sources,
                CancellationToken ct) =>
            {
                var place = page.In("sources", walletId.ToString());
                await GetWallet.ReadAsync(database, caller, walletId, ct);
                return TypedResults.Ok(await sources.PageAsync(walletId, place, ct));
            })
            .RequireScope(Scopes.WalletsRead)
            .WithSummary("Lists a wallet's sources: whole wallets by extended key or descriptor, with how far each was looked.")
            .WithProblems("wallet-not-found", "limit-out-of-range", "cursor-invalid");

        app.MapGet("/wallets/{walletId:guid}/sources/{sourceId:guid}", async Task<Ok<SourceView>> (
                Guid walletId, Guid sourceId, Caller caller, NpgsqlDataSource database, SourceQueries sources, CancellationToken ct) =>
            {
                await GetWallet.ReadAsync(database, caller, walletId, ct);
                return TypedResults.Ok(await sources.ReadAsync(walletId, sourceId, ct));
            })
            .RequireScope(Scopes.WalletsRead)
            .WithSummary("Shows one source of a wallet.")
            .WithProblems("wallet-not-found", "source-not-found");
    }
}

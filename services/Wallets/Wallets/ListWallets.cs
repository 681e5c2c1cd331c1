using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using ServiceDefaults;

namespace Wallets;

/// <summary>The caller's wallets, in the order of their creation.</summary>
internal static class ListWallets
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/wallets", async Task<Ok<Page<WalletView>>> (
                Caller caller, [AsParameters] PageRequest page, NpgsqlDataSource database, CancellationToken ct) =>
                TypedResults.Ok(await database.PageAsync(
                    page.In("wallets", caller.UserId.ToString()),
                    WalletView.Select + " where owner_id = $1 and ($2::uuid[] is null or wallet_id = any($2))", "wallet_id",
                    [caller.UserId, caller.Wallets?.ToArray()], WalletView.Read, wallet => wallet.Id, ct)))
            .RequireScope(Scopes.WalletsRead)
            .WithSummary("Lists your wallets.")
            .WithProblems("limit-out-of-range", "cursor-invalid");
}

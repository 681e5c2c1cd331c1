using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using ServiceDefaults;

namespace Wallets;

/// <summary>The caller's wallets, in the order of their creation.</summary>
internal static class ListWallets
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/wallets", async Task<Ok<Page<WalletView>>> (
                [Description("Only wallets with this tag, in whatever case.")] string? tag, Caller caller, [AsParameters] PageRequest page,
                NpgsqlDataSource database, CancellationToken ct) =>
                TypedResults.Ok(await database.PageAsync(
                    page.In("wallets", caller.UserId.ToString(), tag?.ToLowerInvariant()),
                    WalletView.Select + " where owner_id = $1 and ($2::uuid[] is null or wallet_id = any($2)) and " + Tags.Have("$3"),
                    "wallet_id", [caller.UserId, caller.Wallets?.ToArray(), tag], WalletView.Read, wallet => wallet.Id, ct)))
            .RequireScope(Scopes.WalletsRead)
            .WithSummary("Lists your wallets.")
            .WithProblems("limit-out-of-range", "cursor-invalid");
}

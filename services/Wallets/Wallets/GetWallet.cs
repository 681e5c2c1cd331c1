using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using ServiceDefaults;

namespace Wallets;

/// <summary>One wallet of the caller's.</summary>
internal static class GetWallet
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/wallets/{walletId:guid}", async Task<Ok<WalletView>> (
                Guid walletId, Caller caller, NpgsqlDataSource database, CancellationToken ct) =>
                TypedResults.Ok(await ReadAsync(database, caller, walletId, ct)))
            .RequireScope(Scopes.WalletsRead)
            .WithSummary("Shows one wallet.")
            .WithProblems("wallet-not-found");

    /// <exception cref="DomainException"><c>wallet-not-found</c>: there is none, or it is not the caller's to see.</exception>
    public static async Task<WalletView> ReadAsync(NpgsqlDataSource database, Caller caller, Guid walletId, CancellationToken ct)
    {
        caller.RequireWallet(walletId);
        return await database.FirstAsync(
            WalletView.Select + " where wallet_id = $1 and owner_id = $2", [walletId, caller.UserId], WalletView.Read, ct)
            ?? throw new DomainException("wallet-not-found", "There is no such wallet.");
    }
}

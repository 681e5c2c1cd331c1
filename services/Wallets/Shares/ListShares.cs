using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using ServiceDefaults;

namespace Wallets;

/// <summary>What a user shares, without the tokens; a key for certain wallets sees what shows nothing else.</summary>
internal static class ListShares
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/shares", async Task<Ok<Page<ShareView>>> (
                Caller caller, [AsParameters] PageRequest page, NpgsqlDataSource database, CancellationToken ct) =>
                TypedResults.Ok(await database.PageAsync(
                    page.In("shares", caller.UserId.ToString()),
                    ShareView.Select + " where s.owner_id = $1 and ($2::uuid[] is null or s.wallet_ids <@ $2)", "s.share_id",
                    [caller.UserId, caller.Wallets?.ToArray()], ShareView.Read, share => share.Id, ct)))
            .RequireScope(Scopes.WalletsRead)
            .WithSummary("Lists what you share, without the tokens.")
            .WithProblems("limit-out-of-range", "cursor-invalid");
}

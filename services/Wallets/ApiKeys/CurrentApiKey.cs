using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using ServiceDefaults;

namespace Wallets;

/// <summary>What the key at hand is and may do.</summary>
internal static class CurrentApiKey
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api-keys/current", async Task<Ok<ApiKeyView>> (Caller caller, NpgsqlDataSource database, CancellationToken ct) =>
                TypedResults.Ok(
                    await database.FirstAsync(ApiKeyView.Select + " where k.key_id = $1", [caller.KeyId], ApiKeyView.Read, ct)
                    ?? throw new DomainException("key-not-found", "There is no such API key.")))
            .WithSummary("Shows the API key that this request was made with.")
            .WithDescription("Any key may ask, whatever its scopes.")
            .WithProblems("key-not-found");
}

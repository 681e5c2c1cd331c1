using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using ServiceDefaults;

namespace Wallets;

/// <summary>Keys of everyone or of one user, without the secrets and without sessions, of which the audit log tells; for administrators.</summary>
internal static class ListApiKeys
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api-keys", async Task<Ok<Page<ApiKeyView>>> (
                [Description("Only the keys of this user.")] Guid? userId,
                [AsParameters] PageRequest page, NpgsqlDataSource database, CancellationToken ct) =>
            {
                var place = page.In("api-keys", userId?.ToString());
                const string keys = ApiKeyView.Select + " where k.session_of is null";
                return TypedResults.Ok(userId is { } user
                    ? await database.PageAsync(place, keys + " and k.user_id = $1", "k.key_id", [user], ApiKeyView.Read, key => key.Id, ct)
                    : await database.PageAsync(place, keys, "k.key_id", [], ApiKeyView.Read, key => key.Id, ct));
            })
            .RequireScope(Scopes.Admin)
            .WithSummary("Lists API keys, without the secrets.")
            .WithProblems("limit-out-of-range", "cursor-invalid", "invalid-parameter");
}

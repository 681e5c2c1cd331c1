using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using ServiceDefaults;

namespace Wallets;

/// <summary>Tells the gateway who it is that an identity provider names, by e-mail address or id, and what they may do at most.</summary>
internal static class VerifyUser
{
    public sealed record Request(string Name);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/internal/users/verify", async Task<Ok<VerifyApiKey.Verified>> (
                Request request, NpgsqlDataSource database, CancellationToken ct) =>
            {
                // No e-mail address is an id.
                var found = Guid.TryParse(request.Name, out var id)
                    ? await database.FirstAsync(UserView.Select + " where user_id = $1", [id], UserView.Read, ct)
                    : await database.FirstAsync(UserView.Select + " where lower(email) = lower($1)", [request.Name], UserView.Read, ct);
                if (found is null) throw new DomainException("user-not-found", "There is no such user.");
                if (found.DisabledAt is not null)
                    throw new DomainException("user-not-found", "The user was disabled.", [new("/name", "user-disabled", "The user was disabled.")]);
                // No key is behind it; the user's own id stands for all of their tokens.
                return TypedResults.Ok(new VerifyApiKey.Verified(
                    found.Id, found.Id, ScopesOf(found.Admin), null, null, found.Email));
            })
            .InternalOnly("gateway");

    /// <summary>What a user may do at most.</summary>
    public static IReadOnlyList<string> ScopesOf(bool isAdmin) => [.. Scopes.All.Where(scope => isAdmin || scope != Scopes.Admin)];
}

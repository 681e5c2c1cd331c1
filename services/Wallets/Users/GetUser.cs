using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using ServiceDefaults;

namespace Wallets;

/// <summary>One user; for administrators.</summary>
internal static class GetUser
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/users/{userId:guid}", async Task<Ok<UserView>> (Guid userId, NpgsqlDataSource database, CancellationToken ct) =>
                TypedResults.Ok(
                    await database.FirstAsync(UserView.Select + " where user_id = $1", [userId], UserView.Read, ct)
                    ?? throw new DomainException("user-not-found", "There is no such user.")))
            .RequireScope(Scopes.Admin)
            .WithSummary("Shows one user.")
            .WithProblems("user-not-found");
}

using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using ServiceDefaults;

namespace Wallets;

/// <summary>All users, in the order of their creation; for administrators.</summary>
internal static class ListUsers
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/users", async Task<Ok<Page<UserView>>> ([AsParameters] PageRequest page, NpgsqlDataSource database, CancellationToken ct) =>
                TypedResults.Ok(await database.PageAsync(
                    page.In("users"), UserView.Select + " where true", "user_id", [], UserView.Read, user => user.Id, ct)))
            .RequireScope(Scopes.Admin)
            .WithSummary("Lists users.")
            .WithProblems("limit-out-of-range", "cursor-invalid");
}

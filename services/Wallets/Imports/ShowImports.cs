using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using ServiceDefaults;

namespace Wallets;

/// <summary>The caller's imports, one of them with its progress, and what became of its rows; a key sees those that it could have sent.</summary>
internal static class ShowImports
{
    private const string Oldest = "oldest";
    private const string Newest = "newest";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/imports", async Task<Ok<Page<ImportView>>> (
                [Description("`oldest` first, as when left out, or `newest` first."), AllowedValues(Oldest, Newest)] string? order,
                Caller caller, [AsParameters] PageRequest page, NpgsqlDataSource database, CancellationToken ct) =>
            {
                if (order is not (null or Oldest or Newest)) throw Instant.Invalid("order", $"is '{Oldest}' or '{Newest}'.");
                var newestFirst = order == Newest;
                return TypedResults.Ok(await database.PageAsync(
                    page.In("imports", caller.UserId.ToString(), newestFirst ? Newest : null), $"{ImportView.Select} where {Seen}", "i.import_id",
                    [caller.UserId, caller.Wallets?.ToArray()], ImportView.Read, import => import.Id, ct, newestFirst));
            })
            .RequireScope(Scopes.WalletsRead)
            .WithSummary("Lists your imports, the oldest or the newest first. They are kept for 30 days.")
            .WithProblems("invalid-parameter", "limit-out-of-range", "cursor-invalid");

        app.MapGet("/imports/{importId:guid}", async Task<Ok<ImportView>> (
                Guid importId, Caller caller, NpgsqlDataSource database, CancellationToken ct) =>
                TypedResults.Ok(await RequireAsync(database, caller, importId, ct)))
            .RequireScope(Scopes.WalletsRead)
            .WithSummary("Shows how far an import is.")
            .WithProblems("import-not-found");

        app.MapGet("/imports/{importId:guid}/rows", async Task<Ok<Page<ImportRowView>>> (
                Guid importId,
                [Description("Only rows with this verdict."), AllowedValues(Verdicts.Imported, Verdicts.Present, Verdicts.Refused)] string? verdict,
                Caller caller, [AsParameters] PageRequest page, NpgsqlDataSource database, CancellationToken ct) =>
            {
                if (verdict is not null && !Verdicts.All.Contains(verdict))
                    throw Instant.Invalid("verdict", $"is one of {string.Join(", ", Verdicts.All)}.");
                var place = page.In("import-rows", importId.ToString(), verdict);
                await RequireAsync(database, caller, importId, ct);
                return TypedResults.Ok(await database.PageAsync(
                    place, $"{ImportRowView.Select} where import_id = $1 and ($2::varchar is null or verdict = $2)", "line",
                    [importId, verdict], ImportRowView.Read, row => row.Row, ct));
            })
            .RequireScope(Scopes.WalletsRead)
            .WithSummary("Lists what became of an import's rows, in their order.")
            .WithProblems("import-not-found", "invalid-parameter", "limit-out-of-range", "cursor-invalid");
    }

    // What a key for certain wallets may see is what was sent with one for no others.
    private const string Seen = "i.owner_id = $1 and ($2::uuid[] is null or i.wallets <@ $2)";

    private static async Task<ImportView> RequireAsync(NpgsqlDataSource database, Caller caller, Guid importId, CancellationToken ct) =>
        await database.FirstAsync(
            $"{ImportView.Select} where {Seen} and i.import_id = $3", [caller.UserId, caller.Wallets?.ToArray(), importId], ImportView.Read, ct)
        ?? throw new DomainException("import-not-found", "There is no such import, or it is not yours to see.");
}

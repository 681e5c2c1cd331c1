using System.ComponentModel;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using Portfolio.Prices;
using Portfolio.Valuation;
using ServiceDefaults;

namespace Portfolio.Statements;

/// <summary>States what a wallet held at an instant, signed, as JSON or as a page to print.</summary>
internal sealed class GetStatement(
    StatementRows rows, StatementProver prover, WalletAccess access, KnownAssets assets, Valuer valuer, TokenSigner signer,
    IOptions<JsonOptions> json, TimeProvider time)
{
    private const int MostTransactions = 10_000;
    private const string Html = "text/html";

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/wallets/{id:guid}/statement", async Task<Results<Ok<Statement>, ContentHttpResult>> (
                Guid id, Caller caller, HttpContext context, GetStatement statements, CancellationToken ct,
                [InstantOrDay, Description("An instant of the past, or the end of a day in UTC, as far as it has come; the present when left out.")]
                string? at = null,
                [Description(Currency.Described)] string? currency = null,
                [Description("Whether providers are asked for proofs, at most of 200 transactions; what has none says why.")] bool? proofs = null) =>
            {
                var statement = await statements.ReadAsync(caller, id, at, Currency.Read(currency), proofs is true, ct);
                context.Response.Headers.Vary = "Accept";
                return WantsPage(context.Request)
                    ? TypedResults.Content(StatementPage.Of(statement), $"{Html}; charset=utf-8") : TypedResults.Ok(statement);
            })
            .RequireScope(Scopes.PortfolioRead)
            .WithProblems("wallet-not-found", "invalid-parameter", "range-too-wide")
            .AddOpenApiOperationTransformer(DescribePage)
            .WithName("GetStatement")
            .WithTags("Balances")
            .WithSummary("States what a wallet held at an instant, with all that makes it")
            .WithDescription("For each address and asset the balance, its price and value, the block it is as of, how it was compared with a " +
                "provider, and every transaction that makes it, so that anybody can add it up; signed, and checked offline by the command " +
                "`verify-statement`. Asked for `text/html`, the same as a page to print. Of more than 10,000 transactions there is no statement: " +
                "take an earlier instant or a smaller wallet. A proof shows inclusion or a balance, never completeness.");

    public async Task<Statement> ReadAsync(Caller caller, Guid wallet, string? at, Currency currency, bool proofs, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        now = now.AddTicks(-(now.Ticks % 10));
        DateTimeOffset? instant = at is null ? null : Instant.ReadPast(at, nameof(at), time);
        var label = await access.RequireAsync(caller, wallet, ct);
        var (balances, transactions) = await rows.ReadAsync(wallet, instant, MostTransactions + 1, ct);
        if (transactions.Count > MostTransactions)
            throw new DomainException("range-too-wide", $"More than {MostTransactions} transactions count then; a statement lists no more.");

        var held = balances.Where(row => row.Asset is not null).Select(row => (row.Network, Asset: row.Asset!)).Distinct().ToList();
        var names = await assets.NamesAsync(held.Select(one => (one.Network, (string?)one.Asset)), ct);
        var values = await valuer.ReadAsync(
            caller.UserId, [.. held.Select(one => (one.Network, one.Asset, names.Of(one.Network, one.Asset).Decimals))], currency, instant, ct);
        var statement = StatementMaker.Make(new(wallet, label), instant, now, balances, transactions, names, values, null);
        return Signed(proofs ? statement with { Proofs = await prover.ReadAsync(statement, ct) } : statement);
    }

    // Two types of one status are more than the framework describes by itself.
    private static Task DescribePage(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        if (operation.Responses?.GetValueOrDefault("200")?.Content is { } content)
            content[Html] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
        return Task.CompletedTask;
    }

    // What is signed is what is sent: by the very options that answers are written by.
    private Statement Signed(Statement statement)
    {
        var content = CanonicalJson.ContentOf(JsonSerializer.SerializeToElement(statement, json.Value.SerializerOptions));
        var (keyId, signature) = signer.SignContent(Statement.Purpose, content);
        return statement with { Digest = CanonicalJson.DigestOf(content), Signature = new(SignedContent.Algorithm, keyId, signature) };
    }

    // Whoever names both and prefers neither is a program.
    private static bool WantsPage(HttpRequest request)
    {
        var accepted = request.GetTypedHeaders().Accept;
        return Quality(Html) is > 0 and var page && page > Quality("application/json");

        // In thousandths: the header knows no more digits.
        int Quality(string type) => accepted.Where(one => one.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase))
            .Select(one => (int)decimal.Round((decimal)(one.Quality ?? 1) * 1000)).DefaultIfEmpty(0).Max();
    }
}

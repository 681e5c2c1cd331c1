using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults;

namespace Portfolio.Statements;

/// <summary>Tells the key that statements are signed with, so that whoever keeps it can check them later and offline.</summary>
internal static class ListStatementKeys
{
    /// <summary>A set of JSON Web Keys (RFC 7517).</summary>
    public sealed record StatementKeys([property: Description("The keys.")] IReadOnlyList<StatementKey> Keys);

    /// <summary>A public key on P-256 as a JSON Web Key.</summary>
    public sealed record StatementKey(
        [property: Description("EC.")] string Kty,
        [property: Description("P-256.")] string Crv,
        [property: Description("The point's first coordinate in base64url.")] string X,
        [property: Description("The second one.")] string Y,
        [property: Description("The key's name: its RFC 7638 thumbprint.")] string Kid,
        [property: Description("sig.")] string Use,
        [property: Description("ES256.")] string Alg);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/statement-keys", Ok<StatementKeys> (TokenSigner signer) => TypedResults.Ok(KeysOf(signer)))
            .RequireScope(Scopes.PortfolioRead)
            .WithName("ListStatementKeys")
            .WithTags("Balances")
            .WithSummary("Lists the public keys that statements are signed with")
            .WithDescription("A JSON Web Key Set. Keep it with your statements: `verify-statement --key` takes it, and a key that the operator has " +
                "replaced is not listed any more.");

    private static StatementKeys KeysOf(TokenSigner signer) => new([
        .. signer.KeySet().GetProperty("keys").EnumerateArray().Select(key => new StatementKey(
        Text(key, "kty"), Text(key, "crv"), Text(key, "x"), Text(key, "y"), Text(key, "kid"), Text(key, "use"), Text(key, "alg")))]);

    private static string Text(System.Text.Json.JsonElement key, string name) => key.GetProperty(name).GetString()!;
}

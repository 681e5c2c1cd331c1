using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Base64Url = System.Buffers.Text.Base64Url;

namespace ServiceDefaults;

/// <summary>Compact JSON Web Tokens (RFC 7515, 7519) with the one algorithm ES256 and nothing optional.</summary>
internal static class Jwt
{
    public const string Algorithm = SecurityAlgorithms.EcdsaSha256;
    /// <summary>The audience of every service at once, as releases before this one signed.</summary>
    public const string SharedAudience = "services";

    private const int SignatureBytes = 64;

    private static readonly JsonWebTokenHandler Handler = new()
    {
        // Room for a key that is limited to a few hundred wallets.
        MaximumTokenSizeInBytes = 24 * 1024,
        SetDefaultTimesOnTokenCreation = false,
    };

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <param name="Iss">The service that signed.</param>
    /// <param name="Sub">A user's id, or <c>service:name</c>.</param>
    /// <param name="Exp">Seconds since 1970.</param>
    /// <param name="Until">Of a ticket: when what it was made with ends, in seconds since 1970.</param>
    /// <param name="Share">Of a share: what it lets see of whose.</param>
    public sealed record Claims(
        string Iss, string Sub, string Aud, long Iat, long Exp, string Scope, Guid? Key = null, IReadOnlyList<Guid>? Wallets = null,
        long? Until = null, Shared? Share = null);

    public sealed record Shared(Guid Owner, string Label, bool ShowsAmounts, DateTimeOffset? ExpiresAt = null);

    /// <summary>A token that was taken apart. Nothing in it is to be believed before its signature is checked.</summary>
    public sealed record Unverified(JsonWebToken Token, Claims Claims)
    {
        public string KeyId => Token.Kid;

        /// <summary>Whether it bears this key's name and signature, for one of these audiences. The times are the caller's to judge.</summary>
        public async ValueTask<bool> IsSignedBy(ECDsaSecurityKey key, IEnumerable<string> audiences) =>
            (await Handler.ValidateTokenAsync(Token, new TokenValidationParameters
            {
                ValidAlgorithms = [Algorithm],
                ValidTypes = ["JWT"],
                ValidAudiences = audiences,
                ValidIssuer = Claims.Iss,
                IssuerSigningKey = key,
                TryAllIssuerSigningKeys = false,
                ValidateLifetime = false,
            })).IsValid;
    }

    public static string Sign(Claims claims, ECDsaSecurityKey key) =>
        Handler.CreateToken(JsonSerializer.Serialize(claims, Json), new SigningCredentials(key, Algorithm));

    /// <summary>Takes a token apart; null when it is not of our form.</summary>
    public static Unverified? Read(string text)
    {
        try
        {
            if (!Handler.CanReadToken(text)) return null;
            var token = Handler.ReadJsonWebToken(text);
            // The library also takes padding, and bits that nothing encodes; one token has one spelling.
            var signature = Base64Url.DecodeFromChars(token.EncodedSignature);
            if (signature.Length != SignatureBytes || Base64Url.EncodeToString(signature) != token.EncodedSignature) return null;
            return JsonSerializer.Deserialize<Claims>(Base64Url.DecodeFromChars(token.EncodedPayload), Json) is { } claims
                ? new(token, claims)
                : null;
        }
        catch (Exception exception) when (exception is ArgumentException or SecurityTokenException or FormatException or JsonException)
        {
            return null;
        }
    }
}

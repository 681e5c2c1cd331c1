using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ServiceDefaults;

/// <summary>Compact JSON Web Tokens (RFC 7515, 7519) with the one algorithm ES256 and nothing optional.</summary>
internal static class Jwt
{
    public const string Algorithm = "ES256";
    public const string Audience = "services";

    // Room for a key that is limited to a few hundred wallets.
    private const int LongestToken = 24 * 1024;
    private const int SignatureBytes = 64;

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
    public sealed record Claims(
        string Iss, string Sub, string Aud, long Iat, long Exp, string Scope, Guid? Key = null, IReadOnlyList<Guid>? Wallets = null);

    public sealed record Unverified(string KeyId, Claims Claims, byte[] Signed, byte[] Signature)
    {
        public bool IsSignedBy(ECDsa key) =>
            key.VerifyData(Signed, Signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    public static string Sign(Claims claims, ECDsa key, string keyId)
    {
        var signed = $"{Part(new Header(Algorithm, "JWT", keyId))}.{Part(claims)}";
        var signature = key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    /// <summary>Takes a token apart; null when it is not exactly of our form. Nothing in it is to be believed before its signature is checked.</summary>
    public static Unverified? Read(string token)
    {
        if (token.Length > LongestToken || token.Split('.') is not [var header, var claims, var signature])
            return null;
        try
        {
            if (Decode<Header>(header) is not { Alg: Algorithm, Typ: "JWT" } head || Decode<Claims>(claims) is not { } body)
                return null;
            var bytes = Decode(signature);
            return bytes.Length == SignatureBytes
                ? new Unverified(head.Kid, body, Encoding.ASCII.GetBytes(token[..^(signature.Length + 1)]), bytes)
                : null;
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            return null;
        }
    }

    private static string Part<T>(T value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value, Json));

    private static T? Decode<T>(string part) => JsonSerializer.Deserialize<T>(Decode(part), Json);

    // The decoder also takes padding and white space, and bits that nothing encodes; one token has one spelling.
    private static byte[] Decode(string part)
    {
        var bytes = Base64Url.DecodeFromChars(part);
        return Base64Url.EncodeToString(bytes) == part ? bytes : throw new FormatException("Not canonical base64url.");
    }

    private sealed record Header(string Alg, string Typ, string Kid);
}

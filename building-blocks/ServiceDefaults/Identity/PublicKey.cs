using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Microsoft.IdentityModel.Tokens;

namespace ServiceDefaults;

/// <summary>A P-256 public key as a JSON Web Key (RFC 7517) and its thumbprint (RFC 7638).</summary>
internal sealed record PublicKey(
    [property: JsonPropertyName("kty")] string Kty,
    [property: JsonPropertyName("crv")] string Crv,
    [property: JsonPropertyName("x")] string X,
    [property: JsonPropertyName("y")] string Y,
    [property: JsonPropertyName("kid")] string Kid,
    [property: JsonPropertyName("use")] string Use = "sig",
    [property: JsonPropertyName("alg")] string Alg = Jwt.Algorithm)
{
    public static PublicKey Of(ECDsa key)
    {
        // From the public half only: whatever this is made of is published.
        using var half = ECDsa.Create(key.ExportParameters(false));
        var jwk = JsonWebKeyConverter.ConvertFromECDsaSecurityKey(new ECDsaSecurityKey(half));
        return new PublicKey(jwk.Kty, jwk.Crv, jwk.X, jwk.Y, Base64UrlEncoder.Encode(jwk.ComputeJwkThumbprint()));
    }

    /// <summary>The key ready to verify, or null when this is not a P-256 signing key whose name is its own thumbprint.</summary>
    public ECDsaSecurityKey? ToKey()
    {
        if (this is not { Kty: "EC", Crv: "P-256", Alg: Jwt.Algorithm, X: not null, Y: not null }) return null;
        try
        {
            var jwk = new JsonWebKey { Kty = Kty, Crv = Crv, X = X, Y = Y };
            return Base64UrlEncoder.Encode(jwk.ComputeJwkThumbprint()) == Kid && JsonWebKeyConverter.TryConvertToSecurityKey(jwk, out var key)
                ? new ECDsaSecurityKey(((ECDsaSecurityKey)key).ECDsa) { KeyId = Kid }
                : null;
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException)
        {
            return null;
        }
    }
}

internal sealed record PublicKeys([property: JsonPropertyName("keys")] IReadOnlyList<PublicKey> Keys);

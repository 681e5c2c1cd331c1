using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

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
        var point = key.ExportParameters(false).Q;
        var (x, y) = (Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y));
        // Members in alphabetical order, no white space: the thumbprint's canonical form.
        var canonical = $$"""{"crv":"P-256","kty":"EC","x":"{{x}}","y":"{{y}}"}""";
        return new PublicKey("EC", "P-256", x, y, Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(canonical))));
    }

    /// <summary>The key ready to verify, or null when this is not a P-256 signing key whose name is its own thumbprint.</summary>
    public ECDsa? ToKey()
    {
        if (this is not { Kty: "EC", Crv: "P-256", Alg: Jwt.Algorithm } || X is null || Y is null)
            return null;
        try
        {
            var key = ECDsa.Create(new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = new ECPoint { X = Base64Url.DecodeFromChars(X), Y = Base64Url.DecodeFromChars(Y) },
            });
            if (Of(key).Kid == Kid)
                return key;
            key.Dispose();
            return null;
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException)
        {
            return null;
        }
    }
}

internal sealed record PublicKeys([property: JsonPropertyName("keys")] IReadOnlyList<PublicKey> Keys);

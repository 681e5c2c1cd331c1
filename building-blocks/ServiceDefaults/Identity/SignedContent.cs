using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace ServiceDefaults;

/// <summary>
/// Content that a service vouches for beyond the minute that its tokens last: ES256 (RFC 7518 section 3.4) over the purpose, a line's end, and
/// the content. No token is signed over a text with a line's end in it, so neither signature passes for the other.
/// </summary>
public static class SignedContent
{
    public const string Algorithm = Jwt.Algorithm;

    // Of one key only one operation at a time is promised to be safe.
    private static readonly Lock Signing = new();

    /// <summary>The name of the key, its RFC 7638 thumbprint, and the signature in base64url.</summary>
    public static (string KeyId, string Signature) SignContent(this TokenSigner signer, string purpose, ReadOnlySpan<byte> content)
    {
        lock (Signing)
            return (signer.PublicKey.Kid, Base64Url.EncodeToString(signer.Key.SignData(Whole(purpose, content), HashAlgorithmName.SHA256)));
    }

    /// <summary>The public key that it is checked by, as a set of JSON Web Keys (RFC 7517).</summary>
    public static JsonElement KeySet(this TokenSigner signer) =>
        JsonSerializer.SerializeToElement(new PublicKeys([signer.PublicKey]), ApiJson.Options);

    /// <summary>Whether one of these keys made the signature; null where the text has no key in it that can be read.</summary>
    /// <param name="keys">A JSON Web Key, a set of them, or a public key in PEM.</param>
    /// <param name="purpose">What it was signed for.</param>
    /// <param name="content">What was signed.</param>
    /// <param name="keyId">The key's name that the signature comes with.</param>
    /// <param name="signature">The signature in base64url.</param>
    public static bool? IsSignedBy(string keys, string purpose, ReadOnlySpan<byte> content, string keyId, string signature)
    {
        var known = Read(keys);
        if (known.Count == 0) return null;

        Span<byte> bytes = stackalloc byte[64];
        // One spelling only: the last digit has bits that stand for nothing.
        if (!Base64Url.TryDecodeFromChars(signature, bytes, out var length) || length != bytes.Length || Base64Url.EncodeToString(bytes) != signature)
            return false;
        foreach (var (id, key) in known)
        {
            using (key)
            {
                if (id == keyId && key.VerifyData(Whole(purpose, content), bytes, HashAlgorithmName.SHA256)) return true;
            }
        }

        return false;
    }

    private static List<(string Id, ECDsa Key)> Read(string text)
    {
        try
        {
            if (text.Contains("-----BEGIN", StringComparison.Ordinal))
            {
                var key = ECDsa.Create();
                key.ImportFromPem(text);
                return [(PublicKey.Of(key).Kid, key)];
            }

            using var json = JsonDocument.Parse(text);
            var told = json.RootElement.ValueKind is JsonValueKind.Object && json.RootElement.TryGetProperty("keys", out _)
                ? json.RootElement.Deserialize<PublicKeys>(ApiJson.Options)?.Keys : [json.RootElement.Deserialize<PublicKey>(ApiJson.Options)!];
            return [.. (told ?? []).Select(key => key?.ToKey()).OfType<Microsoft.IdentityModel.Tokens.ECDsaSecurityKey>()
                .Select(key => (key.KeyId, key.ECDsa))];
        }
        catch (Exception e) when (e is JsonException or CryptographicException or ArgumentException)
        {
            return [];
        }
    }

    private static byte[] Whole(string purpose, ReadOnlySpan<byte> content) => [.. Encoding.UTF8.GetBytes(purpose), (byte)'\n', .. content];
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Portfolio.Webhooks;

/// <summary>Secrets and signatures as Standard Webhooks 1.0 has them.</summary>
internal static class WebhookSecret
{
    private const int Length = 32;

    public static byte[] New() => RandomNumberGenerator.GetBytes(Length);

    /// <summary>As its owner is shown it, once.</summary>
    public static string Text(byte[] secret) => $"whsec_{Convert.ToBase64String(secret)}";

    /// <summary>The header <c>webhook-signature</c>: one signature for each secret that is good.</summary>
    public static string Sign(IEnumerable<byte[]> secrets, string id, DateTimeOffset at, ReadOnlySpan<byte> body)
    {
        var head = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{at.ToUnixTimeSeconds()}."));
        byte[] signed = [.. head, .. body];
        return string.Join(' ', secrets.Select(secret => $"v1,{Convert.ToBase64String(HMACSHA256.HashData(secret, signed))}"));
    }
}

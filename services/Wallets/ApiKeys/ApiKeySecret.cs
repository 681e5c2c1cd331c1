using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Wallets;

/// <summary>The text a client sends: <c>wt_live_</c> and 256 random bits in base64url. Shown once; only its hash is kept.</summary>
internal sealed record ApiKeySecret(string Text)
{
    private const string Prefix = "wt_live_";

    /// <summary>SHA-256 in base64url. Nothing slower is needed: 256 random bits cannot be guessed.</summary>
    public string Hash => Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(Text)));

    public static ApiKeySecret New() => new(Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)));

    // A record would print it, and with it any log line.
    public override string ToString() => Prefix + "…";
}

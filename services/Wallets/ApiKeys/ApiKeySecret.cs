using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Wallets;

/// <summary>The text a client sends: what it is, and 256 random bits in base64url. Shown once; only its hash is kept.</summary>
internal sealed record ApiKeySecret(string Text)
{
    private const string OfKeys = "wt_live_";

    /// <summary>SHA-256 in base64url. Nothing slower is needed: 256 random bits cannot be guessed.</summary>
    public string Hash => Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(Text)));

    /// <summary>Another one; how it begins says what it is, to people and to whoever searches for what leaked.</summary>
    public static ApiKeySecret New(string prefix = OfKeys) => new(prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)));

    // A record would print it, and with it any log line.
    public override string ToString() => Text[..(Text.IndexOf('_', StringComparison.Ordinal) + 1)] + "…";
}

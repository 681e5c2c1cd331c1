using System.Security.Cryptography;

namespace ServiceDefaults;

/// <summary>Who this service is and whom it believes.</summary>
public sealed class IdentityOptions : IValidated
{
    internal const string Section = "Identity";

    /// <summary>This service's private key: base64 of PKCS#8, ES256 (P-256).</summary>
    public string PrivateKey { get; init; } = "";

    /// <summary>Base address of each trusted service by name; its public keys are read from <c>/internal/keys</c> there.</summary>
    public Dictionary<string, string> Issuers { get; init; } = [];

    /// <summary>Public keys (base64 of SubjectPublicKeyInfo) known beforehand by service name, instead of being read from the service.</summary>
    public Dictionary<string, string> PublicKeys { get; init; } = [];

    /// <summary>Takes tokens of the release before, which are good at every service; only while that release still runs beside this one.</summary>
    public bool AcceptSharedAudience { get; init; }

    /// <inheritdoc/>
    public IEnumerable<string> Errors()
    {
        if (PrivateKey.Length == 0)
            yield return "PrivateKey is required: base64 of a PKCS#8 private key on P-256.";
        else if (!IsP256(key => key.ImportPkcs8PrivateKey(Convert.FromBase64String(PrivateKey), out _)))
            yield return "PrivateKey is not the base64 of a PKCS#8 private key (DER) on P-256.";

        foreach (var (name, address) in Issuers)
            if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
                yield return $"Issuers:{name} must be an absolute http(s) address.";
        foreach (var (name, publicKey) in PublicKeys)
            if (!IsP256(key => key.ImportSubjectPublicKeyInfo(Convert.FromBase64String(publicKey), out _)))
                yield return $"PublicKeys:{name} is not the base64 of a public key on P-256.";
    }

    private static bool IsP256(Action<ECDsa> import)
    {
        using var key = ECDsa.Create();
        try
        {
            import(key);
            return key.ExportParameters(false).Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value;
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException)
        {
            return false;
        }
    }
}

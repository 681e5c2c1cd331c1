using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Messaging;

/// <summary>Whether the broker's certificate is good: for the name asked for, and from these authorities or else the machine's.</summary>
internal sealed class BrokerCertificate(X509Certificate2Collection? authorities)
{
    public static BrokerCertificate Of(string? caFile)
    {
        if (caFile is null) return new(null);
        X509Certificate2Collection authorities = [];
        authorities.ImportFromPemFile(caFile);
        return new(authorities);
    }

    /// <summary>What is wrong with the file of authorities, if anything.</summary>
    public static IEnumerable<string> Errors(string? caFile)
    {
        if (caFile is null) yield break;
        string? error = null;
        X509Certificate2Collection found = [];
        try
        {
            found.ImportFromPemFile(caFile);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            error = e.Message;
        }

        if (error is not null) yield return error;
        else if (found.Count == 0) yield return $"there is no certificate in {caFile}.";
        foreach (var certificate in found) certificate.Dispose();
    }

    public bool IsGood(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (authorities is null) return errors is SslPolicyErrors.None;
        // The machine's authorities count no more; the name must fit all the same.
        if (certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != 0) return false;
        using var ours = new X509Chain();
        ours.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        ours.ChainPolicy.CustomTrustStore.AddRange(authorities);
        // An authority of one's own seldom has a place that tells of revoked certificates.
        ours.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (var element in chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>()) ours.ChainPolicy.ExtraStore.Add(element.Certificate);
        using var copy = new X509Certificate2(certificate);
        return ours.Build(copy);
    }
}

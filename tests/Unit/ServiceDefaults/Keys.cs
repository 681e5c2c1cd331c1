using System.Security.Cryptography;

namespace Unit.ServiceDefaults;

/// <summary>Fresh keys on P-256.</summary>
internal static class Keys
{
    public static string Private()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Convert.ToBase64String(key.ExportPkcs8PrivateKey());
    }
}

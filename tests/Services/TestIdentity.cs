using System.Net.Http.Headers;
using System.Security.Cryptography;
using ServiceDefaults;

namespace Services;

/// <summary>Stands for the gateway: a key of its own that a service under test is told to believe, and tokens signed with it.</summary>
internal sealed class TestIdentity : IDisposable
{
    private readonly string publicKey;
    private readonly TokenSigner gateway;

    public TestIdentity()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        publicKey = Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());
        gateway = new TokenSigner("gateway", Convert.ToBase64String(key.ExportPkcs8PrivateKey()), TimeProvider.System);
    }

    /// <summary>Signs every request as this person's, or as the gateway's own where there is none.</summary>
    public DelegatingHandler As(Caller? caller) => new Signing(() => caller is null ? gateway.ForService() : gateway.ForUser(caller));

    /// <summary>Somebody new, with a key for everything but administration unless other scopes are named.</summary>
    public static Caller Someone(params string[] scopes) => new(
        Guid.CreateVersion7(), Guid.CreateVersion7(),
        (scopes is [] ? Scopes.All.Where(scope => scope != Scopes.Admin) : scopes).ToHashSet(), null);

    /// <summary>The settings of a service with a key of its own that believes these tokens.</summary>
    public Dictionary<string, string> SettingsWith(params ReadOnlySpan<(string Key, string Value)> more)
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var settings = new Dictionary<string, string>
        {
            ["Identity:PrivateKey"] = Convert.ToBase64String(own.ExportPkcs8PrivateKey()),
            ["Identity:PublicKeys:gateway"] = publicKey,
        };
        foreach (var (key, value) in more) settings[key] = value;
        return settings;
    }

    public void Dispose() => gateway.Dispose();

    private sealed class Signing(Func<string> token) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Authorization ??= new AuthenticationHeaderValue("Bearer", token());
            return base.SendAsync(request, cancellationToken);
        }
    }
}

using System.Net.Http.Headers;
using System.Security.Cryptography;
using ServiceDefaults;

namespace Services;

/// <summary>Stands for all others than the service under test: a key that it is told to believe of each of them, and tokens signed with it.</summary>
internal sealed class TestIdentity : IDisposable
{
    private static readonly string[] Services = ["gateway", "wallets", "sync", "portfolio"];

    private readonly string service;
    private readonly string publicKey;
    private readonly string gatewaysKey;
    private readonly Dictionary<string, TokenSigner> signers;

    /// <param name="service">The one under test, to whom everything is signed.</param>
    public TestIdentity(string service)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        this.service = service;
        gatewaysKey = Convert.ToBase64String(key.ExportPkcs8PrivateKey());
        publicKey = Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());
        var privateKey = Convert.ToBase64String(key.ExportPkcs8PrivateKey());
        signers = Services.Where(other => other != service).ToDictionary(
            other => other, other => new TokenSigner(other, privateKey, TimeProvider.System));
    }

    /// <summary>Signs every request as this person's.</summary>
    public DelegatingHandler As(Caller caller) => new Signing(() => signers["gateway"].ForUser(caller, service));

    /// <summary>The same with a handler of the test's own behind it.</summary>
    public DelegatingHandler AsWith(Caller caller, HttpMessageHandler behind)
    {
        var signing = As(caller);
        signing.InnerHandler = behind;
        return signing;
    }

    /// <summary>The token that a request of this person comes with.</summary>
    public string TokenOf(Caller caller) => signers["gateway"].ForUser(caller, service);

    /// <summary>The same, signed some time ago.</summary>
    public string TokenOf(Caller caller, TimeSpan ago)
    {
        using var signer = new TokenSigner("gateway", gatewaysKey, new Before(ago));
        return signer.ForUser(caller, service);
    }

    /// <summary>Signs every request as another service's own.</summary>
    public DelegatingHandler AsService(string other) => new Signing(() => signers[other].ForService(service));

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
        };
        foreach (var other in signers.Keys) settings[$"Identity:PublicKeys:{other}"] = publicKey;
        foreach (var (key, value) in more) settings[key] = value;
        return settings;
    }

    public void Dispose()
    {
        foreach (var signer in signers.Values) signer.Dispose();
    }

    private sealed class Before(TimeSpan ago) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() - ago;
    }

    private sealed class Signing(Func<string> token) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Authorization ??= new AuthenticationHeaderValue("Bearer", token());
            return base.SendAsync(request, cancellationToken);
        }
    }
}

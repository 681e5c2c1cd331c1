using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace ServiceDefaults;

/// <summary>Says who sent a token: only ES256, only for services, only by the service whose key it is, only now.</summary>
internal sealed class TokenVerifier : IDisposable
{
    private const string UserIssuer = "gateway";
    private const int ClockSkewSeconds = 5;

    private readonly TimeProvider time;
    private readonly Dictionary<string, Func<string, CancellationToken, ValueTask<ECDsaSecurityKey?>>> issuers = [];
    private readonly List<IssuerKeys> read = [];

    public TokenVerifier(
        IOptions<IdentityOptions> options, ServiceName self, TokenSigner signer, IHttpClientFactory clients, TimeProvider time,
        ILogger<TokenVerifier> logger)
    {
        this.time = time;
        foreach (var (name, address) in options.Value.Issuers)
        {
            var keys = new IssuerKeys(name, clients.CreateClient(nameof(TokenVerifier)), new Uri(address), time, logger);
            read.Add(keys);
            issuers[name] = keys.FindAsync;
        }
        foreach (var (name, publicKey) in options.Value.PublicKeys)
        {
            using var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(Convert.FromBase64String(publicKey), out _);
            issuers[name] = Only(PublicKey.Of(key).ToKey()!);
        }
        // A service need not ask itself over the network.
        issuers[self.Value] = Only(signer.PublicKey.ToKey()!);
    }

    /// <summary>Who the token vouches for, or null when it is not to be believed.</summary>
    /// <exception cref="DomainException">upstream-unavailable: the issuer's keys could not be read.</exception>
    public async ValueTask<Identity?> VerifyAsync(string token, CancellationToken ct)
    {
        if (Jwt.Read(token) is not { Claims: var claims } unverified || !issuers.TryGetValue(claims.Iss, out var find))
            return null;
        if (await find(unverified.KeyId, ct) is not { } key || !await unverified.IsSignedBy(key))
            return null;

        var now = time.GetUtcNow().ToUnixTimeSeconds();
        if (claims.Exp <= now - ClockSkewSeconds
            || claims.Iat > now + ClockSkewSeconds
            || claims.Exp - claims.Iat > TokenSigner.LifetimeSeconds)
            return null;
        return Who(claims);
    }

    public void Dispose() => read.ForEach(keys => keys.Dispose());

    private static Identity? Who(Jwt.Claims claims)
    {
        var scopes = claims.Scope.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (claims.Sub == $"service:{claims.Iss}")
            return scopes is [Scopes.Internal] ? new Identity(claims.Iss, null) : null;
        if (claims.Iss != UserIssuer || !Guid.TryParseExact(claims.Sub, "D", out var user) || claims.Key is not { } keyId
            || scopes.Contains(Scopes.Internal))
            return null;
        return new Identity(claims.Iss, new Caller(user, keyId, scopes.ToHashSet(), claims.Wallets?.ToHashSet()));
    }

    private static Func<string, CancellationToken, ValueTask<ECDsaSecurityKey?>> Only(ECDsaSecurityKey key) =>
        (asked, _) => ValueTask.FromResult(asked == key.KeyId ? key : null);
}

/// <summary>Who sent a request: the service that signed, and the person it vouches for, if any.</summary>
internal sealed record Identity(string Issuer, Caller? Caller)
{
    public bool IsService => Caller is null;
}

internal sealed record ServiceName(string Value);

using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace ServiceDefaults;

/// <summary>Says who sent a token: only ES256, only for services, only by the service whose key it is, only now.</summary>
internal sealed class TokenVerifier : IDisposable
{
    private const string UserIssuer = "gateway";
    private const int ClockSkewSeconds = 60;

    // The last second of the year 9999, which is the last that a time can be.
    private const long LatestSeconds = 253_402_300_799;

    private readonly TimeProvider time;
    private readonly Dictionary<string, Func<string, CancellationToken, ValueTask<ECDsaSecurityKey?>>> issuers = [];
    private readonly List<IssuerKeys> read = [];
    private readonly ILogger logger;
    private readonly string self;
    private readonly string[] audiences;

    public TokenVerifier(
        IOptions<IdentityOptions> options, ServiceName self, TokenSigner signer, IHttpClientFactory clients, TimeProvider time,
        ILogger<TokenVerifier> logger)
    {
        (this.time, this.logger, this.self) = (time, logger, self.Value);
        audiences = options.Value.AcceptSharedAudience ? [self.Value, Jwt.SharedAudience] : [self.Value];
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
    /// <exception cref="DomainException">
    /// upstream-unavailable: the issuer's keys could not be read; clocks-differ: all of it is right but its times.
    /// </exception>
    public async ValueTask<Identity?> VerifyAsync(string token, CancellationToken ct)
    {
        if (Jwt.Read(token) is not { Claims: var claims } unverified || !issuers.TryGetValue(claims.Iss, out var find))
            return null;
        if (await find(unverified.KeyId, ct) is not { } key || !await unverified.IsSignedBy(key, audiences))
            return null;
        if (claims is not { Iat: >= 0 and <= LatestSeconds, Exp: >= 0 and <= LatestSeconds }
            || claims.Exp - claims.Iat > TokenSigner.LifetimeSeconds || Who(claims) is not { } who)
            return null;

        var now = time.GetUtcNow();
        if (claims.Exp <= now.ToUnixTimeSeconds() - ClockSkewSeconds || claims.Iat > now.ToUnixTimeSeconds() + ClockSkewSeconds)
            throw ClocksDiffer(claims, now);
        return who;
    }

    // Our own services sign what they send at once: whoever calls can do nothing about it.
    private DomainException ClocksDiffer(Jwt.Claims claims, DateTimeOffset now)
    {
        ServiceDefaultsMetrics.ClockRefusals.Add(1, new KeyValuePair<string, object?>("issuer", claims.Iss));
        var theirs = DateTimeOffset.FromUnixTimeSeconds(claims.Iat);
        logger.LogError("A token of {Issuer} was refused for its times: its clock said {TheirClock:O} when it signed, the clock of {Service} says "
            + "{OwnClock:O}.", claims.Iss, theirs, self, now);
        return new("clocks-differ", $"The clocks of the services '{claims.Iss}' and '{self}' differ by {Math.Abs((now - theirs).TotalSeconds):0} s.")
        { RetryAfter = TimeSpan.FromSeconds(30) };
    }

    public void Dispose() => read.ForEach(keys => keys.Dispose());

    private static Identity? Who(Jwt.Claims claims)
    {
        var scopes = claims.Scope.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (claims.Sub == $"service:{claims.Iss}")
            return scopes is [Scopes.Internal] ? new Identity(claims.Iss, null) : null;
        if (claims.Share is { } share)
        {
            return claims.Iss == UserIssuer && scopes is [] && claims.Sub.StartsWith(TokenSigner.SharePrefix, StringComparison.Ordinal)
                && Guid.TryParseExact(claims.Sub.AsSpan(TokenSigner.SharePrefix.Length), "D", out var shareId)
                ? new Identity(claims.Iss, new Caller(
                    share.Owner, shareId, new HashSet<string>(), claims.Wallets?.ToHashSet(),
                    new(share.Label, share.ShowsAmounts, share.ExpiresAt)))
                : null;
        }

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

using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace ServiceDefaults;

/// <summary>Signs this service's tokens: ES256, valid for 60 s.</summary>
public sealed class TokenSigner : IDisposable
{
    internal const int LifetimeSeconds = 60;
    internal const string SharePrefix = "share:";
    private readonly string issuer;
    private readonly TimeProvider time;
    private readonly ECDsaSecurityKey signingKey;

    /// <param name="issuer">This service's name.</param>
    /// <param name="privateKey">Base64 of a PKCS#8 private key on P-256.</param>
    /// <param name="time">The clock that tokens are dated by.</param>
    public TokenSigner(string issuer, string privateKey, TimeProvider time)
    {
        (this.issuer, this.time) = (issuer, time);
        Key.ImportPkcs8PrivateKey(Convert.FromBase64String(privateKey), out _);
        PublicKey = PublicKey.Of(Key);
        // Its own: the shared one keeps what signs by the name of the key, and so hands out a key that another signer has disposed of.
        signingKey = new ECDsaSecurityKey(Key) { KeyId = PublicKey.Kid, CryptoProviderFactory = new CryptoProviderFactory() };
    }

    internal ECDsa Key { get; } = ECDsa.Create();

    internal PublicKey PublicKey { get; }

    /// <summary>Vouches for a person before one service. Services believe this of the gateway only.</summary>
    public string ForUser(Caller caller, string service)
    {
        Guid[]? wallets = caller.Wallets is { } some ? [.. some] : null;
        // Of nobody, so that a service of a release before, which knows no shares, does not take them for their owner.
        return caller.Share is { } share
            ? Sign(service, SharePrefix + caller.KeyId, "", null, wallets, null, new(caller.UserId, share.Label, share.ShowsAmounts, share.ExpiresAt))
            : Sign(service, caller.UserId.ToString(), string.Join(' ', caller.Scopes), caller.KeyId, wallets);
    }

    /// <summary>The same for an audience that is no service, of somebody whose proof ends some time.</summary>
    internal string ForTicket(Caller caller, string audience, DateTimeOffset? until) => Sign(audience, caller.UserId.ToString(),
        string.Join(' ', caller.Scopes), caller.KeyId, null, until?.ToUnixTimeSeconds());

    /// <summary>Says to one service that this one itself is calling.</summary>
    public string ForService(string service) => Sign(service, $"service:{issuer}", Scopes.Internal, null, null);

    // Whom it is shown to can do nothing with it at another service (RFC 7519 section 4.1.3).
    private string Sign(string audience, string subject, string scope, Guid? keyId, IReadOnlyList<Guid>? wallets, long? until = null,
        Jwt.Shared? share = null)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        return Jwt.Sign(new Jwt.Claims(issuer, subject, audience, now, now + LifetimeSeconds, scope, keyId, wallets, until, share), signingKey);
    }

    /// <inheritdoc/>
    public void Dispose() => Key.Dispose();
}

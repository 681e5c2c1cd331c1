namespace ServiceDefaults;

/// <summary>
/// Tickets stand for a person for a minute where a client can send no header, as a browser's WebSocket: signed by the service that
/// makes them and good only there, at any replica that has its key. Which wallets a key is for stays with the key, which is looked up.
/// </summary>
public sealed class Tickets(TokenSigner signer, TimeProvider time) : IDisposable
{
    // No service's name, so no service takes a ticket for a token, and none of their tokens is a ticket.
    private const string Audience = "tickets";
    private readonly Microsoft.IdentityModel.Tokens.ECDsaSecurityKey key = signer.PublicKey.ToKey()!;

    /// <summary>A ticket for a person, and when it ends.</summary>
    public (string Text, DateTimeOffset ExpiresAt) Issue(Caller caller) =>
        (signer.ForUser(caller with { Wallets = null }, Audience),
            DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds() + TokenSigner.LifetimeSeconds));

    /// <summary>Whom a ticket stands for, but for the limits of the key; null where it is none of ours, or not of now.</summary>
    public async ValueTask<Caller?> ReadAsync(string text)
    {
        if (Jwt.Read(text) is not { } unverified || unverified.KeyId != key.KeyId || !await unverified.IsSignedBy(key, [Audience])) return null;
        var (claims, now) = (unverified.Claims, time.GetUtcNow().ToUnixTimeSeconds());
        // Clocks of replicas may differ a little; the end is not stretched by it.
        if (claims.Exp <= now || claims.Iat > now + TokenSigner.LifetimeSeconds || claims.Exp - claims.Iat > TokenSigner.LifetimeSeconds) return null;
        if (!Guid.TryParseExact(claims.Sub, "D", out var user) || claims.Key is not { } keyId) return null;
        return new(user, keyId, claims.Scope.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet(), null);
    }

    /// <inheritdoc/>
    public void Dispose() => key.ECDsa.Dispose();
}

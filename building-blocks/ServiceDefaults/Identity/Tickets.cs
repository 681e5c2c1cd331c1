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

    /// <summary>A ticket for a person, whose own proof ends some time or never, and until when it opens anything.</summary>
    public (string Text, DateTimeOffset ExpiresAt) Issue(Caller caller, DateTimeOffset? until) =>
        (signer.ForTicket(caller, Audience, until),
            DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds() + TokenSigner.LifetimeSeconds));

    /// <summary>
    /// Whom a ticket stands for, but for the limits of the key, and when the holder's own proof ends; null where it is none of ours, or not
    /// of now.
    /// </summary>
    public async ValueTask<(Caller Holder, DateTimeOffset? Until)?> ReadAsync(string text)
    {
        if (Jwt.Read(text) is not { } unverified || unverified.KeyId != key.KeyId || !await unverified.IsSignedBy(key, [Audience])) return null;
        var (claims, now) = (unverified.Claims, time.GetUtcNow().ToUnixTimeSeconds());
        // Clocks of replicas may differ a little; the end is not stretched by it.
        if (claims.Exp <= now || claims.Iat > now + TokenSigner.LifetimeSeconds || claims.Exp - claims.Iat > TokenSigner.LifetimeSeconds) return null;
        if (!Guid.TryParseExact(claims.Sub, "D", out var user) || claims.Key is not { } keyId) return null;
        return (new(user, keyId, claims.Scope.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet(), null),
            claims.Until is { } until ? DateTimeOffset.FromUnixTimeSeconds(until) : null);
    }

    /// <inheritdoc/>
    public void Dispose() => key.ECDsa.Dispose();
}

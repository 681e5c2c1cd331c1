using System.Diagnostics;
using EventSourcing;

namespace Wallets;

internal abstract record ApiKeyEvent : WalletsEvent
{
    private ApiKeyEvent() { }

    /// <summary><paramref name="Hash"/> is all that is kept of the secret; no <paramref name="WalletIds"/> means all of the user's wallets.</summary>
    public sealed record ApiKeyCreated(
        Guid KeyId, Guid UserId, string Label, string Hash, IReadOnlyList<string> Scopes, IReadOnlyList<Guid>? WalletIds,
        DateTimeOffset? ExpiresAt, DateTimeOffset At) : ApiKeyEvent;

    /// <summary>Another key took this one's place; this one is good until <paramref name="ExpiresAt"/> only.</summary>
    public sealed record ApiKeyRotated(Guid KeyId, Guid NextKeyId, DateTimeOffset ExpiresAt, DateTimeOffset At) : ApiKeyEvent;

    /// <summary>A key that nobody was shown: somebody logged in with the key, or the link, <paramref name="SessionOf"/>.</summary>
    public sealed record SessionBegun(
        Guid KeyId, Guid UserId, string Hash, IReadOnlyList<string> Scopes, IReadOnlyList<Guid>? WalletIds, Guid SessionOf,
        DateTimeOffset ExpiresAt, DateTimeOffset At) : ApiKeyEvent;

    /// <summary>They logged out.</summary>
    public sealed record SessionEnded(Guid KeyId, DateTimeOffset At) : ApiKeyEvent;

    public sealed record ApiKeyRevoked(Guid KeyId, DateTimeOffset At) : ApiKeyEvent;
}

internal enum ApiKeyStatus
{
    Missing,
    Active,
    Revoked,
}

/// <summary>What a client proves itself with: as it was made, which no session was, and when it ends since it was rotated.</summary>
internal sealed record ApiKey(Guid Id, Guid UserId, ApiKeyStatus Status, ApiKeyEvent.ApiKeyCreated? Made = null, DateTimeOffset? RotatedUntil = null)
    : IAggregate<ApiKey, ApiKeyEvent>
{
    public static string Category => "api-key";

    public static ApiKey Initial { get; } = new(Guid.Empty, Guid.Empty, ApiKeyStatus.Missing);

    public bool IsSession => Status is not ApiKeyStatus.Missing && Made is null;

    public static ApiKey Evolve(ApiKey state, ApiKeyEvent @event) => @event switch
    {
        ApiKeyEvent.ApiKeyCreated e => new(e.KeyId, e.UserId, ApiKeyStatus.Active, e),
        ApiKeyEvent.ApiKeyRotated e => state with { RotatedUntil = e.ExpiresAt },
        ApiKeyEvent.SessionBegun e => new(e.KeyId, e.UserId, ApiKeyStatus.Active),
        ApiKeyEvent.ApiKeyRevoked or ApiKeyEvent.SessionEnded => state with { Status = ApiKeyStatus.Revoked },
        _ => throw new UnreachableException($"ApiKey does not know {@event.GetType().Name}."),
    };
}

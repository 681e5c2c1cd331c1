using System.Diagnostics;
using EventSourcing;

namespace Wallets;

internal abstract record LoginLinkEvent : WalletsEvent
{
    private LoginLinkEvent() { }

    /// <summary><paramref name="Hash"/> is all that is kept of the link's secret.</summary>
    public sealed record LoginLinkMade(Guid LinkId, Guid UserId, string Hash, DateTimeOffset ExpiresAt, DateTimeOffset At) : LoginLinkEvent;

    public sealed record LoginLinkUsed(Guid LinkId, Guid SessionId, DateTimeOffset At) : LoginLinkEvent;
}

/// <summary>What lets a user in once, for some minutes, without a key.</summary>
internal sealed record LoginLink(Guid Id, Guid UserId, DateTimeOffset ExpiresAt = default, bool IsUsed = false)
    : IAggregate<LoginLink, LoginLinkEvent>
{
    public static string Category => "login-link";

    public static LoginLink Initial { get; } = new(Guid.Empty, Guid.Empty);

    public static LoginLink Evolve(LoginLink state, LoginLinkEvent @event) => @event switch
    {
        LoginLinkEvent.LoginLinkMade e => new(e.LinkId, e.UserId, e.ExpiresAt),
        LoginLinkEvent.LoginLinkUsed => state with { IsUsed = true },
        _ => throw new UnreachableException($"LoginLink does not know {@event.GetType().Name}."),
    };
}

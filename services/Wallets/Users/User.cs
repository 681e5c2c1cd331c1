using System.Diagnostics;
using EventSourcing;

namespace Wallets;

internal abstract record UserEvent : WalletsEvent
{
    private UserEvent() { }

    public sealed record UserCreated(Guid UserId, string Email, bool Admin, DateTimeOffset At) : UserEvent;

    /// <summary>No key of the user's is good from then on; what is theirs stays, and is followed as before.</summary>
    public sealed record UserDisabled(Guid UserId, DateTimeOffset At) : UserEvent;

    public sealed record UserEnabled(Guid UserId, DateTimeOffset At) : UserEvent;
}

/// <summary>Someone whose wallets these are; an administrator's own key shows no one else's wallets, but they may make a key for anybody,
/// and so are trusted with all of it.</summary>
internal sealed record User(Guid Id, string Email, bool IsAdmin, DateTimeOffset CreatedAt = default, DateTimeOffset? DisabledAt = null)
    : IAggregate<User, UserEvent>
{
    public static string Category => "user";

    public static User Initial { get; } = new(Guid.Empty, "", false);

    public bool Exists => Id != Guid.Empty;

    public static User Evolve(User state, UserEvent @event) => @event switch
    {
        UserEvent.UserCreated e => new(e.UserId, e.Email, e.Admin, e.At),
        UserEvent.UserDisabled e => state with { DisabledAt = e.At },
        UserEvent.UserEnabled => state with { DisabledAt = null },
        _ => throw new UnreachableException($"User does not know {@event.GetType().Name}."),
    };
}

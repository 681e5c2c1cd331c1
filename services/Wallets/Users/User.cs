using System.Diagnostics;
using EventSourcing;

namespace Wallets;

internal abstract record UserEvent
{
    private UserEvent() { }

    public sealed record UserCreated(Guid UserId, string Email, bool Admin, DateTimeOffset At) : UserEvent;
}

/// <summary>Someone whose wallets these are; an administrator may make users and keys, but sees no one else's wallets.</summary>
internal sealed record User(Guid Id, string Email, bool IsAdmin) : IAggregate<User, UserEvent>
{
    public static string Category => "user";

    public static User Initial { get; } = new(Guid.Empty, "", false);

    public bool Exists => Id != Guid.Empty;

    public static User Evolve(User state, UserEvent @event) => @event switch
    {
        UserEvent.UserCreated e => new(e.UserId, e.Email, e.Admin),
        _ => throw new UnreachableException($"User does not know {@event.GetType().Name}."),
    };
}

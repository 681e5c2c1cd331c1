using System.Text.Json.Serialization;
using ServiceDefaults;

namespace Wallets;

/// <summary>
/// Who did something: a user by one of their keys or, without one, by a token of an identity provider; neither is there where it
/// was one of the service's commands on the machine.
/// </summary>
internal sealed record Actor(Guid? UserId, Guid? KeyId)
{
    public static Actor Command { get; } = new(null, null);

    // Who comes with a token of an identity provider has no key; the gateway names the user again in its place.
    public static Actor Of(Caller caller) => new(caller.UserId, caller.KeyId == caller.UserId ? null : caller.KeyId);
}

/// <summary>What is kept of an erased wallet: whose it was, and by which event, when and by whom it was deleted.</summary>
internal sealed record Deletion(Guid EventId, Guid OwnerId, DateTimeOffset At, Actor? By);

/// <summary>What all stored events of this service have in common.</summary>
internal abstract record WalletsEvent
{
    /// <summary>Who did it; null in events from before this was recorded, and in what the service does by itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Actor? By { get; init; }
}

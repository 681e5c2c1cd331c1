using System.Text.Json.Serialization;

namespace Portfolio.Feed;

/// <summary>
/// What a user is told as it happens. Each kind is a stored event of the user's stream <c>feed-{user}</c>; its version there is its
/// sequence number. A fact is told once: its event id is the fact's name.
/// </summary>
internal abstract partial record FeedMessage
{
    /// <summary>The category of the streams.</summary>
    public const string Category = "feed";

    /// <summary>The wallet it is about; null where it is about none or all.</summary>
    public abstract Guid? WalletId { get; init; }

    /// <summary>When it happened, as far as is known; not when it was told.</summary>
    public abstract DateTimeOffset OccurredAt { get; init; }
}

using System.ComponentModel;
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
    public Guid? WalletId { get; init; }

    /// <summary>When it happened, as far as is known; not when it was told.</summary>
    public DateTimeOffset OccurredAt { get; init; }

    /// <summary>Its wallet was deleted: its number and its kind are all that is left of it, whatever else it says.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    [Description("True where the wallet was deleted since: the number stays, so that no gap is seen, and nothing else is left.")]
    public bool Redacted { get; init; }
}

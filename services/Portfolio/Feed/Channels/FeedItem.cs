using System.ComponentModel;
using System.Text.Json;
using EventSourcing;

namespace Portfolio.Feed.Channels;

/// <summary>A message as every channel brings it.</summary>
[Description("A message of the feed, the same on every channel.")]
public sealed record EventView(
    [property: Description("Its number in the user's feed, counted from 1 without a gap.")] long Seq,
    [property: Description("The same wherever and however often the message comes; what was told before a restored backup and is told anew has " +
        "its id again.")] Guid Id,
    [property: Description("What kind of message it is.")] string Type,
    [property: Description("The wallet it is about; null where it is about none in particular.")] Guid? WalletId,
    [property: Description("When it happened, as far as is known; not when it was told.")] DateTimeOffset OccurredAt,
    [property: Description("Where it stands, as `epoch:seq`: go on after it with `after`.")] string Position,
    [property: Description("What it says, by its type; `/asyncapi/v1.json` has the schemas.")] JsonElement Data);

/// <summary>A stored message with its envelope, which is written once for all who get it.</summary>
internal sealed class FeedItem(StoredEvent stored, FeedMessage message, long epoch)
{
    // All that is left of a message about a wallet that was deleted since.
    private static readonly JsonElement Redacted = JsonElement.Parse("""{"redacted":true}""");

    private readonly FeedType type = FeedTypes.Of(message);
    private byte[]? json;

    public long Seq => stored.Version;

    public FeedPosition Position => new(epoch, stored.Version);

    public string Type => type.Name;

    public Guid? WalletId => message.Redacted ? null : message.WalletId;

    /// <summary>The address it is about, if it is about one.</summary>
    public string? Address => message.Redacted ? null : type.Address?.GetValue(message) as string;

    /// <summary>When it was stored.</summary>
    public DateTimeOffset StoredAt => stored.Timestamp;

    public EventView View => message.Redacted
        ? new(stored.Version, stored.Id, type.Name, null, stored.Timestamp, Position.ToString(), Redacted)
        : new(stored.Version, stored.Id, type.Name, message.WalletId, message.OccurredAt, Position.ToString(),
            JsonSerializer.SerializeToElement(message, type.Type, FeedTypes.Json));

    /// <summary>The envelope. Two who ask at once may both write it; it is the same.</summary>
    public byte[] Json => json ??= JsonSerializer.SerializeToUtf8Bytes(View, FeedTypes.Json);
}

using System.Text.Json;
using EventSourcing;
using Portfolio.Feed;
using Portfolio.Feed.Channels;

namespace Portfolio.Webhooks;

/// <summary>Reads the messages that are sent, each as every other channel brings it.</summary>
internal sealed class WebhookMessages(EventStore store, FeedReader reader)
{
    /// <summary>A message by its number; null where another one has it, or where its wallet was deleted.</summary>
    public async Task<FeedItem?> FindAsync(Guid user, long seq, Guid eventId, CancellationToken ct)
    {
        var found = await store.ReadStreamAsync(FeedReader.StreamOf(user), seq - 1, 1, ct);
        if (found is not [{ Data: FeedMessage { Redacted: false } message } stored] || stored.Version != seq || stored.Id != eventId) return null;
        return new FeedItem(stored, message, await reader.EpochAsync(ct));
    }

    /// <summary>The body that is posted.</summary>
    public async Task<string?> BodyAsync(Guid user, long seq, Guid eventId, CancellationToken ct) =>
        await FindAsync(user, seq, eventId, ct) is { } item ? JsonSerializer.Serialize(item.View, FeedTypes.Json) : null;
}

using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;

namespace Portfolio.Feed.Channels;

/// <summary>
/// A user's feed from a position on, for one client: first what is stored, then what comes, joined by number so that nothing is left
/// out and nothing comes twice. Where the numbers mean other messages than before, the client is told so.
/// </summary>
internal sealed class FeedStream(FeedReader reader, FeedHub hub, TimeProvider clock, IOptions<FeedOptions> options)
{
    /// <summary>Reads one client's feed. <paramref name="place"/> says all the time how far it is.</summary>
    public async IAsyncEnumerable<FeedSignal> ReadAsync(
        Guid user, FeedFilter filter, FeedPosition? after, FeedPlace place, [EnumeratorCancellation] CancellationToken ct)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            using var subscription = await hub.SubscribeAsync(user, ct);
            var start = await reader.StartAsync(user, after, ct);
            place.Position = start.Position;
            if (start.Reset is { } reason)
            {
                PortfolioMetrics.FeedResets.Add(1, new KeyValuePair<string, object?>("reason", reason));
                yield return new FeedSignal.Reset(start.Position, reason);
            }
            else if (isFirst)
            {
                yield return new FeedSignal.Ready(start.Position);
            }

            var isWhole = true;
            await foreach (var item in StoredAsync(user, start.Position, long.MaxValue, ct))
            {
                if (!(isWhole = place.Precedes(item))) break;
                if (filter.Takes(item)) yield return new FeedSignal.Message(item);
                place.Position = item.Position;
            }

            while (isWhole && await subscription.Newest.WaitToReadAsync(ct))
            {
                while (isWhole && subscription.Newest.TryRead(out var item))
                {
                    if (item.Seq <= place.Position.Seq) continue;
                    if (!place.Precedes(item))
                    {
                        // It was too slow for the hub's buffer.
                        await foreach (var missed in StoredAsync(user, place.Position, item.Seq - 1, ct))
                        {
                            if (!(isWhole = place.Precedes(missed))) break;
                            if (filter.Takes(missed)) yield return new FeedSignal.Message(missed);
                            place.Position = missed.Position;
                        }

                        if (!(isWhole = place.Precedes(item))) break;
                    }

                    if (filter.Takes(item))
                    {
                        PortfolioMetrics.FeedLag.Record(Math.Max(0, (clock.GetUtcNow() - item.StoredAt).TotalSeconds));
                        yield return new FeedSignal.Message(item);
                    }

                    place.Position = item.Position;
                }
            }

            // The log was restored, or what should come next is no longer kept: where it goes on is decided anew.
            after = place.Position;
        }
    }

    // To the stream's end, or up to a number; what is appended meanwhile is read too.
    private async IAsyncEnumerable<FeedItem> StoredAsync(Guid user, FeedPosition after, long upTo, [EnumeratorCancellation] CancellationToken ct)
    {
        var size = Math.Min(FeedReader.PageSize, options.Value.Buffered);
        while (after.Seq < upTo)
        {
            var page = await reader.ReadAsync(user, after, (int)Math.Min(size, upTo - after.Seq), ct);
            foreach (var item in page) yield return item;
            if (page.Count < size) yield break;
            after = page[^1].Position;
        }
    }
}

/// <summary>How far a client is.</summary>
internal sealed class FeedPlace
{
    private volatile FeedPosition? position;

    /// <summary>After the last message that it has taken, or that was none for it; null before its stream has begun.</summary>
    public FeedPosition? Reached => position;

    /// <summary>The same of a stream that has begun.</summary>
    public FeedPosition Position
    {
        get => position ?? throw new InvalidOperationException("The stream has not begun, so nobody knows how far it is.");
        set => position = value;
    }

    /// <summary>Whether nothing is between the place and a message.</summary>
    public bool Precedes(FeedItem item) => item.Seq == Position.Seq + 1;
}

/// <summary>What a channel brings its client.</summary>
internal abstract record FeedSignal
{
    private FeedSignal() { }

    /// <summary>The stream begins after this position.</summary>
    public sealed record Ready(FeedPosition Position) : FeedSignal;

    /// <summary>The client's position is none of the feed; the stream goes on after this one.</summary>
    public sealed record Reset(FeedPosition Position, string Reason) : FeedSignal;

    public sealed record Message(FeedItem Item) : FeedSignal;
}

using System.Threading.Channels;

namespace Portfolio.Feed.Channels;

/// <summary>
/// What the hub has for one reader of a user's feed: the newest messages, a bounded number of them. A reader that is slower finds a
/// gap and reads it from the stream, so nothing is kept for it here.
/// </summary>
internal sealed class FeedSubscription(Guid user, int capacity, Action<FeedSubscription> leave) : IDisposable
{
    private readonly Channel<FeedItem> newest = Channel.CreateBounded<FeedItem>(new BoundedChannelOptions(capacity)
    {
        // The newest is always there, so a gap is always seen.
        FullMode = BoundedChannelFullMode.DropOldest,
        SingleReader = true,
        SingleWriter = true,
    });

    public Guid User => user;

    /// <summary>The messages as they are stored, in order, with gaps where the reader was too slow. Ends when the log was restored.</summary>
    public ChannelReader<FeedItem> Newest => newest.Reader;

    public void Offer(FeedItem item) => newest.Writer.TryWrite(item);

    /// <summary>The numbers mean other messages from now on: whoever reads begins anew.</summary>
    public void EndEpoch() => newest.Writer.TryComplete();

    public void Dispose() => leave(this);
}

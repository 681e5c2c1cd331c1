using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace Portfolio.Feed.Channels;

/// <summary>How many streams each key has open here.</summary>
internal sealed class OpenStreams(IOptions<FeedOptions> options)
{
    public const string Sse = "sse";
    public const string WebSocket = "websocket";

    private readonly ConcurrentDictionary<Guid, int> open = new();

    /// <summary>How many a key has.</summary>
    public int Of(Guid key) => open.GetValueOrDefault(key);

    /// <summary>Counts one more, until it is disposed; null where the key has as many as it may.</summary>
    public IDisposable? Open(Guid key, string channel)
    {
        if (open.AddOrUpdate(key, 1, (_, count) => count + 1) > options.Value.StreamsPerKey)
        {
            Leave(key);
            return null;
        }

        PortfolioMetrics.FeedClients.Add(1, new KeyValuePair<string, object?>("channel", channel));
        return new One(this, key, channel);
    }

    private void Leave(Guid key)
    {
        if (open.AddOrUpdate(key, 0, (_, count) => count - 1) == 0) open.TryRemove(KeyValuePair.Create(key, 0));
    }

    private sealed class One(OpenStreams all, Guid key, string channel) : IDisposable
    {
        public void Dispose()
        {
            all.Leave(key);
            PortfolioMetrics.FeedClients.Add(-1, new KeyValuePair<string, object?>("channel", channel));
        }
    }
}

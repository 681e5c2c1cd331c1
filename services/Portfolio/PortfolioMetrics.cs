using System.Diagnostics.Metrics;
using Metrics;
using Portfolio.Feed.Channels;

namespace Portfolio;

/// <summary>What the service tells of itself.</summary>
internal static class PortfolioMetrics
{
    public static readonly MetricCatalogue Catalogue = new("Portfolio");

    private static readonly Label Channel = Label.Of("channel", OpenStreams.Sse, OpenStreams.WebSocket);

    // The feed on its way to clients.
    public static readonly UpDownCounter<long> FeedClients =
        Catalogue.UpDownCounter("portfolio.feed.clients", "Streams that clients have open at this process.", [Channel]);

    public static readonly Counter<long> FeedSent = Catalogue.Counter("portfolio.feed.sent", "Messages sent to clients.", [Channel]);

    public static readonly Counter<long> FeedResets = Catalogue.Counter("portfolio.feed.resets",
        "Clients told that their position is none of the feed.", [Label.Of("reason", [.. Feed.Channels.FeedResets.All])]);

    public static readonly Counter<long> FeedSlowCloses =
        Catalogue.Counter("portfolio.feed.slow_closes", "Streams closed because their client took nothing of what was sent.", [Channel]);

    public static readonly Counter<long> FeedRefused =
        Catalogue.Counter("portfolio.feed.refused", "Streams refused because their key has as many open as it may.", [Channel]);

    public static readonly Histogram<double> FeedLag = Catalogue.Histogram("portfolio.feed.lag",
        "From a message's storing to its sending to a client that follows.", "s", [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60]);
}

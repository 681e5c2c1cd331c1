using EventSourcing;
using Metrics;
using Portfolio.Deposits;
using Portfolio.Exports;
using Portfolio.Feed;
using Portfolio.Feed.Channels;
using System.Diagnostics.Metrics;

namespace Portfolio;

/// <summary>What the service tells of itself.</summary>
internal static class PortfolioMetrics
{
    public static readonly MetricCatalogue Catalogue = new("Portfolio");

    private static readonly Label Channel = Label.Of("channel", OpenStreams.Sse, OpenStreams.WebSocket);

    public static readonly Counter<long> Shared = Catalogue.Counter("portfolio.shared", "Looks at what somebody shares.",
        [Label.Of("kind", Sharing.SharedPortfolio.Amounts, Sharing.SharedPortfolio.Percentages)]);

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

    public static readonly UpDownCounter<long> ExportsRunning =
        Catalogue.UpDownCounter("portfolio.exports.running", "Exports that are being written.");

    public static readonly Counter<long> Exports = Catalogue.Counter("portfolio.exports.ended",
        "Exports that were written to their end, or broke off.", [Label.Of("outcome", "whole", "broken")]);

    public static readonly Counter<long> ExportRows = Catalogue.Counter("portfolio.exports.rows",
        "Transactions written into exports.", [Label.Of("format", [.. ExportFormats.All])]);

    public static readonly Counter<long> Told = Catalogue.Counter("portfolio.feed.messages", "Messages told to users, by their type.",
        [Label.Of("type", [.. EventTypes.Of(typeof(FeedMessage)).Aliases])]);

    public static readonly Gauge<long> Waiting = Catalogue.Gauge<long>("portfolio.feed.waiting",
        "Transactions, balances and facts that may have to be told and were not looked at yet; every process tells the same of all.");

    public static readonly Gauge<double> Oldest = Catalogue.Gauge<double>("portfolio.feed.age",
        "Since when the one of them waits that waits longest; 0 where none does.", unit: "s");

    public static readonly Counter<long> Failures = Catalogue.Counter(
        "portfolio.feed.failures", "Rounds of the announcer that failed and were tried again.");

    public static readonly Counter<long> Redacted = Catalogue.Counter(
        "portfolio.feed.redacted", "Messages emptied because their wallet was deleted.");

    public static readonly Gauge<long> OpenDeposits = Catalogue.Gauge<long>("portfolio.deposits.open",
        "Deposits that are not settled; every process tells the same of all.", [Label.Of("status", DepositStatus.Pending, DepositStatus.Processing)]);

    public static readonly Gauge<long> Importing = Catalogue.Gauge<long>("portfolio.deposits.importing",
        "Addresses whose history is read or not made into deposits yet; every process tells the same of all.");
}

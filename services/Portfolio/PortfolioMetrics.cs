using System.Diagnostics.Metrics;
using EventSourcing;
using Metrics;
using Portfolio.Deposits;
using Portfolio.Feed;

namespace Portfolio;

/// <summary>What the service tells of itself.</summary>
internal static class PortfolioMetrics
{
    public static readonly MetricCatalogue Catalogue = new("Portfolio");

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

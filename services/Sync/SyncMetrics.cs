using System.Diagnostics.Metrics;
using Metrics;

namespace Sync;

/// <summary>What the service tells of itself.</summary>
internal static class SyncMetrics
{
    public static readonly MetricCatalogue Catalogue = new("Sync");

    private static readonly Label Network = Label.Bounded("network", "the networks at `Chains`");
    private static readonly Label Provider = Label.Bounded("provider", "the providers of the network");
    private static readonly Label Priority = Label.Of("priority", [.. SyncQueues.Priorities]);
    private static readonly Label Failure =
        Label.Of("failure", "RateLimited", "Unavailable", "BadAnswer", "Contradiction", "Behind", "OutOfReach");

    // Runs and what waits for one.
    public static readonly Counter<long> Runs = Catalogue.Counter("sync.runs", "Sync runs of wallets that ended, as they are listed.",
        [Label.Of("trigger", "import", "requested", "block", "scheduled"), Label.Of("outcome", "completed", "failed", "cancelled")]);

    public static readonly Gauge<long> QueueLength = Catalogue.Gauge<long>("sync.queue.length",
        "Addresses whose next try is due and that nobody reads yet; every process tells the same of all.", [Network, Priority]);

    public static readonly Gauge<double> QueueAge = Catalogue.Gauge<double>("sync.queue.age",
        "Since when the one of them is due that waits longest; 0 where none does.", [Network, Priority], "s");

    public static readonly Gauge<long> Deferred = Catalogue.Gauge<long>("sync.deferred",
        "Addresses that failed and wait for the time of their next try; every process tells the same of all.", [Network]);

    public static readonly Histogram<double> TimeToVerified = Catalogue.Histogram("sync.time_to_verified",
        "From an address's import to its first verdict, where that is `verified`.", "s",
        [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900, 3600, 14400, 86400], [Network]);

    // Slices and what they read.
    public static readonly Counter<long> Slices =
        Catalogue.Counter("sync.slices", "Slices ended.", [Label.Of("outcome", "More", "Done", "Deferred", "Failed")]);

    public static readonly Histogram<double> SliceDuration = Catalogue.Histogram(
        "sync.slice.duration", "How long slices took.", "s", [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80]);

    public static readonly Counter<long> SliceFailures =
        Catalogue.Counter("sync.slice.failures", "Slices that had to wait for a provider.", [Network, Failure]);

    public static readonly Counter<long> Pages = Catalogue.Counter("sync.pages", "Pages of history fetched.", [Network]);

    public static readonly Counter<long> PagesApart =
        Catalogue.Counter("sync.pages.apart", "Pages that did not adjoin the one before and were asked again.", [Network]);

    public static readonly Counter<long> Transactions = Catalogue.Counter("sync.transactions", "Transactions found and stored.", [Network]);

    // Whether what was read is true.
    public static readonly Counter<long> Mismatches = Catalogue.Counter("sync.mismatches", "Reconciliations that ended in a mismatch.", [Network]);

    public static readonly Counter<long> Contradictions = Catalogue.Counter(
        "sync.provider.contradictions", "What a provider told turned out to be untrue.", [Network, Provider]);

    public static readonly Counter<long> Disputed = Catalogue.Counter(
        "sync.transactions.disputed", "Known transactions that a later reading disagrees with.", [Network, Provider]);

    public static readonly Counter<long> AssetsRenamed = Catalogue.Counter(
        "sync.assets.renamed", "Descriptions of assets on pages that differ from the ones kept.", [Network, Provider]);

    public static readonly Counter<long> CrossChecks = Catalogue.Counter("sync.cross_checks",
        "Addresses compared with a second provider, this one.", [Network, Provider, Label.Of("outcome", "agrees", "differs")]);

    // Blocks that are followed, and what waits for one.
    public static readonly Gauge<long> FollowerHeight =
        Catalogue.Gauge<long>("sync.follower.height", "The last block that the network's follower is done with; told by who follows.", [Network]);

    public static readonly Gauge<long> FollowerTip =
        Catalogue.Gauge<long>("sync.follower.tip", "The tip that a provider told the follower last; told by who follows.", [Network]);

    public static readonly Gauge<double> FollowerAge = Catalogue.Gauge<double>("sync.follower.age",
        "Since when the follower has taken no block; every process tells the same.", [Network], "s");

    public static readonly Gauge<double> FollowerBehind = Catalogue.Gauge<double>("sync.follower.behind",
        "Since when the follower was not known to stand at a provider's tip; every process tells the same.", [Network], "s");

    public static readonly Gauge<int> FollowerLate = Catalogue.Flag("sync.follower.late",
        "1 while the follower is late, so that addresses are checked at the usual pace; every process tells the same.", [Network]);

    public static readonly Counter<long> BlocksFollowed = Catalogue.Counter("sync.follower.blocks",
        "Blocks taken, by how: read; left unread for checks of every address, which cost less; passed over for want of somebody who tells " +
        "them, with every address checked; or only noted as a tip.", [Network, Label.Of("way", "scanned", "asked", "passed", "reorganised", "tip")]);

    public static readonly Counter<long> ChecksByBlocks =
        Catalogue.Counter("sync.follower.checks", "Checks of addresses that blocks or the mempool touched.", [Network]);

    public static readonly Counter<long> FollowerFailures =
        Catalogue.Counter("sync.follower.failures", "Looks at the tip, or through the mempool, that had to be given up.",
            [Network, Label.Of("kind", "tip", "mempool")]);

    public static readonly Histogram<double> ReorganisationDepth = Catalogue.Histogram("sync.follower.reorganisation_depth",
        "How many blocks of those followed a reorganisation took out of the chain.", null, [1, 2, 3, 6, 10, 20, 50, 100, 500], [Network]);

    public static readonly Counter<long> PushSilences = Catalogue.Counter("sync.follower.push_silences",
        "Times a feed of new blocks said nothing while there were some, and was opened anew.", [Network, Provider]);

    public static readonly Counter<long> PendingTransactions = Catalogue.Counter("sync.pending_transactions",
        "Transactions that waited for a block, by what became of them.",
        [Network, Label.Of("outcome", "seen", "observed", "replaced", "dropped")]);

    // Providers and what they may be asked.
    public static readonly ProviderMetrics Providers = new(Catalogue, "sync.provider", Provider, Network);

    public static readonly Counter<long> ProviderSwitches = Catalogue.Counter("sync.provider.switches",
        "Rounds in which another provider had to go on, by the one given up.", [Network, Provider, Failure]);

    public static readonly Counter<long> CacheLookups = Catalogue.Counter("sync.cache.lookups", "Answers looked for in the cache.",
        [Label.Of("kind", "summary", "page", "transaction", "block", "refusal"), Label.Of("outcome", "hit", "miss")]);
}

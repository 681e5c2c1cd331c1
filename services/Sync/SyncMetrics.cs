using System.Diagnostics.Metrics;

namespace Sync;

internal static class SyncMetrics
{
    private static readonly Meter Meter = new("Sync");

    public static readonly Counter<long> Slices = Meter.CreateCounter<long>("sync.slices", description: "Slices ended, by network and outcome.");
    public static readonly Histogram<double> SliceDuration = Meter.CreateHistogram<double>("sync.slice.duration", "s", "How long slices took.");
    public static readonly Counter<long> SliceFailures =
        Meter.CreateCounter<long>("sync.slice.failures", description: "Slices that had to wait for a provider, by failure.");
    public static readonly Counter<long> ProviderSwitches =
        Meter.CreateCounter<long>("sync.provider.switches",
            description: "Rounds in which another provider had to go on, by network, provider given up and failure.");
    public static readonly Counter<long> Pages = Meter.CreateCounter<long>("sync.pages", description: "Pages of history fetched.");
    public static readonly Counter<long> PagesApart =
        Meter.CreateCounter<long>("sync.pages.apart", description: "Pages that did not adjoin the one before and were asked again.");
    public static readonly Counter<long> Transactions = Meter.CreateCounter<long>("sync.transactions", description: "Transactions found and stored.");
    public static readonly Counter<long> AssetsRenamed =
        Meter.CreateCounter<long>("sync.assets.renamed",
            description: "Descriptions of assets on pages that differ from the ones kept, by network and provider.");
    public static readonly Counter<long> Disputed =
        Meter.CreateCounter<long>("sync.transactions.disputed",
            description: "Known transactions that a later reading disagrees with, by network and provider.");
    public static readonly Counter<long> Contradictions =
        Meter.CreateCounter<long>("sync.provider.contradictions",
            description: "What a provider told turned out to be untrue, by network and provider.");
    public static readonly Counter<long> CrossChecks =
        Meter.CreateCounter<long>("sync.cross_checks",
            description: "Addresses compared with a second provider, by network, that provider and outcome.");
    public static readonly Counter<long> Mismatches =
        Meter.CreateCounter<long>("sync.mismatches", description: "Reconciliations that ended in a mismatch.");
}

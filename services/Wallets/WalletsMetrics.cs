using System.Diagnostics.Metrics;
using Metrics;

namespace Wallets;

/// <summary>What the service tells of itself.</summary>
internal static class WalletsMetrics
{
    public static readonly MetricCatalogue Catalogue = new("Wallets");

    public static readonly Counter<long> Erased = Catalogue.Counter("wallets.erasures.completed", "Deleted wallets of which nothing is left.");

    public static readonly Counter<long> Postponed =
        Catalogue.Counter("wallets.erasures.postponed", "Times a deleted wallet had to wait for a service.");

    public static readonly Gauge<long> Waiting =
        Catalogue.Gauge<long>("wallets.erasures.waiting", "Deleted wallets that some service has not yet let go.");

    public static readonly Gauge<double> Oldest = Catalogue.Gauge<double>(
        "wallets.erasures.age", "Since when the longest deleted of them waits; 0 where none does.", unit: "s");
}

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

    public static readonly Counter<long> ImportFiles = Catalogue.Counter(
        "wallets.imports.files", "Tables of addresses that were sent.", [Metrics.Label.Of("outcome", "taken", "refused")]);

    public static readonly Counter<long> ImportRows = Catalogue.Counter(
        "wallets.imports.rows", "Rows of imported tables that got their verdict.",
        [Metrics.Label.Of("verdict", Verdicts.Imported, Verdicts.Present, Verdicts.Refused)]);

    public static readonly Counter<long> ImportsFinished =
        Catalogue.Counter("wallets.imports.finished", "Imports of which every row has its verdict.");

    public static readonly Gauge<long> ImportsOpen = Catalogue.Gauge<long>("wallets.imports.open", "Imports with rows that wait.");

    public static readonly Gauge<double> ImportsAge = Catalogue.Gauge<double>(
        "wallets.imports.age", "Since when the oldest of them waits; 0 where none does.", unit: "s");

    public static readonly Counter<long> AddressesDerived =
        Catalogue.Counter("wallets.sources.addresses", "Addresses that were derived from whole wallets' keys.");

    public static readonly Gauge<long> SourcesWaiting = Catalogue.Gauge<long>(
        "wallets.sources.waiting", "Whole wallets of which more addresses may have to be derived.");

    public static readonly Gauge<double> SourcesAge = Catalogue.Gauge<double>(
        "wallets.sources.age", "Since when the oldest of them waits; 0 where none does.", unit: "s");

    public static readonly Gauge<long> Waiting =
        Catalogue.Gauge<long>("wallets.erasures.waiting", "Deleted wallets that some service has not yet let go.");

    public static readonly Gauge<double> Oldest = Catalogue.Gauge<double>(
        "wallets.erasures.age", "Since when the longest deleted of them waits; 0 where none does.", unit: "s");
}

using System.Diagnostics.Metrics;
using Metrics;
using Providers;

namespace Portfolio.Prices;

/// <summary>What is told of prices.</summary>
internal static class PriceMetrics
{
    public static readonly MetricCatalogue Catalogue = new("Prices");

    public static readonly ProviderMetrics Sources = new(Catalogue, "prices.provider", Label.Bounded("provider", "the sources at `Prices:Sources`"));

    public static readonly Counter<long> Failures = Catalogue.Counter("prices.failures",
        "Rounds of keeping prices up that failed for another reason than their sources.", [Label.Of("work", "rates", "latest", "closings")]);

    public static readonly Gauge<double> Age = Catalogue.Gauge<double>("prices.latest.age",
        "Since when the oldest of the latest prices of what is held is; every process tells the same.", unit: "s");

    public static readonly Gauge<long> Assets = Catalogue.Gauge<long>("prices.assets",
        "Assets that somebody holds: `priced`, `stale`, or without a price (`unpriced`); every process tells the same.",
        [Label.Of("state", "priced", "stale", "unpriced")]);

    public static readonly Gauge<long> MissingClosings = Catalogue.Gauge<long>("prices.closings.missing",
        "Days of assets that moved by then whose closing is not known; every process tells the same.");

    public static readonly Gauge<double> RatesAge = Catalogue.Gauge<double>("prices.rates.age",
        "Since when the newest fixing of the euro's rates is; every process tells the same.", unit: "s");
}

using System.Diagnostics.Metrics;
using Metrics;

namespace ServiceDefaults;

/// <summary>What every service tells of itself beside what libraries tell.</summary>
internal static class ServiceDefaultsMetrics
{
    public static readonly MetricCatalogue Catalogue = new("ServiceDefaults");

    public static readonly Counter<long> ClockRefusals = Catalogue.Counter("identity.clock_refusals",
        "Tokens refused for their times alone, by the service that signed them.",
        [Label.Of("issuer", "gateway", "wallets", "sync", "portfolio")]);

    public static readonly Counter<long> WorkFailures = Catalogue.Counter("work.failures",
        "Times that recurring work failed.", [Label.Bounded("work", "the classes of recurring work in the process")]);
}

using System.Diagnostics.Metrics;
using Metrics;

namespace Gateway;

/// <summary>What the service tells of itself.</summary>
internal static class GatewayMetrics
{
    public static readonly MetricCatalogue Catalogue = new("Gateway");

    public static readonly Counter<long> RateLimited =
        Catalogue.Counter("gateway.rate_limited", "Requests refused because their key had used up its allowance.");

    public static readonly Counter<long> FailedKeys = Catalogue.Counter("gateway.failed_keys", "Requests with a key that is not good.");

    public static readonly Counter<long> LogIns = Catalogue.Counter(
        "gateway.log_ins", "Keys and links that somebody tried to log in with.", [Label.Of("outcome", "good", "refused")]);

    public static readonly Counter<long> StreamsEnded = Catalogue.Counter("gateway.streams_ended",
        "Streams that the gateway itself ended: their key was no longer good, or it was stopping.", [Label.Of("reason", "key", "stopping")]);

    public static readonly Counter<long> FailedKeysRefused = Catalogue.Counter(
        "gateway.failed_keys_refused", "Requests refused unseen because their address sent too many keys that are not good.");
}

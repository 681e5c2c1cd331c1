using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace Gateway;

/// <summary>Counts keys that are not good by the address they come from: each of them costs Wallets a question.</summary>
internal sealed class FailedKeys(IOptions<RateLimitOptions> options, TimeProvider time)
{
    private readonly TokenBuckets<IPAddress> buckets = new(options.Value.FailedKeysBurst, options.Value.FailedKeysPerSecond, time);

    /// <summary>
    /// Charges this address for a key that is looked at, so that many at once are charged too. How long it must wait before that; null
    /// when it need not.
    /// </summary>
    public TimeSpan? Charge(IPAddress? address)
    {
        var verdict = buckets.Take(PlaceOf(address), 1);
        if (verdict.Allowed) return null;
        GatewayMetrics.FailedKeysRefused.Add(1);
        return verdict.RetryAfter;
    }

    /// <summary>Gives the charge back: the key is good, or nobody could say.</summary>
    public void GiveBack(IPAddress? address) => buckets.Return(PlaceOf(address), 1000);

    /// <summary>Counts a key that is not good.</summary>
    public static void Count() => GatewayMetrics.FailedKeys.Add(1);

    // One customer of an IPv6 provider has at least a /64 of addresses (RFC 6177).
    private static IPAddress PlaceOf(IPAddress? address)
    {
        if (address is null) return IPAddress.None;
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        if (address.AddressFamily is not AddressFamily.InterNetworkV6) return address;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}

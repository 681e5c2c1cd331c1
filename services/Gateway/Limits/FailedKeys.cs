using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace Gateway;

/// <summary>Counts keys that are not good by the address they come from: each of them costs Wallets a question.</summary>
internal sealed class FailedKeys(IOptions<RateLimitOptions> options, TimeProvider time)
{
    private readonly TokenBuckets<IPAddress> buckets = new(options.Value.FailedKeysBurst, options.Value.FailedKeysPerSecond, time);

    /// <summary>How long this address must wait before another key of its is looked at; null when it need not.</summary>
    public TimeSpan? MustWait(IPAddress? address)
    {
        var place = PlaceOf(address);
        var verdict = buckets.Take(place, 1);
        if (verdict.Allowed)
        {
            // Only looked at: it costs something when the key turns out not to be good.
            buckets.Return(place, 1);
            return null;
        }
        GatewayMetrics.FailedKeysRefused.Add(1);
        return verdict.RetryAfter;
    }

    public void Note(IPAddress? address)
    {
        GatewayMetrics.FailedKeys.Add(1);
        buckets.Take(PlaceOf(address), 1);
    }

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

using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using ServiceDefaults;

namespace Portfolio.Webhooks;

/// <summary>
/// Where may be sent to. A URL is the client's word: what its host resolves to is looked at with each connection, and the connection goes
/// to the very address that was looked at, so that a name which answers otherwise the next time gains nothing.
/// </summary>
internal sealed class WebhookTargets(IOptions<WebhookOptions> options)
{
    private const int LongestUrl = 2_000;
    private const int MostAddresses = 4;
    private static readonly TimeSpan ConnectWithin = TimeSpan.FromSeconds(2);

    // Special-purpose registries of IANA (RFC 6890): nothing in them is a public receiver.
    private static readonly IPNetwork[] Refused =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            // Protocol assignments with Teredo and benchmarks, documentation, 6to4, documentation.
            "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        }.Select(IPNetwork.Parse),
    ];

    // All that is public in IPv6: loopback, private, link-local, mapped, NAT64, discard and SRv6 addresses are outside.
    private static readonly IPNetwork Global = IPNetwork.Parse("2000::/3");

    private readonly IPNetwork[] networks =
        [.. options.Value.AllowedTargets.Select(NetworkOf).OfType<IPNetwork>()];

    private readonly HashSet<string> hosts =
        [.. options.Value.AllowedTargets.Where(target => NetworkOf(target) is null).Select(host => host.ToLowerInvariant())];

    /// <summary>Whether an address is one of the public Internet's.</summary>
    public static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return false;
        return (address.AddressFamily is AddressFamily.InterNetwork || Global.Contains(address))
            && !Array.Exists(Refused, network => network.Contains(address));
    }

    /// <summary>Why a URL is no target, for whoever enters it; null where it is one as far as can be seen without asking for its name.</summary>
    public string? Refusal(string text)
    {
        if (text.Length > LongestUrl) return $"A URL has at most {LongestUrl} characters.";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http") || url.Host.Length == 0)
            return "This is no https URL.";
        if (!StorableText.Is(text) || !HasHost(url)) return "This is no https URL.";
        if (url.UserInfo.Length > 0 || url.Fragment.Length > 0) return "The URL must have neither a user nor a fragment.";
        var isAllowed = IsAllowedHost(url);
        if (url.Scheme is "http" && !isAllowed) return "The URL must be https.";
        if (IPAddress.TryParse(url.IdnHost, out var address) && !isAllowed && !IsPublic(address))
            return "Private and special-purpose addresses are not sent to.";
        return null;
    }

    /// <summary>Connects to an address of the host that may be sent to.</summary>
    /// <exception cref="RefusedTargetException">None of its addresses may be.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var found = IPAddress.TryParse(host.Trim('[', ']'), out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, ct);
        var isAllowed = hosts.Contains(host.ToLowerInvariant());
        // One that may not is enough: a name that mixes both is no honest one.
        if (!isAllowed && Array.Exists(found, address => !IsPublic(address) && !Array.Exists(networks, network => network.Contains(address))))
            throw new RefusedTargetException();

        // One that swallows what is sent to it, as IPv6 without a way out does, must not take the time of all.
        foreach (var address in found.OrderBy(address => address.AddressFamily is AddressFamily.InterNetworkV6).Take(MostAddresses))
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
            limit.CancelAfter(ConnectWithin);
            try
            {
                await socket.ConnectAsync(address, port, limit.Token);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !ct.IsCancellationRequested))
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw new SocketException((int)SocketError.HostUnreachable);
    }

    // A name that has no form in DNS is found out late only.
    private static bool HasHost(Uri url)
    {
        try
        {
            return url.IdnHost.Length > 0;
        }
        catch (UriFormatException)
        {
            return false;
        }
    }

    private bool IsAllowedHost(Uri url) => hosts.Contains(url.IdnHost.ToLowerInvariant())
        || (IPAddress.TryParse(url.IdnHost, out var address) && Array.Exists(networks, network => network.Contains(address)));

    private static IPNetwork? NetworkOf(string target) =>
        IPNetwork.TryParse(target, out var network) ? network
        : IPAddress.TryParse(target, out var address) ? new IPNetwork(address, address.AddressFamily is AddressFamily.InterNetwork ? 32 : 128)
        : null;
}

/// <summary>The host resolves to an address that is not sent to.</summary>
internal sealed class RefusedTargetException() : IOException("its host is at a private or special-purpose address");

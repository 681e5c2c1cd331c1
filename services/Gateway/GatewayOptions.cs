using System.Net;
using ServiceDefaults;

namespace Gateway;

/// <summary>How the gateway faces the outside.</summary>
internal sealed class GatewayOptions : IValidated
{
    public const string Section = "Gateway";

    /// <summary>Origins whose pages may call the API from a browser; none by default.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>How long a service may take to answer.</summary>
    public int TimeoutSeconds { get; init; } = 30;

    /// <summary>How long a looked-up API key is believed; at most 10, since a revoked key works that long at other gateways.</summary>
    public int KeyCacheSeconds { get; init; } = 5;

    /// <summary>How often the key of an open stream is looked up again: a key that is revoked ends its streams within this time.</summary>
    public int StreamCheckSeconds { get; init; } = 15;

    /// <summary>How long nothing may pass on an open stream, not even a sign of life, before it is given up.</summary>
    public int StreamTimeoutSeconds { get; init; } = 90;

    /// <summary>The address clients know the gateway by, for the OpenAPI document; relative when not set.</summary>
    public string? PublicUrl { get; init; }

    /// <summary>
    /// Addresses (or networks, 10.0.0.0/8) of the proxies before this gateway, whose X-Forwarded-For and
    /// X-Forwarded-Proto are believed; nobody's by default.
    /// </summary>
    public IReadOnlyList<string> Proxies { get; init; } = [];

    /// <summary>Addresses that a page offers to whoever wants to try the system; none by default.</summary>
    public IReadOnlyList<SampleAddress> Sample { get; init; } = [];

    public IEnumerable<string> Errors()
    {
        foreach (var proxy in Proxies)
            if (!IPNetwork.TryParse(proxy, out _) && !IPAddress.TryParse(proxy, out _))
                yield return $"Proxies: '{proxy}' is neither an address nor a network such as 10.0.0.0/8.";
        foreach (var origin in AllowedOrigins)
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || uri.GetLeftPart(UriPartial.Authority) != origin)
                yield return $"AllowedOrigins: '{origin}' is not an origin such as https://example.com.";
        foreach (var (sample, index) in Sample.Select((sample, index) => (sample, index)))
            if (new[] { sample.Network, sample.Address, sample.Label }.Any(string.IsNullOrWhiteSpace))
                yield return $"Sample:{index}: Network, Address and Label are required.";
        if (TimeoutSeconds is < 1 or > 300)
            yield return "TimeoutSeconds must be from 1 to 300.";
        if (KeyCacheSeconds is < 0 or > 10)
            yield return "KeyCacheSeconds must be from 0 to 10.";
        if (StreamCheckSeconds is < 1 or > 30)
            yield return "StreamCheckSeconds must be from 1 to 30.";
        if (StreamTimeoutSeconds is < 20 or > 3600)
            yield return "StreamTimeoutSeconds must be from 20 to 3600.";
        if (PublicUrl is not null && !Uri.TryCreate(PublicUrl, UriKind.Absolute, out _))
            yield return "PublicUrl must be an absolute address.";
    }
}

using System.Net;
using Microsoft.AspNetCore.HttpOverrides;

namespace Gateway;

/// <summary>Whom a request comes from where proxies stand before the gateway.</summary>
internal static class Proxies
{
    /// <summary>Believes X-Forwarded-For and X-Forwarded-Proto of these proxies, back to the first address that is none of them.</summary>
    public static void UseProxies(this WebApplication app, IReadOnlyList<string> proxies)
    {
        if (proxies.Count == 0) return;
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            ForwardLimit = null,
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
        {
            if (IPAddress.TryParse(proxy, out var address)) options.KnownProxies.Add(address);
            // What is neither is refused when the options are checked.
            else if (System.Net.IPNetwork.TryParse(proxy, out var network)) options.KnownIPNetworks.Add(network);
        }
        app.UseForwardedHeaders(options);
    }
}

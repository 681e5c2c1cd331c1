using Microsoft.Extensions.Options;

namespace Gateway;

/// <summary>
/// Whether a request that changes something comes of a page of ours: a browser sends the cookie with whatever page makes it send. Pages of
/// other origins can set no header of their own without being asked about, and browsers say where a request comes from.
/// </summary>
internal sealed class OwnPage(IOptions<GatewayOptions> options)
{
    public const string Header = "X-Csrf";

    /// <summary>Why a request with a session is refused; null where it is not.</summary>
    public string? WhyNot(HttpRequest request)
    {
        // A socket begins by CONNECT in HTTP/2 (RFC 8441), by which no page can send anything else; whose page it is of is looked at there.
        if (HttpMethods.IsGet(request.Method)
            || (HttpMethods.IsConnect(request.Method) && Routes.IsSocket(request.HttpContext.GetEndpoint()))) return null;
        return IsOfAnother(request) ? "The request comes from a page of another origin."
            : request.Headers[Header] != "1" ? $"A request with a session that changes something carries '{Header}: 1'." : null;
    }

    /// <summary>Whether the browser says that another origin's page sends it.</summary>
    public bool IsOfAnother(HttpRequest request)
    {
        // It has compared the origins itself, which a proxy may have changed on the way here. Over plain http it says less.
        if (request.Headers["Sec-Fetch-Site"] is { Count: > 0 } site) return site != "same-origin";
        if (request.Headers.Origin is not { Count: > 0 } origin) return false;
        return !origin.ToString().Equals($"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase)
            && !(options.Value.PublicUrl is { } address && origin == new Uri(address).GetLeftPart(UriPartial.Authority));
    }
}

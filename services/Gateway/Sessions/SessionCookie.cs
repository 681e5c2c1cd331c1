using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace Gateway;

/// <summary>Where a browser keeps a session: out of reach of any script, and sent with requests of our own site only.</summary>
internal static partial class SessionCookie
{
    public const string Name = "wt_session";

    /// <summary>
    /// The same over TLS. A browser takes a cookie of such a name from this very host alone, and over TLS (RFC 6265bis section 4.1.3.2): no
    /// neighbour under the same domain can have its visitors work in a session of its own.
    /// </summary>
    public const string SecureName = $"__Host-{Name}";

    /// <summary>Another session's text.</summary>
    public static string NewText() => $"wt_session_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32))}";

    /// <summary>The session that a request comes with, or null where there is none: a key that somebody put there is not taken for one.</summary>
    public static string? Read(HttpRequest request) =>
        request.Cookies.TryGetValue(NameFor(request.HttpContext), out var text) && Form().IsMatch(text) ? text : null;

    public static void Set(HttpContext context, string text, TimeSpan lifetime) =>
        context.Response.Cookies.Append(NameFor(context), text, With(context, lifetime));

    public static void Clear(HttpContext context) => context.Response.Cookies.Append(NameFor(context), "", With(context, TimeSpan.Zero));

    private static string NameFor(HttpContext context) => IsOverTls(context) ? SecureName : Name;

    // A proxy whose word is not believed may stand in between; what browsers know the gateway by says it, too.
    private static bool IsOverTls(HttpContext context) => context.Request.IsHttps
        || (context.RequestServices.GetRequiredService<IOptions<GatewayOptions>>().Value.PublicUrl is { } address
            && new Uri(address) is var known && known.Scheme == Uri.UriSchemeHttps
            && context.Request.Host.ToString().Equals(known.Authority, StringComparison.OrdinalIgnoreCase));

    private static CookieOptions With(HttpContext context, TimeSpan lifetime) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = IsOverTls(context),
        Path = "/",
        MaxAge = lifetime,
    };

    [GeneratedRegex("^wt_session_[A-Za-z0-9_-]{43}\\z")]
    private static partial Regex Form();
}

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Gateway;

/// <summary>Where a browser keeps a session: out of reach of any script, and sent with requests of our own site only.</summary>
internal static partial class SessionCookie
{
    public const string Name = "wt_session";

    /// <summary>Another session's text.</summary>
    public static string NewText() => $"wt_session_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32))}";

    /// <summary>The session that a request comes with, or null where there is none: a key that somebody put there is not taken for one.</summary>
    public static string? Read(HttpRequest request) =>
        request.Cookies.TryGetValue(Name, out var text) && Form().IsMatch(text) ? text : null;

    public static void Set(HttpContext context, string text, TimeSpan lifetime) =>
        context.Response.Cookies.Append(Name, text, With(context, lifetime));

    public static void Clear(HttpContext context) => context.Response.Cookies.Append(Name, "", With(context, TimeSpan.Zero));

    private static CookieOptions With(HttpContext context, TimeSpan lifetime) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = context.Request.IsHttps,
        Path = "/",
        MaxAge = lifetime,
    };

    [GeneratedRegex("^wt_session_[A-Za-z0-9_-]{43}\\z")]
    private static partial Regex Form();
}

using System.Globalization;
using ServiceDefaults;

namespace Gateway;

/// <summary>What the gateway answers itself is of the moment, so the conventions of kept and compared answers come to refusals only.</summary>
internal static class OwnAnswers
{
    private const int LongestKey = 255;

    /// <summary>Refuses what is no valid field or parameter of the conventions, as the services do.</summary>
    /// <exception cref="DomainException"><c>invalid-parameter</c>.</exception>
    public static void RequirePlain(HttpRequest request)
    {
        var headers = request.Headers;
        if (headers.TryGetValue("Idempotency-Key", out var field)
            && (field is not [{ Length: >= 1 and <= LongestKey } key] || key.AsSpan().ContainsAnyExceptInRange('!', '~')))
            throw new DomainException("invalid-parameter", $"Idempotency-Key is 1 to {LongestKey} visible ASCII characters.", "Idempotency-Key");
        if (HttpMethods.IsGet(request.Method))
        {
            // Whoever waits for a write elsewhere asks here in the same way, and has nothing to wait for.
            if (request.Query.TryGetValue("minVersion", out var version)
                && !long.TryParse(version.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out _))
                throw new DomainException("invalid-parameter", "minVersion is the Version of a write's answer, a whole number.", "?minVersion");
            return;
        }

        if (headers.IfMatch.Count > 0) throw new DomainException("invalid-parameter", "This resource takes no If-Match.", "If-Match");
        if (headers.IfNoneMatch.Count > 0) throw new DomainException("invalid-parameter", "Writes take no If-None-Match.", "If-None-Match");
    }
}

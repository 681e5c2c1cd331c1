using Microsoft.AspNetCore.Http;

namespace ServiceDefaults;

/// <summary>
/// Text as PostgreSQL takes it: without zero characters and without halves of surrogate pairs. Whatever stands in a URL, and
/// whatever a cursor brings back, is held against this before anything is asked with it.
/// </summary>
public static class StorableText
{
    /// <summary>Whether it can be sent to the database.</summary>
    public static bool Is(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0' || char.IsLowSurrogate(text[i])) return false;
            if (char.IsHighSurrogate(text[i]) && (++i == text.Length || !char.IsLowSurrogate(text[i]))) return false;
        }

        return true;
    }

    /// <summary>Refuses a request whose path or query holds other text.</summary>
    /// <exception cref="DomainException"><c>not-found</c> for the path, <c>invalid-parameter</c> for the query.</exception>
    internal static void RequireIn(HttpRequest request)
    {
        if (request.RouteValues.Values.OfType<string>().Any(value => !Is(value)))
            throw new DomainException("not-found", "Nothing has a zero character in its name.");
        foreach (var (name, values) in request.Query)
        {
            if (!Is(name) || values.Any(value => !Is(value)))
                throw Instant.Invalid(Is(name) ? name : "?", "holds a zero character, or half a character, which no text has.");
        }
    }
}

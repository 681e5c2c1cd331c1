namespace ServiceDefaults;

/// <summary>One kind of failure a client can meet; its <paramref name="Code"/> is the last segment of the problem's <c>type</c> (RFC 9457).</summary>
/// <param name="Code">Kebab-case name, stable for ever.</param>
/// <param name="Status">The HTTP status it always comes with.</param>
/// <param name="Title">A short name for people.</param>
/// <param name="Explanation">One sentence: what happened and what to do about it.</param>
public sealed record Problem(string Code, int Status, string Title, string Explanation)
{
    /// <summary>The address of the page that explains it, relative to the gateway.</summary>
    public string Type => $"/problems/{Code}";
}

/// <summary>
/// One thing wrong with a request: <paramref name="Pointer"/> is a JSON pointer into the body (RFC 6901), <c>?name</c>
/// for a query parameter, or a header's name.
/// </summary>
public sealed record FieldError(string Pointer, string Code, string Detail);

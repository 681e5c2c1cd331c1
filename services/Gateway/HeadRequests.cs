namespace Gateway;

/// <summary>
/// HEAD wherever there is GET (RFC 9110 section 9.3.2): it is answered as the GET it stands for, with the same headers, and
/// the server, which knows what was asked, leaves the body out.
/// </summary>
internal sealed class HeadRequests(RequestDelegate next)
{
    private static readonly object Key = new();

    /// <summary>Whether the client asked for the head only.</summary>
    public static bool IsHead(HttpContext context) => context.Items.ContainsKey(Key);

    public Task InvokeAsync(HttpContext context)
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            context.Items[Key] = true;
            context.Request.Method = HttpMethods.Get;
        }

        context.Response.OnStarting(() =>
        {
            var allow = context.Response.Headers.GetCommaSeparatedValues("Allow");
            if (allow.Contains(HttpMethods.Get) && !allow.Contains(HttpMethods.Head))
                context.Response.Headers.Allow = string.Join(", ", [.. allow, HttpMethods.Head]);
            return Task.CompletedTask;
        });
        return next(context);
    }
}

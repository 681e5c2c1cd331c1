using ServiceDefaults;

namespace Gateway;

/// <summary>Headers that keep a browser from making anything else of an answer than what it is.</summary>
internal sealed class SecurityHeaders(RequestDelegate next)
{
    private const string Policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public Task InvokeAsync(HttpContext context)
    {
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            headers.Remove("Server");
            headers[Release.Header] = Release.Version;
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "DENY";
            headers["Referrer-Policy"] = "no-referrer";
            headers.ContentSecurityPolicy = DescriptionPages.PolicyFor(context.Request.Path)
                ?? context.GetEndpoint()?.Metadata.GetMetadata<ContentPolicy>()?.Text ?? Policy;
            if (context.Request.IsHttps)
                headers.StrictTransportSecurity = "max-age=31536000; includeSubDomains";
            // Private data must not linger in shared caches; an ETag still saves the transfer.
            if (headers.CacheControl.Count == 0)
                headers.CacheControl = "private, no-cache";
            return Task.CompletedTask;
        });
        return next(context);
    }
}

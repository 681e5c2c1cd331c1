using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace ServiceDefaults;

/// <summary>
/// Every public GET answers with the strong tag of its exact body, and with 304 to whoever has that body already (RFC 9110
/// section 13). A write that does not obey If-Match refuses it: done in spite of it, it would undo what nobody saw.
/// </summary>
internal sealed class ConditionalRequests(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var metadata = context.GetEndpoint()!.Metadata;
        var reads = HttpMethods.IsGet(request.Method);
        if (!reads && request.Headers.IfMatch.Count > 0 && metadata.GetMetadata<IfMatch.Obeyed>() is null)
            throw new DomainException("invalid-parameter", "This resource takes no If-Match.", "If-Match");
        if (!reads && request.Headers.IfNoneMatch.Count > 0)
            throw new DomainException("invalid-parameter", "Writes take no If-None-Match.", "If-None-Match");
        RequireReadable(request.Headers.IfMatch, "If-Match");
        RequireReadable(request.Headers.IfNoneMatch, "If-None-Match");
        if (!reads && metadata.GetMetadata<Tagged>() is null)
        {
            await next(context);
            return;
        }

        var body = await BufferedResponse.RunAsync(context, next);
        if (body.Whole is not { } bytes) return;
        if (response.StatusCode is not (StatusCodes.Status200OK or StatusCodes.Status201Created) || bytes.IsEmpty)
        {
            await body.SendAsync(context.RequestAborted);
            return;
        }

        if (response.Headers.ETag.Count == 0) response.Headers.ETag = EntityTag.Of(bytes.Span);
        var tag = response.Headers.ETag.ToString();
        if (reads && request.Headers.IfMatch.Count > 0 && !EntityTag.IsMatchedBy(tag, request.Headers.IfMatch))
            throw new DomainException("version-conflict", "The resource is not as If-Match says; read it again.", "If-Match");
        if (reads && EntityTag.IsNamedBy(tag, request.Headers.IfNoneMatch))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            response.ContentType = null;
            response.ContentLength = null;
            return;
        }
        await body.SendAsync(context.RequestAborted);
    }

    private static void RequireReadable(StringValues field, string name)
    {
        if (field.Count > 0 && !EntityTag.IsList(field))
            throw new DomainException("invalid-parameter", $"{name} is a list of entity tags in double quotes, or *.", name);
    }

    internal sealed class Tagged
    {
        public static readonly Tagged Instance = new();
    }
}

/// <summary>Writes whose answer is the resource itself.</summary>
public static class TaggedAnswers
{
    /// <summary>The answer's body is what a GET of the resource shows, so it comes with the same ETag.</summary>
    public static TBuilder WithEntityTag<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(ConditionalRequests.Tagged.Instance);
}

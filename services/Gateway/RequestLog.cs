using ServiceDefaults;

namespace Gateway;

/// <summary>One line for each request: what was asked, by which key, and what came of it. Nothing of its query, headers or body.</summary>
internal sealed class RequestLog(RequestDelegate next, ILogger<RequestLog> log, TimeProvider time)
{
    private const int LongestPath = 200;

    public async Task InvokeAsync(HttpContext context)
    {
        var began = time.GetTimestamp();
        var (method, path) = (context.Request.Method, context.Request.Path.Value ?? "");
        try
        {
            await next(context);
        }
        finally
        {
            log.LogInformation("{Method} {Path} {Status} in {Milliseconds} ms, key {Key}", method,
                path.Length > LongestPath ? path[..LongestPath] : path, context.Response.StatusCode,
                (long)time.GetElapsedTime(began).TotalMilliseconds, context.Features.Get<Caller>()?.KeyId);
        }
    }
}

using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ServiceDefaults;

/// <summary>Turns every failure, thrown or a bare status, into problem+json.</summary>
internal sealed class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            var failure = Failures.From(exception, context);
            if (failure.Problem.Status >= 500)
            {
                Activity.Current?.SetStatus(ActivityStatusCode.Error, failure.Problem.Code);
                // What was foreseen needs no stack trace, and is not what someone should be woken for.
                var foreseen = failure.Problem.Code != "internal";
                logger.Log(foreseen ? LogLevel.Warning : LogLevel.Error, exception is DomainException ? null : exception,
                    "{Method} {Path} failed: {Problem}", context.Request.Method, context.Request.Path, failure.Problem.Code);
            }
            // Headers of the answer that did not come about (an ETag, a Location) must not go out with the problem.
            context.Response.Headers.Clear();
            await ProblemResponse.WriteAsync(context, failure);
            return;
        }

        if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentType: null, ContentLength: null or 0 } response)
            await ProblemResponse.WriteAsync(context, new Failure(Problems.ForStatus(response.StatusCode), null, [],
                RetryAfter(response.StatusCode)));
    }

    private static TimeSpan? RetryAfter(int status) =>
        status is StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout
            ? TimeSpan.FromSeconds(5)
            : null;
}

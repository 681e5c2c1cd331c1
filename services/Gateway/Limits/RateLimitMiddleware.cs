using ServiceDefaults;

namespace Gateway;

/// <summary>Charges each request of a key to its allowance and says what is left (RateLimit fields); what is open to all is free.</summary>
internal sealed class RateLimitMiddleware(RequestDelegate next, RateLimiter limiter)
{
    // Thousandths of the price of an answer that the client has already.
    private const int UnchangedReturns = 900;

    public async Task InvokeAsync(HttpContext context)
    {
        // A session spends what its key has: whoever logs in again and again gets no more by it.
        if (context.Features.Get<Holder>()?.Allowance is not { } key)
        {
            await next(context);
            return;
        }

        var cost = Routes.CostOf(context.GetEndpoint());
        var verdict = limiter.Take(key, cost);
        context.Response.OnStarting(() =>
        {
            context.Response.Headers["RateLimit-Policy"] = limiter.Policy;
            context.Response.Headers["RateLimit"] = $"\"key\";r={verdict.Left};t={(long)Math.Ceiling(verdict.FullIn.TotalSeconds)}";
            return Task.CompletedTask;
        });
        if (!verdict.Allowed)
        {
            GatewayMetrics.RateLimited.Add(1);
            await context.WriteProblemAsync("rate-limited", retryAfter: verdict.RetryAfter);
            return;
        }
        await next(context);
        // The query has run all the same, so a part is kept; and * is no memory of an answer: it matches whatever is there.
        if (context.Response.StatusCode == StatusCodes.Status304NotModified && !context.Request.Headers.IfNoneMatch.Contains("*"))
            limiter.Return(key, cost * UnchangedReturns);
    }
}

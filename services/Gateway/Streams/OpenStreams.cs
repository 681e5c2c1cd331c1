using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using ServiceDefaults;

namespace Gateway;

/// <summary>
/// Streams last longer than the look at their key: while one is open its key is looked up again and again, and a stream whose key is no
/// longer good ends. So it does when the gateway stops, which it otherwise would wait for. A browser's socket of a page that is not
/// allowed does not begin.
/// </summary>
internal sealed class OpenStreams(
    RequestDelegate next, IOptions<GatewayOptions> options, ApiKeyLookUp lookUp, IHostApplicationLifetime lifetime, TimeProvider time,
    ILogger<OpenStreams> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (!Routes.IsStream(context.GetEndpoint()))
        {
            await next(context);
            return;
        }

        if (HeadRequests.IsHead(context) && !Routes.IsSocket(context.GetEndpoint()))
        {
            // Whoever asks for the head of what has no end is not kept waiting for it.
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            return;
        }

        RequireOrigin(context);
        var client = context.RequestAborted;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(client, lifetime.ApplicationStopping);
        context.RequestAborted = ending.Token;
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        var watch = WatchAsync(context, ending);
        try
        {
            await next(context);
        }
        finally
        {
            if (lifetime.ApplicationStopping.IsCancellationRequested && !client.IsCancellationRequested) Count("stopping");
            await ending.CancelAsync();
            await watch;
            context.RequestAborted = client;
        }
    }

    // Browsers say which page opens a socket and, unlike with other requests, leave it to the server to care.
    private void RequireOrigin(HttpContext context)
    {
        var origin = context.Request.Headers.Origin;
        if (origin.Count == 0 || !Routes.IsSocket(context.GetEndpoint())) return;
        var own = options.Value.PublicUrl is { } address ? new Uri(address).GetLeftPart(UriPartial.Authority) : null;
        if (origin is [{ } one] && (options.Value.AllowedOrigins.Contains(one, StringComparer.OrdinalIgnoreCase)
            || one.Equals(own, StringComparison.OrdinalIgnoreCase))) return;
        throw new DomainException("forbidden", "Pages of this origin may open no sockets here; an operator can allow it.");
    }

    private async Task WatchAsync(HttpContext context, CancellationTokenSource ending)
    {
        if (context.Features.Get<StillGood>() is not { } credential) return;
        try
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromSeconds(options.Value.StreamCheckSeconds), time, ending.Token);
                if (await IsStillGoodAsync(credential, ending.Token)) continue;
                log.LogInformation("A stream of key {Key} ends: the key is no longer good", context.Features.Get<Caller>()?.KeyId);
                Count("key");
                await ending.CancelAsync();
                return;
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The stream has ended.
        }
    }

    private async Task<bool> IsStillGoodAsync(StillGood credential, CancellationToken ct)
    {
        try
        {
            return await credential.IsSoAsync(lookUp, time, ct);
        }
        catch (DomainException)
        {
            // While Wallets is away nobody can have revoked anything there either.
            return true;
        }
    }

    private static void Count(string reason) => GatewayMetrics.StreamsEnded.Add(1, new KeyValuePair<string, object?>("reason", reason));
}

using Microsoft.Extensions.Options;
using ServiceDefaults;

namespace Portfolio.Feed.Channels;

/// <summary>A user's feed by WebSocket (RFC 6455) at <c>/ws</c>: the client says what it wants, and may change its mind.</summary>
internal sealed class FeedSocket(
    FeedStream feed, FeedFilters filters, OpenStreams streams, IOptions<FeedOptions> options, IHostApplicationLifetime lifetime,
    ILogger<FeedSocket> log)
{
    /// <summary>The path, also of the gateway's.</summary>
    public const string Path = "/ws";

    // For the client's answer to a close.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    public static void Map(IEndpointRouteBuilder app)
    {
        var pipeline = app.CreateApplicationBuilder();
        pipeline.UseWebSockets();
        pipeline.Run(context => context.RequestServices.GetRequiredService<FeedSocket>().AcceptAsync(context));
        app.MapMethods(Path, [HttpMethods.Get, HttpMethods.Connect], pipeline.Build())
            .RequireScope(Scopes.PortfolioRead)
            .ExcludeFromDescription();
    }

    private async Task AcceptAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
            throw new DomainException("bad-request", "This is a WebSocket; GET /api/v1/events streams the same to anybody.");
        var caller = context.Features.Get<Caller>()!;
        using var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext
        {
            KeepAliveInterval = TimeSpan.FromSeconds(options.Value.HeartbeatSeconds),
            KeepAliveTimeout = TimeSpan.FromSeconds(options.Value.SilenceSeconds - options.Value.HeartbeatSeconds),
        });
        // Only now can a browser be told why: it sees no answer to a handshake.
        using var one = streams.Open(caller.KeyId, OpenStreams.WebSocket);
        await using var session = new SocketSession(socket, context, caller, feed, filters, options.Value, log);
        if (one is null)
        {
            PortfolioMetrics.FeedRefused.Add(1, new KeyValuePair<string, object?>("channel", OpenStreams.WebSocket));
            await session.RefuseAsync(new DomainException("too-many-streams", $"The key has {options.Value.StreamsPerKey} streams open already."),
                SocketSession.TooMany);
            await session.AwaitCloseAsync(Farewell);
            return;
        }

        await session.RunAsync(lifetime.ApplicationStopping);
        await session.AwaitCloseAsync(Farewell);
    }
}

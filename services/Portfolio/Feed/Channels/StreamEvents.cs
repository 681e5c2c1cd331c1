using System.Buffers;
using System.ComponentModel;
using System.Text;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using ServiceDefaults;

namespace Portfolio.Feed.Channels;

/// <summary>What of a feed is asked for, as it stands in the query and the header that browsers repeat.</summary>
public readonly record struct StreamRequest(
    [property: FromQuery(Name = "after"), Description("The `position` of the last message you have: what came since comes first. Without it the " +
        "stream begins now.")] string? After = null,
    [property: FromHeader(Name = "Last-Event-ID"), Description("The same, as browsers send it when they connect again; it goes before `after`.")]
    string? LastEventId = null,
    [property: FromQuery(Name = "types"), Description("Only messages of these types, with commas between them; all when left out.")]
    string? Types = null,
    [property: FromQuery(Name = "walletId"), Description("Only messages about this wallet; given more than once, about any of them.")]
    Guid[]? WalletId = null);

/// <summary>A user's feed as server-sent events (WHATWG HTML, section 9.2).</summary>
internal sealed class StreamEvents(
    FeedStream feed, FeedFilters filters, OpenStreams streams, IOptions<FeedOptions> options, IHostApplicationLifetime lifetime, TimeProvider clock,
    ILogger<StreamEvents> log)
{
    public const string ContentType = "text/event-stream";

    // Flushed before that only where nothing more is at hand.
    private const int MostUnflushed = 16 * 1024;

    // What a client that takes nothing may cost a process that stops.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    private static readonly byte[] Data = Encoding.ASCII.GetBytes("data: ");
    private static readonly byte[] End = Encoding.ASCII.GetBytes("\n\n");

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/events", (HttpContext context, Caller caller, [AsParameters] StreamRequest request, StreamEvents stream) =>
                stream.SendAsync(context, caller, request))
            .RequireScope(Scopes.PortfolioRead)
            .WithProblems("invalid-parameter", "wallet-not-found", "too-many-streams")
            .AsFleeting()
            .Produces<string>(StatusCodes.Status200OK, ContentType)
            .WithName("StreamEvents")
            .WithTags("Events")
            .WithSummary("Streams what happens, as it happens")
            .WithDescription("Server-sent events: each message has its position as `id` and its envelope as `data`. The events `ready`, `reset` " +
                "and `closing` say where the stream begins, that it goes on elsewhere, and that it ends; `problem` says why. Whoever connects " +
                "again with the last `id` gets everything since, however long ago. A browser shows a ticket of `POST /api/v1/events/tickets` " +
                "as `ticket` in place of a key. `/asyncapi/v1.json` describes each message.");

    private async Task SendAsync(HttpContext context, Caller caller, StreamRequest request)
    {
        var gone = context.RequestAborted;
        var after = request.LastEventId is { Length: > 0 } last
            ? FeedPosition.Read(last, "Last-Event-ID")
            : FeedPosition.Read(request.After, "?after");
        var filter = await filters.ReadAsync(caller, request.WalletId, null, FeedFilters.Words(request.Types), gone);
        using var one = streams.Open(caller.KeyId, OpenStreams.Sse);
        if (one is null)
        {
            PortfolioMetrics.FeedRefused.Add(1, new KeyValuePair<string, object?>("channel", OpenStreams.Sse));
            throw new DomainException("too-many-streams", $"The key has {options.Value.StreamsPerKey} streams open already.")
            {
                RetryAfter = TimeSpan.FromSeconds(options.Value.HeartbeatSeconds),
            };
        }

        context.Response.ContentType = ContentType;
        context.Response.Headers.CacheControl = "no-store";
        // For proxies that would collect an answer before they pass it on.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        var place = new FeedPlace();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(gone, lifetime.ApplicationStopping);
        try
        {
            await SendAsync(context, feed.ReadAsync(caller.UserId, filter, after, place, ending.Token), place, ending.Token);
        }
        catch (TooSlowException)
        {
            PortfolioMetrics.FeedSlowCloses.Add(1, new KeyValuePair<string, object?>("channel", OpenStreams.Sse));
            log.LogInformation("An event stream of key {Key} took nothing for {Seconds} s and is closed at {Position}", caller.KeyId,
                options.Value.SlowSeconds, place.Reached);
            context.Abort();
        }
        // Whatever a question comes to that was given up halfway.
        catch (Exception) when (gone.IsCancellationRequested)
        {
            // Whoever left knows how far it got.
        }
        catch (Exception) when (ending.IsCancellationRequested)
        {
            if (place.Reached is { } reached) await EndAsync(context, "closing", place, new FeedWord.Closing(reached.ToString()).ToJson());
        }
        catch (Exception failure) when (context.Response.HasStarted)
        {
            log.LogWarning(failure, "An event stream of key {Key} ends at {Position}: {Reason}", caller.KeyId, place.Reached, failure.Message);
            await EndAsync(context, "problem", place, context.ProblemOf(failure));
        }
    }

    private async Task EndAsync(HttpContext context, string word, FeedPlace place, byte[] json)
    {
        try
        {
            Write(context, word, place.Reached, json);
            await FlushAsync(context);
        }
        catch (Exception cut) when (cut is TooSlowException or OperationCanceledException or IOException)
        {
            // It is as far as it got.
            context.Abort();
        }
    }

    private async Task SendAsync(HttpContext context, IAsyncEnumerable<FeedSignal> signals, FeedPlace place, CancellationToken ct)
    {
        var heartbeat = TimeSpan.FromSeconds(options.Value.HeartbeatSeconds);
        var unflushed = 0;
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var enumerator = signals.GetAsyncEnumerator(reading.Token);
        var next = enumerator.MoveNextAsync().AsTask();
        try
        {
            while (true)
            {
                if (!next.IsCompleted || unflushed >= MostUnflushed)
                {
                    await FlushAsync(context);
                    unflushed = 0;
                }

                if (!await IsThereWithin(next, heartbeat, ct))
                {
                    // The place of a client that is sent little moves all the same: an id without data is remembered, and is no event.
                    // One whose stream has not begun keeps its own.
                    Write(context, $":\n{IdOf(place.Reached)}\n");
                    unflushed = MostUnflushed;
                    continue;
                }

                if (!await next) return;
                unflushed += Write(context, enumerator.Current);
                next = enumerator.MoveNextAsync().AsTask();
            }
        }
        finally
        {
            // An enumerator is not disposed of while it moves.
            await reading.CancelAsync();
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await enumerator.DisposeAsync();
        }
    }

    private async Task<bool> IsThereWithin(Task<bool> next, TimeSpan time, CancellationToken ct)
    {
        if (next.IsCompleted) return true;
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAny(next, Task.Delay(time, clock, enough.Token));
        await enough.CancelAsync();
        return next.IsCompleted;
    }

    private static int Write(HttpContext context, FeedSignal signal)
    {
        switch (signal)
        {
            case FeedSignal.Message { Item: var item }:
                PortfolioMetrics.FeedSent.Add(1, new KeyValuePair<string, object?>("channel", OpenStreams.Sse));
                // Without a name, so that whoever listens for messages gets those of types that are yet to come.
                return Write(context, null, item.Position, item.Json);
            case FeedSignal.Ready ready:
                return Write(context, "ready", ready.Position, FeedWord.Of(ready).ToJson());
            case FeedSignal.Reset reset:
                return Write(context, "reset", reset.Position, FeedWord.Of(reset).ToJson());
            default:
                return 0;
        }
    }

    // JSON has no line breaks, so one line of data is enough.
    private static int Write(HttpContext context, string? name, FeedPosition? position, byte[] json)
    {
        var body = context.Response.BodyWriter;
        var head = Write(context, name is null ? IdOf(position) : $"event: {name}\n{IdOf(position)}");
        body.Write(Data);
        body.Write(json);
        body.Write(End);
        return head + Data.Length + json.Length + End.Length;
    }

    private static string IdOf(FeedPosition? position) => position is null ? "" : $"id: {position}\n";

    private static int Write(HttpContext context, string text) =>
        (int)Encoding.UTF8.GetBytes(text, context.Response.BodyWriter);

    // Never given up halfway while the client is there: what it has of it would be sent again.
    private async Task FlushAsync(HttpContext context)
    {
        var flushed = context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        if (flushed.IsCompletedSuccessfully) return;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(options.Value.SlowSeconds), clock);
        await using var hurry = lifetime.ApplicationStopping.Register(() => patience.CancelAfter(Farewell));
        try
        {
            await flushed.AsTask().WaitAsync(patience.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            throw new TooSlowException();
        }
    }

    private sealed class TooSlowException : Exception;
}

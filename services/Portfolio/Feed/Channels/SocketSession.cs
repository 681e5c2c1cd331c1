using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using ServiceDefaults;

namespace Portfolio.Feed.Channels;

/// <summary>One client's socket, from its acceptance to its close.</summary>
internal sealed class SocketSession(
    WebSocket socket, HttpContext context, Caller caller, FeedStream feed, FeedFilters filters, FeedOptions options, ILogger log) : IAsyncDisposable
{
    /// <summary>The key has too many streams open. Codes from 4000 are an application's own (RFC 6455 section 7.4.2).</summary>
    public const WebSocketCloseStatus TooMany = (WebSocketCloseStatus)4429;

    // Registered after the RFC: the service restarts, and: try again later.
    private const WebSocketCloseStatus Restart = (WebSocketCloseStatus)1012;
    private const WebSocketCloseStatus TryAgain = (WebSocketCloseStatus)1013;

    private const int LargestCommand = 32 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Subscription> subscriptions = new();
    private readonly SemaphoreSlim sending = new(1);
    private readonly CancellationTokenSource ended = new();
    private Task<byte[]?>? receiving;

    /// <summary>Serves the client until it leaves, fails or the process stops.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping, ended.Token, context.RequestAborted);
        var isOver = new TaskCompletionSource();
        await using var registration = over.Token.Register(isOver.SetResult);
        try
        {
            await BeginAsync();
            while (!over.IsCancellationRequested)
            {
                // A receive that is given up would take the socket with it, so it goes on beside the end.
                receiving ??= ReceiveAsync();
                if (await Task.WhenAny(receiving, isOver.Task) != receiving) break;
                if (await receiving is not { } received) break;
                receiving = null;
                await HeedAsync(received, over.Token);
            }
        }
        catch (Exception failure) when (IsBroken(failure))
        {
            // The client is gone, or the other end of the socket is; whoever comes back says how far it got.
            log.LogDebug("A socket of key {Key} broke: {Reason}", caller.KeyId, failure.Message);
        }

        var ending = EndSubscriptionsAsync();
        // What is being sent is sent; who takes nothing of it is not waited for.
        if (await Task.WhenAny(ending, Task.Delay(Patience, CancellationToken.None)) != ending) socket.Abort();
        await ending;
        await CloseAsync(stopping.IsCancellationRequested ? Restart : WebSocketCloseStatus.NormalClosure, LastPosition() ?? "");
    }

    /// <summary>Says why and closes.</summary>
    public async Task RefuseAsync(Exception why, WebSocketCloseStatus status)
    {
        await SendProblemAsync(why, null);
        await CloseAsync(status, why.Message);
    }

    /// <summary>Waits a while for the client's own close.</summary>
    public async Task AwaitCloseAsync(TimeSpan patience)
    {
        try
        {
            using var enough = new CancellationTokenSource(patience);
            while (socket.State is WebSocketState.Open or WebSocketState.CloseSent)
            {
                receiving ??= ReceiveAsync();
                if (await receiving.WaitAsync(enough.Token) is null) return;
                receiving = null;
            }
        }
        catch (Exception failure) when (IsBroken(failure))
        {
            socket.Abort();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndSubscriptionsAsync();
        socket.Abort();
        if (receiving is not null) await ((Task)receiving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        sending.Dispose();
        ended.Dispose();
    }

    // As seed clients do: what is in the address is a first subscription.
    private async Task BeginAsync()
    {
        var query = context.Request.Query;
        if (query.Count == 0) return;
        Guid[]? wallets = null;
        try
        {
            if (query.TryGetValue("walletId", out var ids))
                wallets = [.. ids.Select(id => Guid.TryParse(id, out var wallet) ? wallet : throw Wrong("?walletId", "A wallet's id is a UUID."))];
            foreach (var name in query.Keys.Except(["walletId", "wallet_address", "types", "after"], StringComparer.OrdinalIgnoreCase))
                throw Wrong("?" + name, "The parameters here are after, types, wallet_address, walletId.");
            await SubscribeAsync(new(SocketCommand.Subscribe, null, wallets, Text("wallet_address"), FeedFilters.Words(Text("types"))?.ToArray(),
                Text("after")));
        }
        catch (DomainException refusal)
        {
            await SendProblemAsync(refusal, null);
        }

        string? Text(string name) => query.TryGetValue(name, out var values)
            ? values is [{ } text] && StorableText.Is(text) ? text : throw Wrong("?" + name, $"'{name}' is one readable text.")
            : null;
        static DomainException Wrong(string pointer, string detail) => new("invalid-parameter", detail, pointer);
    }

    private async Task HeedAsync(byte[] received, CancellationToken ct)
    {
        string? id = null;
        try
        {
            var command = SocketCommand.Read(received);
            id = command.Id;
            switch (command.Action)
            {
                case SocketCommand.Subscribe:
                    await SubscribeAsync(command);
                    break;
                case SocketCommand.Unsubscribe:
                    await UnsubscribeAsync(command.Id);
                    break;
                default:
                    var position = subscriptions.TryGetValue(command.Id ?? "", out var asked) ? asked.Position : LastPosition();
                    await SendAsync(new FeedWord.Pong(position) { Subscription = command.Id }.ToJson());
                    break;
            }
        }
        catch (Exception refusal) when (refusal is DomainException or JsonException)
        {
            await SendProblemAsync(refusal, id);
        }
        catch (Exception failure) when (!IsBroken(failure) && !ct.IsCancellationRequested)
        {
            await FailAsync(failure, id);
        }
    }

    private async Task SubscribeAsync(SocketCommand command)
    {
        var id = command.Id ?? "";
        var after = FeedPosition.Read(command.After, "/after");
        var filter = await filters.ReadAsync(caller, command.Wallets, command.WalletAddress, command.Types, ended.Token);
        if (!subscriptions.ContainsKey(id) && subscriptions.Count >= options.SubscriptionsPerSocket)
            throw new DomainException("too-many", $"A socket holds at most {options.SubscriptionsPerSocket} subscriptions.", "/id");
        if (subscriptions.TryRemove(id, out var former)) await former.EndAsync();

        var subscription = subscriptions[id] = new Subscription(ended.Token);
        subscription.Begin(PumpAsync(command.Id, filter, after, subscription));
    }

    private async Task UnsubscribeAsync(string? id)
    {
        if (!subscriptions.TryRemove(id ?? "", out var subscription))
            throw new DomainException("invalid-body", "There is no such subscription on this socket.", "/id");
        await subscription.EndAsync();
        await SendAsync(new FeedWord.Unsubscribed(subscription.Position ?? "") { Subscription = id }.ToJson());
    }

    private async Task PumpAsync(string? id, FeedFilter filter, FeedPosition? after, Subscription subscription)
    {
        var label = id is null ? null : Encoding.UTF8.GetBytes($",\"subscription\":{JsonSerializer.Serialize(id)}}}");
        try
        {
            await foreach (var signal in feed.ReadAsync(caller.UserId, filter, after, subscription.Place, subscription.Token))
            {
                if (signal is FeedSignal.Message { Item: var item })
                {
                    await SendAsync(label is null ? item.Json : [.. item.Json.AsSpan(0, item.Json.Length - 1), .. label]);
                    PortfolioMetrics.FeedSent.Add(1, new KeyValuePair<string, object?>("channel", OpenStreams.WebSocket));
                }
                else
                {
                    await SendAsync(FeedWord.Of(signal, id).ToJson());
                }
            }
        }
        catch (OperationCanceledException) when (subscription.Token.IsCancellationRequested)
        {
            // It was ended, or the whole socket was.
        }
        catch (Exception failure) when (IsBroken(failure))
        {
            await ended.CancelAsync();
        }
        catch (Exception failure)
        {
            await FailAsync(failure, id);
        }
    }

    private async Task FailAsync(Exception failure, string? id)
    {
        log.LogWarning(failure, "A socket of key {Key} ends: {Reason}", caller.KeyId, failure.Message);
        try
        {
            await SendProblemAsync(failure, id);
            await CloseAsync(TryAgain, LastPosition() ?? "");
        }
        catch (Exception broken) when (IsBroken(broken))
        {
            socket.Abort();
        }

        await ended.CancelAsync();
    }

    // Which of several subscriptions is meant is in its own messages; of one socket with one, this is all there is to know.
    private string? LastPosition() => subscriptions.Values.Select(subscription => subscription.Place.Reached).OfType<FeedPosition>()
        .MinBy(position => position.Seq)?.ToString();

    private Task SendProblemAsync(Exception failure, string? id) => SendAsync(context.ProblemOf(failure, id is null ? null : ("subscription", id)));

    private async Task SendAsync(ReadOnlyMemory<byte> json)
    {
        await sending.WaitAsync(ended.Token);
        try
        {
            if (socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived)) throw new WebSocketException(WebSocketError.InvalidState);
            // Not to be given up for any other reason: half a message would spoil the socket.
            using var slow = new CancellationTokenSource(TimeSpan.FromSeconds(options.SlowSeconds));
            try
            {
                await socket.SendAsync(json, WebSocketMessageType.Text, endOfMessage: true, slow.Token);
            }
            catch (OperationCanceledException) when (slow.IsCancellationRequested)
            {
                PortfolioMetrics.FeedSlowCloses.Add(1, new KeyValuePair<string, object?>("channel", OpenStreams.WebSocket));
                log.LogInformation("A socket of key {Key} took nothing for {Seconds} s and is closed at {Position}", caller.KeyId,
                    options.SlowSeconds, LastPosition());
                socket.Abort();
                throw;
            }
        }
        finally
        {
            sending.Release();
        }
    }

    // A whole message, or null where the client closes.
    private async Task<byte[]?> ReceiveAsync()
    {
        using var whole = new MemoryStream();
        var buffer = new byte[4096];
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer, CancellationToken.None);
            if (part.MessageType is WebSocketMessageType.Close) return null;
            // What the client still says is taken off the line, or it would never see the close.
            if (socket.State is WebSocketState.CloseSent) continue;
            whole.Write(buffer, 0, part.Count);
            if (whole.Length > LargestCommand)
            {
                await CloseAsync(WebSocketCloseStatus.MessageTooBig, $"A message has at most {LargestCommand} bytes.");
                await ended.CancelAsync();
            }
            else if (part.EndOfMessage)
            {
                return whole.ToArray();
            }
        }
    }

    private async Task EndSubscriptionsAsync()
    {
        foreach (var subscription in subscriptions.Values) await subscription.EndAsync();
    }

    private async Task CloseAsync(WebSocketCloseStatus status, string reason)
    {
        // Whoever holds it is sending to a client that takes nothing.
        using var enough = new CancellationTokenSource(Patience);
        try
        {
            await sending.WaitAsync(enough.Token);
            try
            {
                if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                    await socket.CloseOutputAsync(status, Shortened(reason), enough.Token);
            }
            finally
            {
                sending.Release();
            }
        }
        catch (Exception failure) when (IsBroken(failure))
        {
            socket.Abort();
        }
    }

    private static bool IsBroken(Exception failure) =>
        failure is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException;

    // A close has room for 123 bytes (RFC 6455 section 5.5).
    private static string Shortened(string reason) => reason.Length <= 120 ? reason : reason[..120];

    private sealed class Subscription(CancellationToken socketEnds)
    {
        private readonly CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(socketEnds);
        private Task pump = Task.CompletedTask;

        public FeedPlace Place { get; } = new();

        public CancellationToken Token => ending.Token;

        public string? Position => Place.Reached?.ToString();

        public void Begin(Task begun) => pump = begun;

        public async Task EndAsync()
        {
            await ending.CancelAsync();
            await pump;
        }
    }
}

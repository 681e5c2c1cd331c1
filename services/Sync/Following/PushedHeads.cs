using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Sync.Following;

/// <summary>
/// Listens to a provider that tells of new blocks by itself (<c>eth_subscribe</c>, <c>newHeads</c>). What it says is a hint to look at the
/// tip and nothing else; one that is silent while there are blocks is reported and opened anew.
/// </summary>
internal sealed class PushedHeads(string network, string provider, Uri address, Action wake, TimeProvider clock, ILogger log)
{
    /// <summary>So many blocks found by asking, and none told, are a silence.</summary>
    private const int SilentBlocks = 3;

    private const int LongestReason = 200;
    private const int LongestMessage = 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestPatience = TimeSpan.FromMinutes(5);
    private static readonly byte[] Subscribe =
        """{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}"""u8.ToArray();

    private CancellationTokenSource? listening;
    private int untold;

    /// <summary>How many heads were heard.</summary>
    public int Heard { get; private set; }

    /// <summary>A block was found by asking. True where that makes the feed a silent one; it is opened anew then.</summary>
    public bool Found()
    {
        if (listening is not { } open || Interlocked.Increment(ref untold) < SilentBlocks) return false;
        Interlocked.Exchange(ref untold, 0);
        SyncMetrics.PushSilences.Add(1, new("network", network), new("provider", provider));
        log.LogWarning("{Provider} tells nothing of new blocks of {Network} although there are; its feed is opened anew", provider, network);
        try
        {
            open.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended just now.
        }

        return true;
    }

    /// <summary>Listens, again after every end, until it is cancelled.</summary>
    public async Task ListenAsync(CancellationToken ct)
    {
        var pause = TimeSpan.FromSeconds(1);
        while (!ct.IsCancellationRequested)
        {
            var before = Heard;
            using var open = CancellationTokenSource.CreateLinkedTokenSource(ct);
            try
            {
                await ListenOnceAsync(open);
            }
            catch (Exception e) when (e is WebSocketException or HttpRequestException or IOException or JsonException or OperationCanceledException)
            {
                if (ct.IsCancellationRequested) return;
                log.LogInformation(
                    "The feed of {Provider} for {Network} ended and is opened anew: {Reason}", provider, network, e.GetBaseException().Message);
            }
            finally
            {
                listening = null;
            }

            pause = Heard > before ? TimeSpan.FromSeconds(1) : pause * 2 < LongestPatience ? pause * 2 : LongestPatience;
            await Task.Delay(pause, clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ListenOnceAsync(CancellationTokenSource open)
    {
        using var socket = new ClientWebSocket();
        socket.Options.KeepAliveInterval = TimeSpan.FromSeconds(15);
        socket.Options.KeepAliveTimeout = TimeSpan.FromSeconds(15);
        using (var limit = CancellationTokenSource.CreateLinkedTokenSource(open.Token))
        {
            limit.CancelAfter(Patience);
            await socket.ConnectAsync(address, limit.Token);
            await socket.SendAsync(Subscribe, WebSocketMessageType.Text, endOfMessage: true, limit.Token);
        }

        Interlocked.Exchange(ref untold, 0);
        listening = open;
        var (buffer, length) = (new byte[64 * 1024], 0);
        while (true)
        {
            if (length == buffer.Length)
            {
                if (length >= LongestMessage) throw new IOException("a message that is too long");
                Array.Resize(ref buffer, 2 * length);
            }

            var read = await socket.ReceiveAsync(buffer.AsMemory(length), open.Token);
            if (read.MessageType is WebSocketMessageType.Close) throw new IOException("closed by the provider");
            length += read.Count;
            if (!read.EndOfMessage) continue;
            Hear(buffer.AsSpan(0, length));
            length = 0;
        }
    }

    private void Hear(ReadOnlySpan<byte> message)
    {
        var reader = new Utf8JsonReader(message);
        using var told = JsonDocument.ParseValue(ref reader);
        if (told.RootElement.ValueKind is not JsonValueKind.Object) throw new JsonException("No object.");
        if (told.RootElement.TryGetProperty("error", out _))
            throw new IOException($"refuses to tell: {Encoding.UTF8.GetString(message[..Math.Min(message.Length, LongestReason)])}");
        if (!told.RootElement.TryGetProperty("method", out var method) || method.ValueKind is not JsonValueKind.String
            || method.GetString() != "eth_subscription") return;
        Interlocked.Exchange(ref untold, 0);
        Heard++;
        wake();
    }
}

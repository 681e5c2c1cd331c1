using System.Net.WebSockets;
using System.Text;

namespace Benchmarks.Live;

/// <summary>A client at the gateway's socket that subscribed to all that a user is told from now on.</summary>
internal sealed class LiveClient : IAsyncDisposable
{
    private readonly ClientWebSocket socket = new();
    private Task reading = Task.CompletedTask;

    private LiveClient() { }

    /// <summary>Connects, and calls back for each message of the feed, its bytes being good until it returns.</summary>
    public static async Task<LiveClient> ConnectAsync(Uri gateway, string key, Action<ReadOnlyMemory<byte>> heard)
    {
        var client = new LiveClient();
        client.socket.Options.SetRequestHeader("Authorization", $"Bearer {key}");
        await client.socket.ConnectAsync(new UriBuilder(gateway) { Scheme = "ws", Path = "/ws" }.Uri, default);
        await client.socket.SendAsync("""{"action":"subscribe"}"""u8.ToArray(), WebSocketMessageType.Text, true, default);
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.reading = client.ReadAsync(ready, heard);
        await ready.Task.WaitAsync(TimeSpan.FromSeconds(60));
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        socket.Abort();
        await reading;
        socket.Dispose();
    }

    private async Task ReadAsync(TaskCompletionSource ready, Action<ReadOnlyMemory<byte>> heard)
    {
        var (buffer, length) = (new byte[4096], 0);
        try
        {
            while (true)
            {
                if (length == buffer.Length) Array.Resize(ref buffer, 2 * length);
                var read = await socket.ReceiveAsync(buffer.AsMemory(length), default);
                if (read.MessageType is WebSocketMessageType.Close) throw new InvalidOperationException("The gateway closed the socket.");
                length += read.Count;
                if (!read.EndOfMessage) continue;
                // A message of the feed begins with its number; all else that is said begins with its type.
                if (buffer.AsSpan(0, length).StartsWith("{\"seq\""u8)) heard(buffer.AsMemory(0, length));
                else if (!ready.TrySetResult())
                    throw new InvalidOperationException($"The gateway says {Encoding.UTF8.GetString(buffer, 0, length)}");
                length = 0;
            }
        }
        catch (Exception ended) when (ended is WebSocketException or OperationCanceledException)
        {
            ready.TrySetException(ended);
        }
    }
}

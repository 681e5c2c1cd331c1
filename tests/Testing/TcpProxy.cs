using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Testing;

/// <summary>
/// Stands between services and a server on a port of its own, where a test makes the network slow, silent or broken for whoever
/// connects through it.
/// </summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource ended = new();
    private readonly ConcurrentDictionary<TcpClient, bool> open = [];
    private readonly int[] targets;
    private readonly Task accepting;
    private int taken;
    private TaskCompletionSource? silence;

    /// <param name="targets">
    /// The server's port on this machine, or those of its replicas: they take turns, and one that is away is passed over.
    /// </param>
    public TcpProxy(params int[] targets)
    {
        this.targets = targets;
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>How long each piece takes in either direction.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>Nothing passes while all connections stay open, as behind a cable that was pulled; what was sent meanwhile comes later.</summary>
    public void FallSilent() => silence = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Speak() => Interlocked.Exchange(ref silence, null)?.SetResult();

    /// <summary>Resets every connection; new ones are taken.</summary>
    public void Reset()
    {
        foreach (var client in open.Keys) Break(client);
    }

    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        listener.Stop();
        Speak();
        Reset();
        await accepting;
        ended.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = CarryAsync(await listener.AcceptTcpClientAsync(ended.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        TcpClient? server = null;
        open[client] = true;
        try
        {
            server = await ConnectAsync();
            open[server] = true;
            (client.NoDelay, server.NoDelay) = (true, true);
            await Task.WhenAny(PassAsync(client.GetStream(), server.GetStream()), PassAsync(server.GetStream(), client.GetStream()));
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or InvalidOperationException)
        {
            // The server is away: who connected learns it by the connection's end.
        }
        finally
        {
            foreach (var side in new[] { client, server }.OfType<TcpClient>())
            {
                open.TryRemove(side, out _);
                Break(side);
            }

            server?.Dispose();
        }
    }

    private async Task<TcpClient> ConnectAsync()
    {
        var first = (uint)Interlocked.Increment(ref taken);
        for (uint next = 0; ; next++)
        {
            var server = new TcpClient();
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, targets[(first + next) % targets.Length], ended.Token);
                return server;
            }
            catch (SocketException) when (next + 1 < targets.Length)
            {
                server.Dispose();
            }
        }
    }

    private async Task PassAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReadAsync(buffer, ended.Token) is > 0 and var read)
            {
                if (Latency > TimeSpan.Zero) await Task.Delay(Latency, ended.Token);
                if (silence is { } silent) await silent.Task;
                await to.WriteAsync(buffer.AsMemory(0, read), ended.Token);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Either side ended.
        }
    }

    private static void Break(TcpClient client)
    {
        try
        {
            client.Client?.Close(0);
        }
        catch (ObjectDisposedException)
        {
            // It is gone already.
        }
    }
}

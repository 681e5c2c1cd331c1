using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Services.Sync;

/// <summary>A request as the provider saw it, in ticks of the world's time.</summary>
internal readonly record struct Arrival(long At, long Sent, string Process, bool Urgent, bool Refused);

/// <summary>
/// A provider that counts what arrives, and the time that it and its callers live in: time stands still while any of them
/// does something, and jumps to what is waited for next when all of them wait.
/// </summary>
internal sealed class HammeredWorld : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly TcpListener clocks = new(IPAddress.Loopback, 0);
    private readonly WebApplication provider;
    private readonly CancellationTokenSource ended = new();
    private readonly List<Arrival> arrivals = [];
    private readonly Dictionary<string, (StreamWriter Writer, long Until)> waiting = [];
    private readonly HashSet<string> expected = [];
    private long now = Start.UtcTicks;

    public HammeredWorld()
    {
        var builder = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        provider = builder.Build();
        provider.MapGet("/ask", http => AnswerAsync(http, 1));
        // A batch, each question of which counts.
        provider.MapPost("/", async http => await AnswerAsync(http, (await http.Request.ReadFromJsonAsync<int[]>())!.Length));
    }

    public static DateTimeOffset Start { get; } = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    public int ClockPort => ((IPEndPoint)clocks.LocalEndpoint).Port;

    public string Url => provider.Urls.Single() + "/";

    /// <summary>How many seconds a caller that comes now is sent away for, given what arrived before; null lets it in.</summary>
    public Func<HammeredWorld, int?> Refuse { get; set; } = _ => null;

    /// <summary>Requests that are never answered.</summary>
    public Func<Arrival, bool> Hold { get; set; } = _ => false;

    /// <summary>Ends when a request is held.</summary>
    public TaskCompletionSource Held { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public DateTimeOffset Now
    {
        get { lock (gate) return new(now, TimeSpan.Zero); }
    }

    public IReadOnlyList<Arrival> Arrivals
    {
        get { lock (gate) return [.. arrivals]; }
    }

    /// <summary>Requests let in during the span that ends now.</summary>
    public int LetInWithin(TimeSpan span)
    {
        var count = 0;
        for (var i = arrivals.Count - 1; i >= 0 && arrivals[i].At > now - span.Ticks; i--)
        {
            if (!arrivals[i].Refused) count++;
        }

        return count;
    }

    public bool IsDeserted
    {
        get { lock (gate) return expected.Count == 0; }
    }

    public async Task StartAsync()
    {
        clocks.Start();
        await provider.StartAsync();
        _ = AcceptAsync();
    }

    /// <summary>Time does not go on without this process from now on.</summary>
    public void Expect(string process)
    {
        lock (gate) expected.Add(process);
    }

    /// <summary>Time goes on without it.</summary>
    public void Forget(string process)
    {
        lock (gate)
        {
            expected.Remove(process);
            waiting.Remove(process);
            Advance();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        clocks.Dispose();
        await provider.DisposeAsync();
        ended.Dispose();
    }

    private async Task AnswerAsync(HttpContext http, int questions)
    {
        Arrival arrival;
        int? refused;
        lock (gate)
        {
            refused = Refuse(this);
            arrival = new(
                now, long.Parse(http.Request.Headers["X-Sent"]!, CultureInfo.InvariantCulture), http.Request.Headers["X-Process"]!,
                http.Request.Headers["X-Urgent"] == "1", refused is not null);
            arrivals.AddRange(Enumerable.Repeat(arrival, questions));
        }

        if (Hold(arrival))
        {
            Held.TrySetResult();
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        if (refused is { } seconds)
        {
            http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            http.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            return;
        }

        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync("{}");
    }

    private async Task AcceptAsync()
    {
        while (!ended.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await clocks.AcceptTcpClientAsync(ended.Token));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var connection = client;
        client.NoDelay = true;
        using var reader = new StreamReader(client.GetStream());
        await using var writer = new StreamWriter(client.GetStream()) { AutoFlush = true, NewLine = "\n" };
        try
        {
            var process = await reader.ReadLineAsync(ended.Token);
            if (process is null) return;
            await writer.WriteLineAsync(Now.UtcTicks.ToString(CultureInfo.InvariantCulture));
            while (await reader.ReadLineAsync(ended.Token) is { } line)
            {
                if (line == "end")
                {
                    Forget(process);
                    return;
                }

                lock (gate)
                {
                    waiting[process] = (writer, long.Parse(line, CultureInfo.InvariantCulture));
                    Advance();
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // Killed, or the test is over.
        }
    }

    private void Advance()
    {
        if (expected.Count == 0 || !expected.All(waiting.ContainsKey)) return;
        now = Math.Max(now, waiting.Values.Min(entry => entry.Until));
        foreach (var (process, (writer, _)) in waiting.Where(entry => entry.Value.Until <= now).ToList())
        {
            waiting.Remove(process);
            writer.WriteLine(now.ToString(CultureInfo.InvariantCulture));
        }
    }
}

using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text.Json;

namespace Testing;

/// <summary>
/// A client of a user's feed, by WebSocket or server-sent events, that remembers the position of the last message and goes on there
/// when its connection ends, as the documents tell clients to.
/// </summary>
public sealed class FeedFollower(Func<Uri> address, Func<string> bearer, bool bySocket) : IDisposable
{
    private readonly HttpClient http = new() { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Where it is; null before it knows, and it then begins with what happens from now on.</summary>
    public string? Position { get; set; }

    /// <summary>More of the query, such as <c>types=…</c>.</summary>
    public string Query { get; init; } = "";

    /// <summary>How long it waits after a connection that broke or was refused.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Whether it keeps of messages no more than their number and id, as is enough where very many come to very many.</summary>
    public bool IsLean { get; init; }

    /// <summary>The messages of the feed, as they came.</summary>
    public List<JsonElement> Messages { get; } = [];

    /// <summary>Number and id of every message of the feed, as they came.</summary>
    public List<(long Seq, Guid Id)> Log { get; } = [];

    /// <summary>Everything else that was said: <c>ready</c>, <c>reset</c>, <c>closing</c>, problems.</summary>
    public List<JsonElement> Words { get; } = [];

    public int Connections { get; private set; }

    /// <summary>How the last socket was closed by the server.</summary>
    public (WebSocketCloseStatus Status, string? Reason)? Closed { get; private set; }

    public IEnumerable<long> Seqs => Log.Select(message => message.Seq);

    public IEnumerable<JsonElement> Resets => Words.Where(word => word.GetProperty("type").GetString() == "reset");

    /// <summary>Follows until enough has come. Each connection ends when it was given up, after a time that may be asked for.</summary>
    public async Task FollowAsync(Func<FeedFollower, bool> isEnough, CancellationToken ct, Func<TimeSpan>? cutAfter = null)
    {
        while (!isEnough(this))
        {
            using var cut = CancellationTokenSource.CreateLinkedTokenSource(ct);
            if (cutAfter is not null) cut.CancelAfter(cutAfter());
            try
            {
                await ConnectAsync(isEnough, cut.Token);
            }
            catch (Exception failure) when (!ct.IsCancellationRequested && failure is OperationCanceledException or WebSocketException
                or HttpRequestException or IOException)
            {
                if (failure is not OperationCanceledException) await Task.Delay(Pause, ct);
            }
        }
    }

    /// <summary>Follows for one connection.</summary>
    public Task ConnectAsync(Func<FeedFollower, bool> isEnough, CancellationToken ct)
    {
        Connections++;
        return bySocket ? BySocketAsync(isEnough, ct) : ByStreamAsync(isEnough, ct);
    }

    public void Dispose() => http.Dispose();

    private async Task BySocketAsync(Func<FeedFollower, bool> isEnough, CancellationToken ct)
    {
        Closed = null;
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {bearer()}");
        var target = new UriBuilder(address()) { Path = "/ws", Query = Query };
        target.Scheme = target.Scheme == Uri.UriSchemeHttps ? Uri.UriSchemeWss : Uri.UriSchemeWs;
        await socket.ConnectAsync(target.Uri, ct);
        if (Query.Length == 0)
        {
            var subscribe = JsonSerializer.SerializeToUtf8Bytes(
                Position is null ? (object)new { action = "subscribe" } : new { action = "subscribe", after = Position });
            await socket.SendAsync(subscribe, WebSocketMessageType.Text, true, ct);
        }

        using var whole = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (!isEnough(this))
        {
            var part = await socket.ReceiveAsync(buffer, ct);
            if (part.MessageType is WebSocketMessageType.Close)
            {
                Closed = (part.CloseStatus!.Value, part.CloseStatusDescription);
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", ct);
                return;
            }

            whole.Write(buffer, 0, part.Count);
            if (!part.EndOfMessage) continue;
            Take(JsonElement.Parse(whole.GetBuffer().AsSpan(0, (int)whole.Length)));
            whole.SetLength(0);
        }
    }

    private async Task ByStreamAsync(Func<FeedFollower, bool> isEnough, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new UriBuilder(address()) { Path = "/api/v1/events", Query = Query }.Uri);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer());
        if (Position is not null) request.Headers.TryAddWithoutValidation("Last-Event-ID", Position);
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        if (!answer.IsSuccessStatusCode) throw new HttpRequestException($"{answer.StatusCode} {await answer.Content.ReadAsStringAsync(ct)}");
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(ct));
        string? id = null, data = null;
        while (!isEnough(this) && await reader.ReadLineAsync(ct) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal)) id = line[4..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal)) data = line[6..];
            if (line.Length > 0) continue;

            if (data is not null) Take(JsonElement.Parse(data));
            // Also of what has no data, as a browser does.
            Position = id ?? Position;
            (id, data) = (null, null);
        }
    }

    private void Take(JsonElement said)
    {
        if (!said.TryGetProperty("seq", out var seq)) Words.Add(said);
        else
        {
            Log.Add((seq.GetInt64(), said.GetProperty("id").GetGuid()));
            if (!IsLean) lock (Messages) Messages.Add(said);
        }

        if (said.TryGetProperty("position", out var position) && position.GetString() is { Length: > 0 } place) Position = place;
    }
}

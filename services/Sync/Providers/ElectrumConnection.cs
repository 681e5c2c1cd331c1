using System.Buffers;
using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text.Json;

namespace Sync.Providers;

/// <summary>
/// A connection to a server of the Electrum protocol, by TCP or TLS: a line is a question or an answer, and answers come in any order. What
/// cannot be an answer ends it, since nobody knows where the next one begins.
/// </summary>
internal sealed class ElectrumConnection : IDisposable
{
    // As much as any other provider may answer, and so much of it that it is no more once it is written again.
    private const int LongestLine = 64 * 1024 * 1024;
    private const int LongestAnswer = 48 * 1024 * 1024;
    private const int FirstBuffer = 64 * 1024;
    private const int LongestVersion = 20;
    private const byte EndOfLine = (byte)'\n';

    // Every server speaks it; what came later is of no use here.
    private const string Oldest = "1.4";
    private const string Newest = "1.4.5";

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    private readonly string provider;
    private readonly TcpClient client;
    private readonly Stream stream;
    private readonly ConcurrentDictionary<long, TaskCompletionSource<Line>> waiting = new();
    private Exception? end;
    private long asked;
    private long heard;

    private ElectrumConnection(string provider, TcpClient client, Stream stream)
    {
        (this.provider, this.client, this.stream) = (provider, client, stream);
        // Whoever opened it is not whom it goes on for.
        using (ExecutionContext.SuppressFlow()) _ = Task.Run(ListenAsync);
    }

    private SemaphoreSlim Writing { get; } = new(1);

    /// <summary>Whether it ended.</summary>
    public bool IsOver => end is not null;

    /// <summary>Connects and agrees on the version of the protocol, which has to be the first thing that is said.</summary>
    /// <exception cref="HttpRequestException">There is no connection.</exception>
    /// <exception cref="ProviderException">The server is not whom it should be, or speaks another version.</exception>
    public static async Task<ElectrumConnection> OpenAsync(string provider, Uri server, byte[]? fingerprint, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(ConnectTimeout);
        var client = new TcpClient { NoDelay = true };
        try
        {
            await client.ConnectAsync(server.IdnHost, server.Port, limit.Token);
            Stream stream = client.GetStream();
            if (server.Scheme == ElectrumTransport.Tls) stream = await SecuredAsync(provider, stream, server.IdnHost, fingerprint, limit.Token);
            var connection = new ElectrumConnection(provider, client, stream);
            await connection.AgreeAsync(ct);
            return connection;
        }
        catch (Exception e)
        {
            client.Dispose();
            throw e switch
            {
                AuthenticationException => new HttpRequestException(HttpRequestError.SecureConnectionError, "There is no secure connection.", e),
                SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } =>
                    new HttpRequestException(HttpRequestError.NameResolutionError, "The name is not known.", e),
                SocketException => new HttpRequestException(HttpRequestError.ConnectionError, "There is no connection.", e),
                OperationCanceledException when !ct.IsCancellationRequested =>
                    new HttpRequestException(HttpRequestError.ConnectionError, "There is no connection in time.", e),
                _ => e,
            };
        }
    }

    /// <summary>Asks all at once; the answers as a batch, under the numbers that the questions have.</summary>
    public async Task<ReadOnlyMemory<byte>> AskAsync(IReadOnlyList<JsonElement> questions, CancellationToken ct)
    {
        var before = Volatile.Read(ref heard);
        var ids = new long[questions.Count];
        var answers = new Task<Line>[questions.Count];
        for (var i = 0; i < ids.Length; i++)
        {
            var answer = new TaskCompletionSource<Line>(TaskCreationOptions.RunContinuationsAsynchronously);
            ids[i] = Interlocked.Increment(ref asked);
            waiting[ids[i]] = answer;
            answers[i] = answer.Task;
        }

        try
        {
            // Who ends it has told all that waited before.
            if (end is { } over) throw over;
            await SendAsync(Write(questions, ids), ct);
            return Write(questions, await Task.WhenAll(answers).WaitAsync(ct));
        }
        catch (OperationCanceledException)
        {
            // One question may be slow to answer; who ends no line meanwhile is gone, or sends one that does not end.
            if (Volatile.Read(ref heard) == before) End(new IOException("The server is silent."));
            throw;
        }
        finally
        {
            foreach (var id in ids) waiting.TryRemove(id, out _);
            foreach (var answer in answers) _ = answer.Exception;
        }
    }

    public void Dispose() => End(new ObjectDisposedException(nameof(ElectrumConnection)));

    private static async Task<Stream> SecuredAsync(string provider, Stream stream, string host, byte[]? fingerprint, CancellationToken ct)
    {
        var isRefused = false;
        var secured = new SslStream(stream);
        try
        {
            await secured.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = host,
                // Where one certificate is named it has to be that one, and nobody else's word counts.
                RemoteCertificateValidationCallback = (_, shown, _, errors) => !(isRefused = fingerprint is null
                    ? errors is not SslPolicyErrors.None
                    : shown is null || !CryptographicOperations.FixedTimeEquals(SHA256.HashData(shown.GetRawCertData()), fingerprint)),
            }, ct);
            return secured;
        }
        catch (AuthenticationException e) when (isRefused)
        {
            throw new ProviderException(ProviderFailure.Unavailable, provider, fingerprint is null
                ? "its certificate is not trusted on this machine" : "its certificate is not the one that is configured", inner: e);
        }
    }

    private async Task AgreeAsync(CancellationToken ct)
    {
        var question = JsonSerializer.SerializeToElement(
            new { id = 1, method = "server.version", @params = (object[])["", new[] { Oldest, Newest }] });
        var told = JsonElement.Parse((await AskAsync([question], ct)).Span)[0];
        if (told.TryGetProperty("result", out var result) && result is { ValueKind: JsonValueKind.Array } && result.GetArrayLength() == 2
            && result[1] is { ValueKind: JsonValueKind.String } version && version.GetString() is { Length: <= LongestVersion } text
            && (text == Oldest || text.StartsWith($"{Oldest}.", StringComparison.Ordinal))) return;
        var unfit = new ProviderException(ProviderFailure.BadAnswer, provider, $"does not speak version {Oldest} of the Electrum protocol");
        End(unfit);
        throw unfit;
    }

    private async Task SendAsync(ReadOnlyMemory<byte> lines, CancellationToken ct)
    {
        await Writing.WaitAsync(ct);
        try
        {
            await stream.WriteAsync(lines, ct);
            await stream.FlushAsync(ct);
        }
        catch (Exception e)
        {
            // What was sent in part only makes the next question unreadable.
            End(new IOException("The question could not be sent.", e));
            throw e is OperationCanceledException ? e : new IOException("The question could not be sent.", e);
        }
        finally
        {
            Writing.Release();
        }
    }

    private async Task ListenAsync()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        try
        {
            var length = 0;
            int read;
            while ((read = await stream.ReadAsync(buffer.AsMemory(length))) > 0)
            {
                var (from, looked) = (0, length);
                length += read;
                while (buffer.AsSpan(looked, length - looked).IndexOf(EndOfLine) is >= 0 and var at)
                {
                    Hear(buffer.AsSpan(from, looked + at - from));
                    from = looked = looked + at + 1;
                }

                length -= from;
                if (from > 0) buffer.AsSpan(from, length).CopyTo(buffer);
                if (length < buffer.Length) continue;
                if (length >= LongestLine) throw Bad($"answers a line of more than {LongestLine} bytes");
                var larger = ArrayPool<byte>.Shared.Rent(2 * length);
                buffer.AsSpan(0, length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = larger;
            }

            End(new IOException("The server ended the connection."));
        }
        catch (Exception e)
        {
            End(e as ProviderException ?? (Exception)new IOException("The connection broke.", e));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Hear(Span<byte> line)
    {
        Interlocked.Increment(ref heard);
        if (line.IsEmpty) return;
        JsonElement told;
        try
        {
            ReadableJson.Mend(line);
            told = JsonElement.Parse(line);
        }
        catch (JsonException e)
        {
            throw new ProviderException(ProviderFailure.BadAnswer, provider, "answers with something unreadable", inner: e);
        }

        if (told.ValueKind is not JsonValueKind.Object) throw Bad("answers with no object");
        // What it tells by itself is heard from nobody: the tip is asked for.
        if (told.TryGetProperty("method", out _)) return;
        var answer = new Line(told, line.Length);
        if (!told.TryGetProperty("id", out var id) || id.ValueKind is JsonValueKind.Null)
        {
            // It could not read a question, or has enough of all of them.
            foreach (var each in waiting.Values) each.TrySetResult(answer);
        }
        else if (id.ValueKind is not JsonValueKind.Number || !id.TryGetInt64(out var number) || number < 1 || number > Volatile.Read(ref asked))
        {
            throw Bad("answers what it was not asked");
        }
        // Nobody waits any more for what comes late.
        else if (waiting.TryGetValue(number, out var asking))
        {
            asking.TrySetResult(answer);
        }
    }

    private void End(Exception reason)
    {
        if (Interlocked.CompareExchange(ref end, reason, null) is not null) return;
        client.Dispose();
        foreach (var each in waiting.Values) each.TrySetException(reason);
    }

    private static ReadOnlyMemory<byte> Write(IReadOnlyList<JsonElement> questions, long[] ids)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        for (var i = 0; i < ids.Length; i++)
        {
            json.WriteStartObject();
            json.WriteString("jsonrpc", "2.0");
            json.WriteNumber("id", ids[i]);
            foreach (var part in (string[])["method", "params"])
            {
                json.WritePropertyName(part);
                questions[i].GetProperty(part).WriteTo(json);
            }

            json.WriteEndObject();
            json.Flush();
            json.Reset();
            buffer.Write([EndOfLine]);
        }

        return buffer.WrittenMemory;
    }

    private ReadOnlyMemory<byte> Write(IReadOnlyList<JsonElement> questions, Line[] answers)
    {
        if (answers.Sum(answer => (long)answer.Length) > LongestAnswer)
            throw new ProviderException(ProviderFailure.OutOfReach, provider, $"answers more than {LongestAnswer} bytes") { MayBeTooMuch = true };
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var (question, answer) in questions.Zip(answers))
            {
                json.WriteStartObject();
                json.WritePropertyName("id");
                question.GetProperty("id").WriteTo(json);
                if (answer.Told.TryGetProperty("error", out var error) && error.ValueKind is not JsonValueKind.Null)
                {
                    json.WritePropertyName("error");
                    // Some say it in a word.
                    if (error.ValueKind is JsonValueKind.String) JsonSerializer.Serialize(json, new { code = 1, message = error.GetString() });
                    else error.WriteTo(json);
                }
                else if (answer.Told.TryGetProperty("result", out var result))
                {
                    json.WritePropertyName("result");
                    result.WriteTo(json);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return buffer.WrittenMemory;
    }

    private ProviderException Bad(string reason) => new(ProviderFailure.BadAnswer, provider, reason);

    private readonly record struct Line(JsonElement Told, int Length);
}

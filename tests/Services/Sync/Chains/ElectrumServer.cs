using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Services.Sync;

/// <summary>
/// A server of the Electrum protocol, written from the specification of its version 1.4 (github.com/spesmilo/electrum-protocol) over a real
/// node's chain, by TCP and TLS. A test may have it answer otherwise, or not at all.
/// </summary>
public sealed class ElectrumServer : IAsyncDisposable
{
    private const int MostHeaders = 2016;

    private readonly RunningLitecoind node;
    private readonly ElectrumIndex index;
    private readonly SemaphoreSlim indexing = new(1);
    private readonly CancellationTokenSource ended = new();
    private readonly ConcurrentDictionary<TcpClient, bool> open = [];
    private readonly TcpListener plain = new(IPAddress.Loopback, 0);
    private readonly TcpListener secured = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2 certificate = Certificate();
    private readonly Task accepting;

    public ElectrumServer(RunningLitecoind node)
    {
        (this.node, index) = (node, new ElectrumIndex(node));
        plain.Start();
        secured.Start();
        // It serves all tests and belongs to none: what ends with the one that began it must not end with it.
        using (ExecutionContext.SuppressFlow())
            accepting = Task.WhenAll(Task.Run(() => AcceptAsync(plain, false)), Task.Run(() => AcceptAsync(secured, true)));
    }

    public string Url => $"tcp://127.0.0.1:{((IPEndPoint)plain.LocalEndpoint).Port}";

    public string SecuredUrl => $"ssl://127.0.0.1:{((IPEndPoint)secured.LocalEndpoint).Port}";

    /// <summary>What its certificate, which nobody vouches for, is known by.</summary>
    public string Fingerprint => certificate.GetCertHashString(HashAlgorithmName.SHA256);

    /// <summary>All questions in their order, by method and parameters.</summary>
    internal ConcurrentQueue<(string Method, string Parameters)> Asked { get; } = new();

    /// <summary>A longer history is refused.</summary>
    internal int MostListed { get; set; } = 10_000;

    /// <summary>The version that it agrees on.</summary>
    internal string Version { get; set; } = "1.4.2";

    /// <summary>Makes another result of one, by method and parameters.</summary>
    internal Func<string, JsonArray, JsonNode?, Task<JsonNode?>>? Alter { get; set; }

    /// <summary>Answers itself on the connection, or not at all; false for what is answered as usual.</summary>
    internal Func<string, long, Stream, Task<bool>>? Instead { get; set; }

    public static JsonNode Refusal(int code, string message) => new JsonObject { ["code"] = code, ["message"] = message };

    /// <summary>Reads what is new at the node, which the first time is the whole chain.</summary>
    public async Task CatchUpAsync()
    {
        await indexing.WaitAsync(ended.Token);
        try
        {
            await index.UpdateAsync();
        }
        finally
        {
            indexing.Release();
        }
    }

    /// <summary>As it always was.</summary>
    public void Mend()
    {
        (Alter, Instead, MostListed, Version) = (null, null, 10_000, "1.4.2");
        Asked.Clear();
    }

    /// <summary>Ends every connection.</summary>
    public void Hang()
    {
        foreach (var client in open.Keys) client.Dispose();
    }

    /// <summary>How often a method was asked.</summary>
    public int Count(string method) => Asked.Count(question => question.Method == method);

    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        plain.Stop();
        secured.Stop();
        Hang();
        await accepting;
        certificate.Dispose();
        indexing.Dispose();
        ended.Dispose();
    }

    private async Task AcceptAsync(TcpListener listener, bool isSecured)
    {
        try
        {
            while (true) _ = ServeAsync(await listener.AcceptTcpClientAsync(ended.Token), isSecured);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client, bool isSecured)
    {
        open[client] = true;
        using var writing = new SemaphoreSlim(1);
        try
        {
            Stream stream = client.GetStream();
            if (isSecured)
            {
                var tls = new SslStream(stream);
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, ended.Token);
                stream = tls;
            }

            using var reader = new StreamReader(stream, Encoding.UTF8, leaveOpen: true);
            var isFirst = true;
            var answering = new List<Task>();
            while (await reader.ReadLineAsync(ended.Token) is { } line)
            {
                var question = JsonNode.Parse(line)!;
                // "The client must send a server.version RPC call as the first message on the wire", and only the first.
                if ((string)question["method"]! == "server.version" != isFirst) break;
                isFirst = false;
                answering.Add(AnswerAsync(question, stream, writing));
            }

            await Task.WhenAll(answering);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException
            or System.Security.Authentication.AuthenticationException)
        {
            // The client is gone.
        }
        finally
        {
            open.TryRemove(client, out _);
            client.Dispose();
        }
    }

    private async Task AnswerAsync(JsonNode question, Stream stream, SemaphoreSlim writing)
    {
        var (id, method, asked) = ((long)question["id"]!, (string)question["method"]!, question["params"]!.AsArray());
        Asked.Enqueue((method, asked.ToJsonString()));
        if (Instead is { } instead && await instead(method, id, stream)) return;
        var answer = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id };
        try
        {
            var result = await ResultAsync(method, asked);
            if (Alter is { } alter) result = await alter(method, asked, result);
            if (result is JsonObject { Count: 2 } error && error.ContainsKey("code") && error.ContainsKey("message")) answer["error"] = result;
            else answer["result"] = result;
        }
        catch (RefusedException e)
        {
            answer["error"] = Refusal(e.Code, e.Message);
        }
        catch (InvalidOperationException e)
        {
            answer["error"] = Refusal(2, $"daemon error: DaemonError({e.Message})");
        }

        var lines = answer.ToJsonString() + "\n";
        // Who asked once is told by itself; it may come before the answer.
        if (method == "blockchain.headers.subscribe" && answer["result"] is { } tip)
        {
            lines = new JsonObject { ["jsonrpc"] = "2.0", ["method"] = method, ["params"] = new JsonArray(tip.DeepClone()) }.ToJsonString()
                + "\n" + lines;
        }

        await writing.WaitAsync(ended.Token);
        try
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(lines), ended.Token);
        }
        finally
        {
            writing.Release();
        }
    }

    private async Task<JsonNode?> ResultAsync(string method, JsonArray asked)
    {
        if (method == "server.version") return new JsonArray("Tests 1.0", Version);
        await indexing.WaitAsync(ended.Token);
        try
        {
            await index.UpdateAsync();
            return method switch
            {
                "server.ping" => null,
                "blockchain.headers.subscribe" => new JsonObject { ["hex"] = await HeaderAsync(index.Height), ["height"] = index.Height },
                "blockchain.block.header" => await HeaderAsync((long)asked[0]!),
                "blockchain.block.headers" => await HeadersAsync((long)asked[0]!, (long)asked[1]!),
                "blockchain.scripthash.get_balance" => Balance(NameOf(asked)),
                "blockchain.scripthash.get_history" => History(NameOf(asked)),
                "blockchain.scripthash.get_mempool" => new JsonArray([.. Waiting(NameOf(asked))]),
                "blockchain.scripthash.listunspent" => Unspent(NameOf(asked)),
                "blockchain.transaction.get" => await TransactionAsync(asked),
                "blockchain.transaction.get_merkle" => Branch((string)asked[0]!, (long)asked[1]!),
                _ => throw new RefusedException(-32601, $"unknown method \"{method}\""),
            };
        }
        finally
        {
            indexing.Release();
        }
    }

    private async Task<string> HeaderAsync(long height) => height >= 0 && height <= index.Height
        ? (await node.CallAsync("getblockheader", index.HashAt(height), false)).GetString()!
        : throw new RefusedException(1, $"height {height} out of range");

    private async Task<JsonObject> HeadersAsync(long first, long count)
    {
        var told = Math.Clamp(index.Height - first + 1, 0, Math.Min(count, MostHeaders));
        var hex = new StringBuilder();
        for (var height = first; height < first + told; height++) hex.Append(await HeaderAsync(height));
        return new JsonObject { ["count"] = told, ["hex"] = hex.ToString(), ["max"] = MostHeaders };
    }

    private JsonObject Balance(string script)
    {
        var (confirmed, all) = (index.CoinsOf(script).Sum(coin => coin.Value), index.UnspentOf(script).Sum(coin => coin.Value));
        return new JsonObject { ["confirmed"] = confirmed, ["unconfirmed"] = all - confirmed };
    }

    private JsonArray History(string script)
    {
        var (history, waiting) = (index.HistoryOf(script), Waiting(script).ToList());
        if (history.Count + waiting.Count > MostListed) throw new RefusedException(1, "history too large");
        return new JsonArray([
            .. history.Select(entry => new JsonObject { ["tx_hash"] = entry.Txid, ["height"] = entry.Height }), .. waiting,
        ]);
    }

    private IEnumerable<JsonNode> Waiting(string script) => index.WaitingOf(script)
        .Select(waiting => new JsonObject { ["tx_hash"] = waiting.Txid, ["height"] = waiting.Height, ["fee"] = waiting.Fee });

    private JsonArray Unspent(string script) => new([
        .. index.UnspentOf(script).Select(coin => new JsonObject
        {
            ["tx_hash"] = coin.Txid, ["tx_pos"] = coin.Number, ["height"] = coin.Height, ["value"] = coin.Value,
        }),
    ]);

    private async Task<JsonNode> TransactionAsync(JsonArray asked)
    {
        // As electrs says it: in a word.
        if (asked.Count > 1 && (bool)asked[1]!) throw new RefusedException(1, "verbose transactions are currently unsupported");
        return (await node.CallAsync("getrawtransaction", (string)asked[0]!)).GetString()!;
    }

    private JsonObject Branch(string txid, long height) => index.BranchOf(txid, height) is var (position, way)
        ? new JsonObject { ["block_height"] = height, ["pos"] = position, ["merkle"] = new JsonArray([.. way.Select(hash => (JsonNode)hash)]) }
        : throw new RefusedException(1, $"tx {txid} not in block at height {height}");

    private static string NameOf(JsonArray asked) => (string)asked[0]! is { Length: 64 } script && script.All(char.IsAsciiHexDigitLower)
        ? script : throw new RefusedException(1, $"{asked[0]} is not a valid script hash");

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=somebody", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private sealed class RefusedException(int code, string message) : Exception(message)
    {
        public int Code => code;
    }
}

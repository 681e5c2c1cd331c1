using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Testing;
using Xunit;

namespace Services.Sync;

/// <summary>
/// A real node of Bitcoin Core's kind with a chain of its own (regtest) and a wallet that mines: it writes a cookie file, and knows one user
/// besides.
/// </summary>
public sealed class RunningLitecoind : IAsyncDisposable
{
    public const string Genesis = "530827f38f93b43ed12af0b3ad25a288dc02ed74d6d7857862df51fc56c416f9";
    public const string User = "reader:a-word-that-nobody-may-see";

    /// <summary>The wallet that blocks pay, and the one whose addresses are looked for: neither spends what the other has.</summary>
    public const string Miner = "miner";

    public const string Watched = "watched";

    /// <summary>The wallet all of whose coins are inside the MWEB (Litecoin's extension blocks).</summary>
    public const string Hidden = "hidden";

    /// <summary>From the next block on each has a part that the chain does not tell of, which something has to be paid into first. No address
    /// of the tests is older.</summary>
    public const int LastBeforeMweb = 431;

    // The first time, it is installed.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("litecoind-");
    private readonly HttpClient http = new();
    private readonly int port = FreePort.Next();
    private Process? process;

    public string Url => $"http://127.0.0.1:{port}/";

    public string CookieFile => Path.Combine(folder.FullName, "regtest", ".cookie");

    /// <summary>Starts it, with blocks enough that coins can be spent, and that some are in the MWEB.</summary>
    public async Task StartAsync()
    {
        var (user, password) = (User.Split(':')[0], User.Split(':')[1]);
        var proof = Convert.ToHexStringLower(HMACSHA256.HashData("5a17"u8, Encoding.UTF8.GetBytes(password)));
        var start = new ProcessStartInfo(Path.Combine(Repository.Root, "tests", "litecoind.sh"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])["-regtest", $"-datadir={folder.FullName}", "-server", "-listen=0", "-connect=0", "-dnsseed=0",
            $"-rpcport={port.ToString(CultureInfo.InvariantCulture)}", "-txindex=1", "-blockfilterindex=1", "-fallbackfee=0.0002",
            "-printtoconsole=0", "-mempoolreplacement=1", $"-rpcauth={user}:5a17${proof}"])
            start.ArgumentList.Add(argument);
        process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await Eventually.Is(IsUpAsync, "the node answers", Patience);
        foreach (var wallet in (string[])[Miner, Watched, Hidden]) await CallAsync("createwallet", wallet);
        await MineAsync(1, (await OfAsync(Hidden, "getnewaddress")).GetString());
        await MineAsync(LastBeforeMweb - 1);
        await OfAsync(Hidden, "sendtoaddress", (await OfAsync(Hidden, "getnewaddress", "", "mweb")).GetString(), 5m);
        await MineAsync();
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        if (process is not null)
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }

        folder.Delete(recursive: true);
    }

    /// <summary>What the node answers.</summary>
    internal Task<JsonElement> CallAsync(string method, params object?[] parameters) => CallAsync(Url, method, parameters);

    /// <summary>What the node answers of one of its wallets.</summary>
    internal Task<JsonElement> OfAsync(string wallet, string method, params object?[] parameters) =>
        CallAsync($"{Url}wallet/{wallet}", method, parameters);

    /// <summary>What the node answers to a body as it is.</summary>
    internal async Task<byte[]> PostAsync(ReadOnlyMemory<byte> body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Url) { Content = new ReadOnlyMemoryContent(body) };
        return await SendAsync(request);
    }

    /// <summary>Mines so many blocks, to the wallet or to an address; returns the last one's hash.</summary>
    internal async Task<string> MineAsync(int blocks = 1, string? to = null) =>
        (await CallAsync("generatetoaddress", blocks, to ?? (await OfAsync(Miner, "getnewaddress")).GetString()))
            .EnumerateArray().Last().GetString()!;

    internal async Task<string> NewAddressAsync(string kind = "bech32") => (await OfAsync(Watched, "getnewaddress", "", kind)).GetString()!;

    /// <summary>Pays whole coins from the wallet; returns the transaction's id.</summary>
    internal async Task<string> PayAsync(string to, decimal coins) =>
        (await OfAsync(Miner, "sendtoaddress", to, coins, "", "", false, true)).GetString()!;

    private async Task<JsonElement> CallAsync(string url, string method, object?[] parameters)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url)
        {
            Content = JsonContent.Create(new { jsonrpc = "1.0", id = 1, method, @params = parameters }),
        };
        var answer = JsonElement.Parse(await SendAsync(request));
        return answer.GetProperty("error").ValueKind is JsonValueKind.Null
            ? answer.GetProperty("result") : throw new InvalidOperationException($"{method}: {answer.GetProperty("error")}");
    }

    private async Task<byte[]> SendAsync(HttpRequestMessage request)
    {
        request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(User)));
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
    }

    private async Task<bool> IsUpAsync()
    {
        if (process!.HasExited) throw new InvalidOperationException($"The node ended with exit code {process.ExitCode}.");
        try
        {
            await CallAsync("getblockchaininfo");
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or InvalidOperationException)
        {
            return false;
        }
    }
}

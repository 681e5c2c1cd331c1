using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Sync.Chains.Evm;
using Testing;
using Xunit;

namespace Services.Sync;

/// <summary>A real Ethereum node of its own, with an empty chain of id 1 and accounts that need no key. A class fixture.</summary>
public sealed class RunningAnvil : IAsyncLifetime
{
    // The first time, it is downloaded.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly HttpClient http = new();
    private readonly int port = FreePort.Next();
    private Process? process;

    /// <summary>Two of the accounts that every such node gives ten thousand ether.</summary>
    public const string Rich = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";

    public const string AlsoRich = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";

    internal EvmRpc Node { get; private set; } = null!;

    /// <summary>Where it answers.</summary>
    public string Url => $"http://127.0.0.1:{port}";

    public async ValueTask InitializeAsync()
    {
        var start = new ProcessStartInfo(Path.Combine(Repository.Root, "tests", "anvil.sh"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true
        };
        foreach (var argument in (string[])["--silent", "--chain-id", "1", "--port", port.ToString(CultureInfo.InvariantCulture)])
            start.ArgumentList.Add(argument);
        process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Node = new EvmRpc(EvmProvider.Ethereum, "anvil", (json, _, _, ct) => EvmProvider.Fetch(http, EvmProvider.Posted(Url, json), ct));
        await Eventually.Is(IsUp, "the node answers", Patience);
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        if (process is null) return;
        if (!process.HasExited) process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }

    /// <summary>Calls what only this node knows, or what only tests do.</summary>
    internal async Task<JsonElement> Call(string method, params object?[] parameters)
    {
        using var response = await http.PostAsJsonAsync(Url, new { jsonrpc = "2.0", id = 1, method, @params = parameters },
            TestContext.Current.CancellationToken);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        return answer.TryGetProperty("result", out var result) ? result : throw new InvalidOperationException($"{method}: {answer}");
    }

    /// <summary>Sends a transaction, which is in a block of its own then, and returns its hash.</summary>
    internal async Task<string> Send(string from, string? to, string value = "0x0", string data = "0x", string gas = "0xf4240")
    {
        var hash = (await Call("eth_sendTransaction", to is null ? new { from, value, data, gas } : new { from, to, value, data, gas })).GetString()!;
        await Eventually.Is(async () => (await Call("eth_getTransactionReceipt", hash)).ValueKind is not JsonValueKind.Null,
            "the transaction is in a block");
        return hash;
    }

    private async Task<bool> IsUp()
    {
        if (process!.HasExited) throw new InvalidOperationException($"The node ended with exit code {process.ExitCode}.");
        try
        {
            await Call("eth_chainId");
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Xunit;

namespace Testing;

/// <summary>A real Ethereum node of its own, with an empty chain of id 1 and accounts that need no key.</summary>
public class AnvilNode : IAsyncLifetime
{
    /// <summary>
    /// The smallest token: its maker holds 10^18 units, a balance lies in the slot of its account's number. It answers
    /// <c>balanceOf</c>, and takes anything else for <c>transfer</c>.
    /// </summary>
    public const string Token =
        "0x" +
        "670de0b6b3a7640000" + "3355" +                     // PUSH8 10^18, CALLER, SSTORE
        "606180" + "6014" + "5f39" + "5ff3" +               // return the 0x61 bytes that follow the 0x14 of this
        "5f3560e01c" + "80" + "6370a08231" + "14" + "605657" + // the call's selector; balanceOf goes to 0x56
        "50" + "602435" + "80" + "3354" + "03" + "3355" +   // the sender's balance, less the amount
        "80" + "6004355401" + "60043555" +                  // the receiver's, plus the amount
        "5f52" + "600435" + "33" + "7fddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef" + "60205fa3" + // LOG3 Transfer
        "60015f52" + "60205ff3" +                           // true
        "5b" + "600435" + "54" + "5f52" + "60205ff3";            // 0x56: the balance

    // The first time, it is downloaded.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly HttpClient http = new();
    private readonly int port = FreePort.Next();
    private Process? process;

    /// <summary>Two of the accounts that every such node gives ten thousand ether.</summary>
    public const string Rich = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";

    public const string AlsoRich = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";

    /// <summary>Where it answers.</summary>
    public string Url => $"http://127.0.0.1:{port}";

    public virtual async ValueTask InitializeAsync()
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
        await Eventually.Is(IsUp, "the node answers", Patience);
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        http.Dispose();
        if (process is null) return;
        if (!process.HasExited) process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }

    /// <summary>Calls what only this node knows, or what only tests do.</summary>
    public async Task<JsonElement> Call(string method, params object?[] parameters)
    {
        using var response = await http.PostAsJsonAsync(Url, new { jsonrpc = "2.0", id = 1, method, @params = parameters },
            TestContext.Current.CancellationToken);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        return answer.TryGetProperty("result", out var result) ? result : throw new InvalidOperationException($"{method}: {answer}");
    }

    /// <summary>Sends a transaction, which is in a block of its own then, and returns its hash.</summary>
    public async Task<string> Send(string from, string? to, string value = "0x0", string data = "0x", string gas = "0xf4240")
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

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using ChainSimulator;
using ChainSimulator.Evm;

namespace Benchmarks.Live;

/// <summary>
/// The provider's side: blocks of so many transactions, half of them of a token, between accounts that nobody tracks and those that are to be
/// paid. Blocks are heard of as everybody hears of them, by subscription, and from then on they are at the provider.
/// </summary>
internal sealed class LiveChain(SimulatorClient simulator) : IAsyncDisposable
{
    public const string Network = "ethereum";

    /// <summary>How many transactions each block has.</summary>
    public const int BlockSize = 2_000;

    private const string Token = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48";
    private readonly Random random = new(1);
    private readonly ConcurrentDictionary<long, TaskCompletionSource<long>> blocks = new();
    private readonly ClientWebSocket heads = new();
    private Task hearing = Task.CompletedTask;

    /// <summary>Subscribes to new blocks.</summary>
    public async Task ListenAsync()
    {
        await heads.ConnectAsync(new Uri(simulator.EvmPushUrl(Network)), default);
        await heads.SendAsync(
            """{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}"""u8.ToArray(), WebSocketMessageType.Text, true, default);
        var answered = new TaskCompletionSource();
        hearing = HearAsync(answered);
        await answered.Task;
    }

    /// <summary>An account that does not exist yet.</summary>
    public string NewAccount()
    {
        var bytes = new byte[20];
        random.NextBytes(bytes);
        return "0x" + Convert.ToHexStringLower(bytes);
    }

    /// <summary>Mines a block that pays these accounts, one transaction each; its height, and the ids of these transactions.</summary>
    public async Task<(long Height, IReadOnlyList<string> Txids)> MineAsync(IReadOnlyList<string> paid)
    {
        var others = Enumerable.Range(0, BlockSize - paid.Count).Select(number => number % 2 == 0
            ? new EvmTransaction(NewAccount(), NewAccount(), "1")
            : new EvmTransaction(NewAccount(), Token, Gas: 60_000, Moves: [new(Token, NewAccount(), NewAccount(), "1")]));
        var tip = await simulator.MineEvmAsync(
            new(Network, [.. paid.Select(account => new EvmTransaction(NewAccount(), account, "1000")), .. others]), default);
        return (tip.Height, [.. tip.Txids.Take(paid.Count)]);
    }

    /// <summary>When a block was there, as <see cref="Stopwatch.GetTimestamp"/> counts.</summary>
    public Task<long> SeenAsync(long height) => blocks.GetOrAdd(height, _ => new()).Task.WaitAsync(TimeSpan.FromSeconds(10));

    public async ValueTask DisposeAsync()
    {
        heads.Abort();
        await hearing;
        heads.Dispose();
    }

    private async Task HearAsync(TaskCompletionSource answered)
    {
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                var read = await heads.ReceiveAsync(buffer.AsMemory(), default);
                var now = Stopwatch.GetTimestamp();
                using var told = JsonDocument.Parse(Encoding.UTF8.GetString(buffer, 0, read.Count));
                if (!told.RootElement.TryGetProperty("params", out var head)) answered.SetResult();
                else
                {
                    var number = head.GetProperty("result").GetProperty("number").GetString()!;
                    blocks.GetOrAdd(long.Parse(number.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), _ => new())
                        .TrySetResult(now);
                }
            }
        }
        catch (Exception ended) when (ended is WebSocketException or OperationCanceledException)
        {
            // The benchmark is over, or the simulator is; whoever waits for a block says so.
            answered.TrySetResult();
        }
    }
}

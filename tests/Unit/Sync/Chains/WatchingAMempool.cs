using System.Buffers;
using System.Text;
using System.Text.Json;
using Chains;
using Providers;
using Shouldly;
using Sync.Chains.Utxo;
using Testing;
using Xunit;

namespace Unit.Sync;

/// <summary>What waits for a block at a node of one's own.</summary>
public sealed class WatchingAMempool
{
    private readonly ClockPutBack clock = new();
    private readonly List<string> waiting = [];

    [Fact]
    public async Task what_comes_is_seen_a_second_later_whatever_the_clock_says()
    {
        var mempool = new CoreMempool(Networks.Bitcoin, "own", new CoreRpc("own", 100, Answer), clock);
        var (first, second) = (new string('a', 64), new string('b', 64));
        waiting.Add(first);
        (await mempool.HasAsync(first, TestContext.Current.CancellationToken)).ShouldBeTrue();
        waiting.Add(second);
        (await mempool.HasAsync(second, TestContext.Current.CancellationToken)).ShouldBeFalse("it was looked at a moment ago");

        clock.PutBack(TimeSpan.FromHours(1));
        clock.Advance(TimeSpan.FromSeconds(1));

        (await mempool.HasAsync(second, TestContext.Current.CancellationToken)).ShouldBeTrue();
    }

    private Task<Body?> Answer(ReadOnlyMemory<byte> json, string kind, int questions, CancellationToken ct)
    {
        var answers = JsonElement.Parse(json.Span).EnumerateArray().Select(question => new
        {
            id = question.GetProperty("id").GetInt32(),
            result = question.GetProperty("method").GetString() == "getrawmempool" ? (object)waiting
                : new { txid = question.GetProperty("params")[0].GetString(), vin = Array.Empty<object>(), vout = Array.Empty<object>() },
        });
        var text = JsonSerializer.Serialize(answers);
        var buffer = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetByteCount(text));
        return Task.FromResult<Body?>(new Body(buffer, Encoding.UTF8.GetBytes(text, buffer)));
    }
}

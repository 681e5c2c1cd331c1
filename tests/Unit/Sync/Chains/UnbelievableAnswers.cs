using System.Buffers;
using System.Text;
using Chains;
using Providers;
using Shouldly;
using Sync.Chains.Utxo;
using Xunit;

namespace Unit.Sync;

/// <summary>Whatever an Esplora answers, it is data or a stated failure, never an accident.</summary>
public sealed class UnbelievableAnswers
{
    private static readonly Address Address = (Address)Addresses.Parse(Networks.Bitcoin, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa");

    [Theory]
    [InlineData("""[null]""")]
    [InlineData("""[{"txid":"T","vin":[null],"vout":[],"fee":0,"status":{"confirmed":true,"block_height":1,"block_hash":"T","block_time":1600000000}}]""")]
    [InlineData("""[{"txid":"T","vin":[],"vout":[{"scriptpubkey":"S","value":0}],"fee":0,"status":{"confirmed":true,"block_height":1,"block_hash":"T","block_time":999999999999999}}]""")]
    [InlineData("""[{"txid":"T","vin":[],"vout":[{"scriptpubkey":"S","scriptpubkey_address":"\u0000","value":0}],"fee":0,"status":{"confirmed":true,"block_height":1,"block_hash":"T","block_time":1600000000}}]""")]
    [InlineData("""[{"txid":"T","vin":[],"vout":[{"scriptpubkey":"S","value":9223372036854775807}],"fee":0,"status":{"confirmed":true,"block_height":1,"block_hash":"T","block_time":1600000000}}]""")]
    [InlineData("""[{"txid":"T","vin":[],"vout":[{"scriptpubkey":"S","value":5}],"fee":-5,"status":{"confirmed":true,"block_height":1,"block_hash":"T","block_time":1600000000}}]""")]
    [InlineData("""{"error":"no"}""")]
    [InlineData("""<html>""")]
    public async Task a_page_that_cannot_be_is_refused(string page) =>
        (await Should.ThrowAsync<ProviderException>(() => Answering(page).PageAsync(Address, null, TestContext.Current.CancellationToken)))
            .Failure.ShouldBe(ProviderFailure.BadAnswer);

    [Theory]
    [InlineData("170141183460469231731687303715884105728", "0", "1", "0")]
    [InlineData("5", "6", "1", "0")]
    [InlineData("5", "0", "0", "0")]
    [InlineData("5", "0", "9223372036854775807", "0")]
    [InlineData("5", "0", "1", "-1")]
    public async Task a_summary_that_cannot_be_is_refused(string funded, string spent, string count, string pending)
    {
        var summary =
            $$$"""{"chain_stats":{"funded_txo_sum":{{{funded}}},"spent_txo_sum":{{{spent}}},"tx_count":{{{count}}}},"mempool_stats":{"funded_txo_sum":{{{pending}}},"spent_txo_sum":0,"tx_count":0}}""";
        (await Should.ThrowAsync<ProviderException>(() => Answering(summary).SummaryAsync(Address, TestContext.Current.CancellationToken)))
            .Failure.ShouldBe(ProviderFailure.BadAnswer);
    }

    [Theory]
    [InlineData("""[null]""")]
    [InlineData("""[{"id":"T","height":9}]""")]
    [InlineData("""[{"id":"T","height":8,"timestamp":1600000000}]""")]
    [InlineData("""[{"id":"T","height":9,"timestamp":1600000000},{"id":"T","height":9,"timestamp":1600000000}]""")]
    [InlineData("""[{"id":"t","height":9,"timestamp":1600000000}]""")]
    [InlineData("""[{"id":"T","height":9,"timestamp":0}]""")]
    [InlineData("""[{"id":"T","height":9,"timestamp":999999999999999}]""")]
    public async Task blocks_that_cannot_be_are_refused(string blocks) =>
        (await Should.ThrowAsync<ProviderException>(() => Answering(blocks).BlocksAsync(9, TestContext.Current.CancellationToken)))
            .Failure.ShouldBe(ProviderFailure.BadAnswer);

    [Fact]
    public async Task transactions_of_one_block_at_two_times_are_refused()
    {
        const string Page =
            """[{"txid":"T","vin":[{"is_coinbase":true}],"vout":[{"scriptpubkey":"S","value":5}],"fee":0,"status":{"confirmed":true,"block_height":1,"block_hash":"T","block_time":1600000000}}]""";
        var other = Page[1..^1].Replace("\"txid\":\"T\"", $"\"txid\":\"{new string('b', 64)}\"", StringComparison.Ordinal);
        (await Answering($"{Page[..^1]},{other}]").PageAsync(Address, null, TestContext.Current.CancellationToken)).Transactions.Count.ShouldBe(2);
        (await Should.ThrowAsync<ProviderException>(() =>
            Answering($"{Page[..^1]},{other.Replace("1600000000", "1600000001", StringComparison.Ordinal)}]")
            .PageAsync(Address, null, TestContext.Current.CancellationToken))).Message.ShouldContain("two times");
    }

    private static Esplora Answering(string body)
    {
        var text = body.Replace("\"T\"", $"\"{new string('a', 64)}\"", StringComparison.Ordinal)
            .Replace("\"S\"", $"\"{Convert.ToHexStringLower(Address.Script.AsSpan())}\"", StringComparison.Ordinal);
        return new Esplora(Networks.Bitcoin, "esplora", (_, _, _, _) => Task.FromResult<Body?>(Rented(text)));
    }

    private static Body Rented(string text)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetByteCount(text));
        return new Body(buffer, Encoding.UTF8.GetBytes(text, buffer));
    }
}

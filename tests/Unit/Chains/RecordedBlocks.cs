using System.IO.Compression;
using System.Text.Json;
using Chains.Proofs;
using ChainSimulator.World;
using Testing;

namespace Unit.Chains;

/// <summary>A transaction of a recorded block with the proof that it is there.</summary>
internal sealed record RecordedTransaction(string Txid, string BlockHash, long Height, long Time, JsonElement Facts, InclusionProof Proof);

/// <summary>Two real blocks of testnet3, as an explorer told them.</summary>
internal static class RecordedBlocks
{
    public static IReadOnlyList<RecordedTransaction> Read()
    {
        var transactions = Lines("testnet3-928848-928849.txs.jsonl.gz").ToLookup(facts =>
            facts.GetProperty("status").GetProperty("block_hash").GetString()!);
        return [.. Lines("testnet3-928848-928849.blocks.jsonl.gz")
            .SelectMany(block => Of(block, [.. transactions[block.GetProperty("id").GetString()!]]))];
    }

    private static IEnumerable<RecordedTransaction> Of(JsonElement block, List<JsonElement> transactions)
    {
        var (hash, height, time) =
            (block.GetProperty("id").GetString()!, block.GetProperty("height").GetInt32(), block.GetProperty("timestamp").GetInt64());
        var header = BlockProofs.HeaderOf(new Block(height, Hash256.Parse(hash), null, time, [])
        {
            Recorded = JsonSerializer.SerializeToUtf8Bytes(block),
        })!;
        var txids = transactions.ConvertAll(facts => facts.GetProperty("txid").GetString()!);
        return transactions.Index().Select(each => new RecordedTransaction(
            txids[each.Index], hash, height, time, each.Item,
            new(header, each.Index, MerkleBranch.Of(txids, each.Index), Short(BlockProofs.RawOf(each.Item)))));
    }

    private static string? Short(string raw) => raw.Length / 2 <= InclusionProof.LongestRaw ? raw : null;

    private static IEnumerable<JsonElement> Lines(string file)
    {
        using var lines = new StreamReader(new GZipStream(File.OpenRead(SharedData.PathOf("bitcoin", file)), CompressionMode.Decompress));
        while (lines.ReadLine() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            yield return json.RootElement.Clone();
        }
    }
}

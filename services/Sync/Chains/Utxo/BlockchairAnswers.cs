using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sync.Chains.Utxo;

// What is read of Blockchair's answers (blockchair.com/api/docs and recorded answers); everything else in them is passed over.
// Its data is an object by address, txid or height, and an empty array or null where there is none.
internal sealed record BlockchairAnswer([property: JsonRequired] JsonElement Data, [property: JsonRequired] BlockchairContext Context);

/// <summary>The state is the height of the newest block that it knows.</summary>
internal sealed record BlockchairContext([property: JsonRequired] int Code, long? State);

internal sealed record BlockchairStats(
    [property: JsonPropertyName("best_block_height"), JsonRequired] long Height,
    [property: JsonPropertyName("best_block_hash"), JsonRequired] string Hash);

internal sealed record BlockchairBlock([property: JsonRequired] BlockchairBlockFacts Block);

internal sealed record BlockchairBlockFacts([property: JsonRequired] long Id, [property: JsonRequired] string Hash,
    [property: JsonRequired] string Time);

internal sealed record BlockchairAddress([property: JsonRequired] BlockchairSums Address,
    [property: JsonRequired] IReadOnlyList<BlockchairListed> Transactions);

/// <summary>Without a type and a script where the address was never used.</summary>
internal sealed record BlockchairSums(string? Type, string? ScriptHex, [property: JsonRequired] Int128 Balance,
    [property: JsonRequired] long TransactionCount);

internal sealed record BlockchairListed([property: JsonRequired] string Hash, [property: JsonRequired] long BlockId) : INumbered
{
    public long? Height => BlockId;
}

internal sealed record BlockchairTransaction(
    [property: JsonRequired] BlockchairFacts Transaction,
    [property: JsonRequired] IReadOnlyList<BlockchairOutput> Inputs,
    [property: JsonRequired] IReadOnlyList<BlockchairOutput> Outputs);

/// <summary>The block is -1 where it is unconfirmed; the time is the block's, UTC.</summary>
internal sealed record BlockchairFacts(
    [property: JsonRequired] string Hash,
    [property: JsonRequired] long BlockId,
    [property: JsonRequired] string Time,
    [property: JsonRequired] bool IsCoinbase,
    [property: JsonRequired] int InputCount,
    [property: JsonRequired] int OutputCount,
    [property: JsonRequired] long Fee);

/// <summary>What it calls the recipient of a coin paid to a key in the open is the key's address.</summary>
internal sealed record BlockchairOutput(
    [property: JsonRequired] string ScriptHex,
    [property: JsonRequired] string Type,
    [property: JsonRequired] string Recipient,
    [property: JsonRequired] long Value);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(BlockchairAnswer))]
[JsonSerializable(typeof(BlockchairStats))]
[JsonSerializable(typeof(BlockchairBlock))]
[JsonSerializable(typeof(BlockchairAddress))]
[JsonSerializable(typeof(BlockchairTransaction))]
internal sealed partial class BlockchairJson : JsonSerializerContext;

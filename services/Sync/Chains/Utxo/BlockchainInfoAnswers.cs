using System.Text.Json.Serialization;

namespace Sync.Chains.Utxo;

// What is read of blockchain.info's answers (its data API's page and recorded answers); everything else in them is passed over.
internal sealed record BlockchainInfoBlock([property: JsonRequired] string Hash, [property: JsonRequired] long Height);

internal sealed record BlockchainInfoHistory([property: JsonRequired] string Address,
    [property: JsonRequired] IReadOnlyList<BlockchainInfoTransaction> Txs);

internal sealed record BlockchainInfoAddresses(
    [property: JsonRequired] IReadOnlyList<BlockchainInfoAddress> Addresses,
    [property: JsonRequired] IReadOnlyList<BlockchainInfoTransaction> Txs,
    [property: JsonRequired] BlockchainInfoState Info);

internal sealed record BlockchainInfoAddress(
    [property: JsonRequired] string Address,
    [property: JsonPropertyName("n_tx"), JsonRequired] long Transactions,
    [property: JsonPropertyName("final_balance"), JsonRequired] Int128 Balance);

internal sealed record BlockchainInfoState([property: JsonPropertyName("latest_block"), JsonRequired] BlockchainInfoBlock Latest);

/// <summary>Unconfirmed where there is no height. Of many addresses' transactions, only the outputs to these are told.</summary>
internal sealed record BlockchainInfoTransaction(
    [property: JsonRequired] string Hash,
    [property: JsonRequired] IReadOnlyList<BlockchainInfoInput> Inputs,
    [property: JsonRequired] IReadOnlyList<BlockchainInfoOutput> Out,
    [property: JsonPropertyName("vin_sz"), JsonRequired] int InputCount,
    [property: JsonPropertyName("vout_sz"), JsonRequired] int OutputCount,
    [property: JsonRequired] long Fee,
    [property: JsonRequired] long Time,
    [property: JsonPropertyName("block_height")] long? Height) : INumbered;

internal sealed record BlockchainInfoInput([property: JsonPropertyName("prev_out")] BlockchainInfoOutput? Spent);

internal sealed record BlockchainInfoOutput(
    [property: JsonRequired] string Script,
    [property: JsonPropertyName("addr")] string? Address,
    [property: JsonRequired] long Value);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(BlockchainInfoBlock))]
[JsonSerializable(typeof(BlockchainInfoHistory))]
[JsonSerializable(typeof(BlockchainInfoAddresses))]
internal sealed partial class BlockchainInfoJson : JsonSerializerContext;

using System.Text.Json.Serialization;

namespace Sync.Chains.Utxo;

// What is read of Esplora's answers (github.com/Blockstream/esplora, API.md); everything else in them is passed over.
internal sealed record EsploraTransaction(
    [property: JsonRequired] string Txid,
    [property: JsonRequired] IReadOnlyList<EsploraInput> Vin,
    [property: JsonRequired] IReadOnlyList<EsploraOutput> Vout,
    [property: JsonRequired] long Fee,
    [property: JsonRequired] EsploraStatus Status);

internal sealed record EsploraInput(
    EsploraOutput? Prevout, [property: JsonPropertyName("is_coinbase")] bool IsCoinbase, string? Txid = null, long Vout = 0);

/// <summary>Who spends a coin, where anybody does.</summary>
internal sealed record EsploraSpender([property: JsonRequired] bool Spent, string? Txid);

internal sealed record EsploraOutput(
    [property: JsonRequired] string Scriptpubkey,
    [property: JsonPropertyName("scriptpubkey_address")] string? Address,
    [property: JsonRequired] long Value);

internal sealed record EsploraStatus(
    [property: JsonRequired] bool Confirmed,
    [property: JsonPropertyName("block_height")] long? BlockHeight,
    [property: JsonPropertyName("block_hash")] string? BlockHash,
    [property: JsonPropertyName("block_time")] long? BlockTime);

internal sealed record EsploraCoin(
    [property: JsonRequired] string Txid, [property: JsonRequired] long Vout, [property: JsonRequired] long Value,
    [property: JsonRequired] EsploraStatus Status);

internal sealed record EsploraMerkleProof([property: JsonRequired] IReadOnlyList<string> Merkle, [property: JsonRequired] long Pos);

internal sealed record EsploraBlock([property: JsonRequired] string Id, [property: JsonRequired] long Height);

internal sealed record EsploraDatedBlock([property: JsonRequired] string Id, [property: JsonRequired] long Height,
    [property: JsonRequired] long Timestamp, [property: JsonPropertyName("previousblockhash")] string? Previous = null,
    [property: JsonPropertyName("tx_count")] int? Transactions = null);

internal sealed record EsploraAddress(
    [property: JsonPropertyName("chain_stats"), JsonRequired] EsploraStats Chain,
    [property: JsonPropertyName("mempool_stats"), JsonRequired] EsploraStats Mempool);

internal sealed record EsploraStats(
    [property: JsonPropertyName("funded_txo_sum"), JsonRequired] Int128 Funded,
    [property: JsonPropertyName("spent_txo_sum"), JsonRequired] Int128 Spent,
    [property: JsonPropertyName("tx_count"), JsonRequired] long Transactions);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(List<EsploraTransaction>))]
[JsonSerializable(typeof(EsploraTransaction))]
[JsonSerializable(typeof(EsploraSpender))]
[JsonSerializable(typeof(List<EsploraCoin>))]
[JsonSerializable(typeof(EsploraMerkleProof))]
[JsonSerializable(typeof(EsploraBlock))]
[JsonSerializable(typeof(List<EsploraDatedBlock>))]
[JsonSerializable(typeof(EsploraAddress))]
internal sealed partial class EsploraJson : JsonSerializerContext;

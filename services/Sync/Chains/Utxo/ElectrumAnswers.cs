using System.Text.Json.Serialization;

namespace Sync.Chains.Utxo;

// What is read of the answers of the Electrum protocol, version 1.4 (github.com/spesmilo/electrum-protocol); everything else in them is passed over.
internal sealed record ElectrumTip([property: JsonRequired] string Hex, [property: JsonRequired] long Height);

/// <summary>A transaction of a script and the height of its block: 0 or -1 while it waits for one.</summary>
internal sealed record ElectrumEntry(
    [property: JsonPropertyName("tx_hash"), JsonRequired] string Txid, [property: JsonRequired] long Height);

internal sealed record ElectrumBalance([property: JsonRequired] long Confirmed, [property: JsonRequired] long Unconfirmed);

internal sealed record ElectrumCoin(
    [property: JsonPropertyName("tx_hash"), JsonRequired] string Txid, [property: JsonPropertyName("tx_pos"), JsonRequired] long Number,
    [property: JsonRequired] long Value, [property: JsonRequired] long Height);

internal sealed record ElectrumBranch([property: JsonRequired] IReadOnlyList<string> Merkle, [property: JsonRequired] long Pos);

/// <summary>Headers one after the other; on chains that are mined along with others each may be longer than 80 bytes.</summary>
internal sealed record ElectrumChunk([property: JsonRequired] string Hex, [property: JsonRequired] int Count);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(ElectrumTip))]
[JsonSerializable(typeof(List<ElectrumEntry>))]
[JsonSerializable(typeof(ElectrumBalance))]
[JsonSerializable(typeof(List<ElectrumCoin>))]
[JsonSerializable(typeof(ElectrumBranch))]
[JsonSerializable(typeof(ElectrumChunk))]
internal sealed partial class ElectrumJson : JsonSerializerContext;

using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sync.Chains.Utxo;

// What is read of the answers of Bitcoin Core and its relatives (their RPC's own help); everything else in them is passed over.
internal sealed record CoreChain(
    [property: JsonRequired] long Blocks, [property: JsonRequired] string Bestblockhash, [property: JsonRequired] bool Initialblockdownload,
    long Headers = 0);

internal sealed record CoreHeader(
    [property: JsonRequired] string Hash, [property: JsonRequired] long Height, [property: JsonRequired] long Confirmations,
    [property: JsonRequired] long Time, string? Previousblockhash = null, [property: JsonPropertyName("nTx")] long Transactions = 0);

/// <summary>How far an index of a node is, by the index's name.</summary>
internal sealed record CoreIndex(
    [property: JsonRequired] bool Synced, [property: JsonPropertyName("best_block_height"), JsonRequired] long Height);

internal sealed record CoreFilter([property: JsonRequired] string Filter);

internal sealed record CoreScanned(
    [property: JsonPropertyName("relevant_blocks"), JsonRequired] IReadOnlyList<string> Blocks,
    [property: JsonPropertyName("to_height"), JsonRequired] long To, bool Completed = true);

internal sealed record CoreBlock(
    [property: JsonRequired] string Hash, [property: JsonRequired] long Height, [property: JsonRequired] long Time,
    [property: JsonRequired] IReadOnlyList<CoreTransaction> Tx);

/// <summary>A block by the ids of its transactions alone.</summary>
internal sealed record CoreIds([property: JsonRequired] string Hash, [property: JsonRequired] IReadOnlyList<string> Tx);

internal sealed record CoreTransaction(
    [property: JsonRequired] string Txid, [property: JsonRequired] IReadOnlyList<CoreInput> Vin,
    [property: JsonRequired] IReadOnlyList<CoreOutput> Vout, string? Blockhash = null)
{
    /// <summary>Whether it has no more parts than a block has room for, and none that is nothing.</summary>
    [JsonIgnore]
    public bool IsPossible => Vin.Count + Vout.Count <= UtxoRules.MaxParts && !Vin.Contains(null!) && !Vout.Contains(null!);
}

/// <summary>An input; what it spends is told by some nodes only. Those of Litecoin's MWEB spend nothing that the chain itself tells of.</summary>
internal sealed record CoreInput(
    string? Txid, int? Vout, string? Coinbase, [property: JsonPropertyName("ismweb")] bool IsMweb, CoreOutput? Prevout);

/// <summary>An output. Those of Litecoin's MWEB have neither value nor script.</summary>
internal sealed record CoreOutput(
    [property: JsonConverter(typeof(CoreAmount))] long? Value, [property: JsonPropertyName("n")] int? Number, CoreScript? ScriptPubKey,
    [property: JsonPropertyName("ismweb")] bool IsMweb);

internal sealed record CoreScript([property: JsonRequired] string Hex);

/// <summary>
/// Amounts are told in whole coins with eight decimals: the digits are read as they stand, and no binary fraction comes in between.
/// </summary>
internal sealed class CoreAmount : JsonConverter<long?>
{
    /// <summary>The decimals in which every relative of Bitcoin Core tells amounts.</summary>
    public const int Decimals = 8;

    // A decimal holds so many digits exactly, and no amount has so many.
    private const int Longest = 28;

    public override long? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType is JsonTokenType.Null) return null;
        if (reader.TokenType is not JsonTokenType.Number) throw new JsonException("No amount.");
        var text = Encoding.ASCII.GetString(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan);
        return text.Length <= Longest
            && decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
                CultureInfo.InvariantCulture, out var coins)
            && Math.Abs(coins) < 90_000_000_000m && coins * 100_000_000m is var units && decimal.IsInteger(units)
            ? (long)units : throw new JsonException("No amount.");
    }

    public override void Write(Utf8JsonWriter writer, long? value, JsonSerializerOptions options) => throw new NotSupportedException();
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(List<string>))]
[JsonSerializable(typeof(CoreChain))]
[JsonSerializable(typeof(CoreHeader))]
[JsonSerializable(typeof(Dictionary<string, CoreIndex>))]
[JsonSerializable(typeof(CoreFilter))]
[JsonSerializable(typeof(CoreScanned))]
[JsonSerializable(typeof(CoreBlock))]
[JsonSerializable(typeof(CoreIds))]
[JsonSerializable(typeof(CoreTransaction))]
[JsonSerializable(typeof(CoreOutput))]
[JsonSerializable(typeof(JsonDocument))]
internal sealed partial class CoreJson : JsonSerializerContext;

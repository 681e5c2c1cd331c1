using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sync.Chains.Evm;

// What is read of the answers of Etherscan's API and of those that speak it (docs.etherscan.io and recorded answers);
// everything else in them is passed over.
internal sealed record EtherscanAnswer([property: JsonRequired] string Status, string? Message, JsonElement? Result);

/// <summary>A row of any of the three lists; which fields it has depends on the list and on who tells it.</summary>
internal sealed record EtherscanRow(
    [property: JsonRequired] string BlockNumber,
    [property: JsonRequired] string TimeStamp,
    string? Hash,
    string? TransactionHash,
    string? BlockHash,
    string? From,
    string? To,
    string? Value,
    string? ContractAddress,
    string? GasUsed,
    string? GasPrice,
    string? IsError,
    [property: JsonPropertyName("txreceipt_status")] string? ReceiptStatus,
    string? Input,
    string? Type,
    string? CallType,
    string? TokenSymbol,
    string? TokenDecimal,
    string? TokenType,
    string? FeeCurrency,
    string? Index,
    string? TraceId,
    string? LogIndex,
    [property: JsonPropertyName("tokenID")] string? TokenId);

/// <summary>A withdrawal of stake (its amount in units of 10^9) or a block that was rewarded.</summary>
internal sealed record EtherscanGift([property: JsonRequired] string BlockNumber, string? Address, string? Amount, string? BlockReward);

/// <summary>A log; its numbers are quantities.</summary>
internal sealed record EtherscanLog([property: JsonRequired] string BlockNumber, string? Data);

/// <summary>A text, or a number or truth value in its place; anything else, such as a list of NFTs, is none.</summary>
internal sealed class AnyText : JsonConverter<string?>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return reader.GetString();
            case JsonTokenType.Number:
                return Encoding.UTF8.GetString(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan);
            case JsonTokenType.True or JsonTokenType.False:
                return reader.TokenType is JsonTokenType.True ? "1" : "0";
            default:
                reader.Skip();
                return null;
        }
    }

    public override void Write(Utf8JsonWriter writer, string? value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true,
    Converters = [typeof(AnyText)])]
[JsonSerializable(typeof(EtherscanAnswer))]
[JsonSerializable(typeof(List<EtherscanRow>))]
[JsonSerializable(typeof(List<EtherscanGift>))]
[JsonSerializable(typeof(List<EtherscanLog>))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(string))]
internal sealed partial class EtherscanJson : JsonSerializerContext;

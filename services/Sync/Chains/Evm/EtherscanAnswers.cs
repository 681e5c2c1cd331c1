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
    [property: JsonPropertyName("tokenID")] string? TokenId);

/// <summary>A withdrawal of stake (its amount in units of 10^9) or a block that was rewarded.</summary>
internal sealed record EtherscanGift([property: JsonRequired] string BlockNumber, string? Address, string? Amount, string? BlockReward);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(EtherscanAnswer))]
[JsonSerializable(typeof(List<EtherscanRow>))]
[JsonSerializable(typeof(List<EtherscanGift>))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(string))]
internal sealed partial class EtherscanJson : JsonSerializerContext;

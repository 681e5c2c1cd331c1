using System.Numerics;
using System.Text.Json;
using Chains;

namespace Sync.Chains.Evm;

/// <summary>Reads receipts as nodes of all chains tell them.</summary>
internal static class EvmReceipts
{
    private const int BlobTransaction = 3;
    private const int OperatorScale = 1_000_000;
    private const int JovianScale = 100;

    /// <summary>Reads a receipt; <paramref name="hash"/> is the one that was asked for.</summary>
    public static EvmReceipt Of(JsonElement receipt, string hash, Func<string, ProviderException> bad)
    {
        if (Field("transactionHash") != hash || EvmRules.Height(Field("blockNumber")) is not { } height
            || Field("blockHash") is not { } block || !EvmRules.IsHash(block) || Quantity("gasUsed") is not { } gas)
            throw bad($"answers a receipt of {hash} that is none");
        var type = EvmRules.Height(Field("type")) is { } named and <= byte.MaxValue ? (int)named : (int?)null;
        // Since Jovian the OP stack uses the field of blobs for something else, which is not paid for (op-geth, receipt.go).
        var blobs = type is BlobTransaction ? Named("blobGasUsed") * Named("blobGasPrice") : BigInteger.Zero;
        var isDeposit = type is EvmReceipt.OpDeposit or EvmReceipt.ArbitrumDeposit;
        return new EvmReceipt(
            hash, height, block, isDeposit ? Amount.Zero : gas, Quantity("effectiveGasPrice"),
            new Amount(isDeposit ? 0 : blobs + Named("l1Fee") + OperatorFee(gas.Value)), Field("status") == "0x0", type,
            EvmRules.Account(Field("feeCurrency")), EvmRules.Account(Field("contractAddress")), LogsOf(receipt));

        // Isthmus: gas × scalar / 10^6 + constant; Jovian, whose receipts name one more scalar, gas × scalar × 100 + constant
        // (ethereum-optimism/specs, isthmus/exec-engine.md and jovian/exec-engine.md, "Operator Fee").
        BigInteger OperatorFee(BigInteger used) =>
            Named("operatorFeeConstant") + (Field("daFootprintGasScalar") is null
                ? used * Named("operatorFeeScalar") / OperatorScale : used * Named("operatorFeeScalar") * JovianScale);

        BigInteger Named(string name) => (Quantity(name) ?? Amount.Zero).Value;

        Amount? Quantity(string name) => Field(name) is { } text
            ? EvmRules.Quantity(text) ?? throw bad($"answers a receipt of {hash} with a {name} that is no quantity") : null;

        string? Field(string name) => FieldOf(receipt, name);
    }

    private static List<EvmLog>? LogsOf(JsonElement receipt) =>
        receipt.TryGetProperty("logs", out var logs) && logs.ValueKind is JsonValueKind.Array
            ? [.. logs.EnumerateArray().Select(LogOf).OfType<EvmLog>()] : null;

    private static EvmLog? LogOf(JsonElement log)
    {
        if (EvmRules.Account(FieldOf(log, "address")) is not { } contract) return null;
        var topics = log.TryGetProperty("topics", out var list) && list.ValueKind is JsonValueKind.Array
            ? list.EnumerateArray().Select(topic => topic.ValueKind is JsonValueKind.String ? topic.GetString() : null).ToList() : [];
        var value = EvmRules.Word(FieldOf(log, "data"));
        return (topics, value) switch
        {
            ([EvmRules.Transfer, var from, var to], { } moved) when (Topic(from), Topic(to)) is ({ } giving, { } taking) =>
                new EvmLog(contract, EvmLogKind.Transfer, giving, taking, moved),
            ([EvmRules.Deposit, var to], { } moved) when Topic(to) is { } taking =>
                new EvmLog(contract, EvmLogKind.Deposit, contract, taking, moved),
            ([EvmRules.Withdrawal, var from], { } moved) when Topic(from) is { } giving =>
                new EvmLog(contract, EvmLogKind.Withdrawal, giving, contract, moved),
            _ => new EvmLog(contract, null, null, null, Amount.Zero),
        };
    }

    private static string? Topic(string? topic) => EvmRules.IsHash(topic) ? EvmRules.Account("0x" + topic![26..]) : null;

    private static string? FieldOf(JsonElement of, string name) =>
        of.ValueKind is JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String
            ? value.GetString() : null;
}

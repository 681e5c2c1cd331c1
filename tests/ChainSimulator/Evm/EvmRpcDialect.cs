using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;

namespace ChainSimulator.Evm;

/// <summary>JSON-RPC of a node (ethereum/execution-apis), as far as an account is followed with it. A batch is answered in reverse.</summary>
internal static class EvmRpcDialect
{
    /// <summary>More blocks than these are refused to a question for logs.</summary>
    public const int MaxRange = 100;

    /// <summary>The state is told of so many of the newest blocks.</summary>
    public const int StatesKept = 128;

    private const string Transfer = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
    private const string Nobody = "0x0000000000000000000000000000000000000000";

    public static JsonNode Answer(EvmCall call, JsonNode question) => question is JsonArray batch
        ? new JsonArray([.. batch.Reverse().Select(each => One(call, each!.AsObject()))])
        : One(call, question.AsObject());

    public static JsonNode? Block(EvmNetwork network, string tag)
    {
        var place = tag == "latest" ? network.Tip : network.BlockAt(long.Parse(tag.AsSpan(2), NumberStyles.AllowHexSpecifier,
            CultureInfo.InvariantCulture));
        return place is null
            ? null
            : new JsonObject
            {
                ["number"] = Hex(place.Height), ["hash"] = place.Hash, ["parentHash"] = place.Parent, ["timestamp"] = Hex(place.Time),
                ["transactions"] = new JsonArray()
            };
    }

    private static JsonObject One(EvmCall call, JsonObject question)
    {
        var answer = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = question["id"]!.DeepClone() };
        if (call.Limited) return Refuse(answer, -32005, "rate limit exceeded");
        var (network, parameters) = (call.Network, question["params"]!.AsArray());
        switch ((string)question["method"]!)
        {
            case "eth_chainId":
                answer["result"] = Hex(network.ChainId);
                break;
            case "eth_getBlockByNumber":
                answer["result"] = call.Pruned is { } kept && Text(0) != "latest" && Convert.ToInt64(Text(0), 16) < network.Tip.Height - kept
                    ? null : Block(network, Text(0));
                if (parameters.Count > 1 && (bool)parameters[1]! && answer["result"] is JsonObject whole)
                {
                    var height = Convert.ToInt64((string)whole["number"]!, 16);
                    whole["transactions"] = new JsonArray([.. network.Between(height, height).Reverse().Select(Transaction)]);
                    whole["withdrawals"] = new JsonArray([.. network.PaidIn(height).Select(account => new JsonObject { ["address"] = account })]);
                }

                break;
            case "eth_getBalance":
                // Of old states only the beginning is kept.
                if (Text(1) == "0x0")
                    answer["result"] = Hex(network.GiftsOf(EvmNetwork.Account(Text(0)), EvmGiftKind.Genesis)
                        .Aggregate(BigInteger.Zero, (sum, gift) => sum + gift.Value));
                else if (StateOf(network, Text(1)) is { } height) answer["result"] = Hex(network.BalanceAt(EvmNetwork.Account(Text(0)), "", height));
                else return Refuse(answer, -32000, "missing trie node");
                break;
            case "eth_getTransactionCount":
                answer["result"] = Hex(Text(1) == "latest"
                    ? network.NonceOf(EvmNetwork.Account(Text(0)))
                    : network.NonceAt(EvmNetwork.Account(Text(0)),
                        long.Parse(Text(1).AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)));
                break;
            case "eth_getTransactionReceipt":
                answer["result"] = network.Find(Text(0)) is { } found ? Receipt(found) : null;
                break;
            case "eth_getTransactionByHash":
                answer["result"] = network.Find(Text(0)) is { } known ? Transaction(known) : null;
                break;
            case "alchemy_getAssetTransfers":
                if (AlchemyDialect.Refusal(network, parameters[0]!.AsObject()) is { } refusal) return Refuse(answer, -32600, refusal);
                answer["result"] = AlchemyDialect.Transfers(call, parameters[0]!.AsObject());
                break;
            case "eth_call":
                return StateOf(network, Text(1)) is { } state
                    ? Call(network, answer, EvmNetwork.Account((string)parameters[0]!["to"]!), (string)parameters[0]!["data"]!, state)
                    : Refuse(answer, -32000, "missing trie node");
            case "eth_getLogs":
                return Logs(network, answer, parameters[0]!.AsObject());
            default:
                return Refuse(answer, -32601, "the method does not exist/is not available");
        }

        return answer;

        string Text(int n) => (string)parameters[n]!;
    }

    // The height of a block whose state is kept; null of another.
    private static long? StateOf(EvmNetwork network, string tag)
    {
        var tip = network.Tip.Height;
        var height = tag == "latest" ? tip : long.Parse(tag.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return height <= tip && height > tip - StatesKept ? height : null;
    }

    private static JsonObject Call(EvmNetwork network, JsonObject answer, string contract, string data, long height)
    {
        if (!data.StartsWith("0x70a08231", StringComparison.Ordinal)) return Refuse(answer, 3, "execution reverted");
        var word = network.BalanceAt("0x" + data[^40..], contract, height).ToString("x64", CultureInfo.InvariantCulture)[^64..];
        switch (network.Token(contract).Answer)
        {
            case TokenAnswer.Reverts: return Refuse(answer, 3, "execution reverted");
            case TokenAnswer.Nothing: answer["result"] = "0x"; break;
            case TokenAnswer.Long: answer["result"] = $"0x{word}{new string('f', 64)}"; break;
            default: answer["result"] = "0x" + word; break;
        }

        return answer;
    }

    private static JsonObject Logs(EvmNetwork network, JsonObject answer, JsonObject filter)
    {
        var hash = (string?)filter["blockHash"];
        var named = hash is null ? null : network.BlockOf(hash);
        if (hash is not null && named is null) return Refuse(answer, -32000, "unknown block");
        var (from, to) = named is null ? (Number("fromBlock"), Number("toBlock")) : (named.Height, named.Height);
        if (to - from >= MaxRange) return Refuse(answer, -32602, $"eth_getLogs is limited to a {MaxRange} blocks range");
        var topics = filter["topics"]!.AsArray().Select(topic => topic is JsonArray any ? any.Select(each => (string?)each).ToList()
            : topic is null ? [] : [(string?)topic]).ToList();
        var logs = new JsonArray();
        foreach (var placed in network.Between(from, to).Reverse().Where(placed => !placed.Content.Failed))
        {
            foreach (var (index, move) in (placed.Content.Moves ?? []).Where(move => move.IsLogged).Index())
            {
                var told = new[] { Transfer, Padded(move.From ?? Nobody), Padded(move.To ?? Nobody) };
                if (topics.Index().Any(topic => topic.Item.Count > 0 && !topic.Item.Contains(told[topic.Index]))) continue;
                logs.Add(new JsonObject
                {
                    ["address"] = EvmNetwork.Account(move.Contract), ["topics"] = new JsonArray([.. told.Select(topic => JsonValue.Create(topic))]),
                    ["data"] = "0x" + PlacedEvm.Number(move.Value).ToString("x64", CultureInfo.InvariantCulture)[^64..],
                    ["blockNumber"] = Hex(placed.Block.Height), ["blockHash"] = placed.Block.Hash, ["transactionHash"] = placed.Txid,
                    ["transactionIndex"] = Hex(placed.Index), ["logIndex"] = Hex((placed.Index * 1000) + index), ["removed"] = false,
                });
            }
        }

        answer["result"] = logs;
        return answer;

        long Number(string name) => long.Parse(((string)filter[name]!).AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }

    private static JsonObject Receipt(PlacedEvm placed)
    {
        var content = placed.Content;
        var receipt = new JsonObject
        {
            ["transactionHash"] = placed.Txid, ["blockNumber"] = Hex(placed.Block.Height), ["blockHash"] = placed.Block.Hash,
            ["gasUsed"] = Hex(content.Gas),
            ["effectiveGasPrice"] = Hex(PlacedEvm.Number(content.GasPrice)), ["status"] = content.Failed ? "0x0" : "0x1",
            ["type"] = Hex(content.Type), ["logs"] = new JsonArray(),
        };
        if (content is { To: null, Created: { } created }) receipt["contractAddress"] = EvmNetwork.Account(created);
        if (content.BlobGas > 0)
            (receipt["blobGasUsed"], receipt["blobGasPrice"]) = (Hex(content.BlobGas), Hex(PlacedEvm.Number(content.BlobGasPrice)));
        if (content.L1Fee is { } below) receipt["l1Fee"] = Hex(PlacedEvm.Number(below));
        return receipt;
    }

    private static JsonObject Transaction(PlacedEvm placed)
    {
        var transaction = new JsonObject
        {
            ["hash"] = placed.Txid, ["type"] = Hex(placed.Content.Type), ["from"] = EvmNetwork.Account(placed.Content.From),
            ["to"] = placed.Content.To is { } to ? EvmNetwork.Account(to) : null, ["value"] = Hex(PlacedEvm.Number(placed.Content.Value)),
            ["input"] = placed.Content.Input,
        };
        if (placed.Content.Mint is { } mint) transaction["mint"] = Hex(PlacedEvm.Number(mint));
        return transaction;
    }

    private static JsonObject Refuse(JsonObject answer, int code, string message)
    {
        answer["error"] = new JsonObject { ["code"] = code, ["message"] = message };
        return answer;
    }

    private static string Padded(string account) => "0x" + EvmNetwork.Account(account)[2..].PadLeft(64, '0');

    // BigInteger writes a leading zero before a digit from 8 on.
    public static string Hex(BigInteger value) => value.IsZero ? "0x0" : "0x" + value.ToString("x", CultureInfo.InvariantCulture).TrimStart('0');
}

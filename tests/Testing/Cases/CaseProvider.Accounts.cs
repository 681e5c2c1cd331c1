using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Testing.Cases;

// Accounts: an explorer's lists, and a node that fits them.
public sealed partial class CaseProvider
{
    private const string Transfer = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";

    private JsonNode Explore(string network, IQueryCollection query)
    {
        var (action, of) = ((string)query["action"]!, Of(network, query["address"].ToString()));
        if (query["module"] != "account") return Answered("0", "NOTOK", "Error! Missing Or invalid Module name");
        if (action is "balance") return Answered("1", "OK", Quantity(of?.Answers["eth_getBalance"]).ToString());
        if (action is "tokenbalance") return Answered("1", "OK", Held(of, query["contractaddress"].ToString()) ?? "0");
        if (of is null) return Answered("0", "No transactions found", new JsonArray());

        var (from, to) = (Number(query["startblock"], 0), Number(query["endblock"], long.MaxValue));
        var (page, size) = (Number(query["page"], 1), Number(query["offset"], 10_000));
        if (of.Answers["slow"] is not null && size > 100) return Refusal(504);
        var rows = Rows(of, action)
            .Where(row => Height(row) >= from && Height(row) <= to)
            .Where(row => query["contractaddress"] is not [{ Length: > 0 } contract] || Same(row["contractAddress"], contract))
            .OrderBy(row => query["sort"] == "desc" ? -Height(row) : Height(row)).Skip((int)((page - 1) * size)).Take((int)size).ToList();
        return rows.Count > 0 ? Answered("1", "OK", new JsonArray([.. rows.Select(row => row.DeepClone())]))
            : of.Answers["whereAListIsEmpty"]?.DeepClone() ?? Answered("0", "No transactions found", new JsonArray());
    }

    private JsonObject Call(string network, JsonObject question)
    {
        var (method, args) = ((string)question["method"]!, question["params"] as JsonArray ?? []);
        var (result, error) = method.StartsWith("eth_", StringComparison.Ordinal) || method.StartsWith("alchemy_", StringComparison.Ordinal)
            ? AccountCall(network, method, args) : SolanaCall(network, method, args);
        var answer = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = question["id"]?.DeepClone() };
        if (error is null) answer["result"] = result;
        else answer["error"] = new JsonObject { ["code"] = error.Value.Code, ["message"] = error.Value.Message };
        return answer;
    }

    private (JsonNode? Result, (int Code, string Message)? Error) AccountCall(string network, string method, JsonArray args)
    {
        var tip = (long)On(network).First().Answers["tip"]!;
        switch (method)
        {
            case "eth_chainId": return (Hex((long)On(network).First().Answers["chainId"]!), null);
            case "eth_blockNumber": return (Hex(tip), null);
            case "eth_getBlockByNumber":
                var height = HeightOf(args[0], tip);
                return (height > tip ? null : BlockOf(network, height), null);
            case "eth_getBalance":
                return ((string?)args[1] is "0x0" || Of(network, (string)args[0]!) is not { } holder ? "0x0"
                    : holder.Answers["eth_getBalance"]?.DeepClone() ?? "0x0", null);
            case "eth_getTransactionCount":
                var upTo = HeightOf(args[1], tip);
                return (Hex(Of(network, (string)args[0]!) is { } sender
                    ? Sent(sender).Count(row => Same(row["from"], sender.Address) && Height(row) <= upTo) : 0), null);
            case "eth_getTransactionReceipt": return (ReceiptOf(network, (string)args[0]!), null);
            case "eth_getTransactionByHash": return (TransactionOf(network, (string)args[0]!), null);
            case "eth_getLogs": return (new JsonArray([.. Logs(network, args[0]!.AsObject(), tip)]), null);
            case "eth_call": return ContractCall(network, args[0]!.AsObject());
            case "alchemy_getAssetTransfers": return (Transfers(network, args[0]!.AsObject()), null);
            default: return (null, (-32601, $"the method {method} does not exist/is not available"));
        }
    }

    private (JsonNode? Result, (int Code, string Message)? Error) ContractCall(string network, JsonObject call)
    {
        var (contract, data) = ((string)call["to"]!, (string)call["data"]!);
        var known = On(network).SelectMany(each => Rows(each, "tokentx")).FirstOrDefault(row => Same(row["contractAddress"], contract));
        string? word = data switch
        {
            ['0', 'x', '7', '0', 'a', '0', '8', '2', '3', '1', ..] =>
                Of(network, "0x" + data[^40..]) is { } of && Held(of, contract) is { } held ? Word(BigInteger.Parse(held, null))
                    : known is null ? null : Word(0),
            "0x313ce567" => known is null ? null : Word(BigInteger.Parse((string)known["tokenDecimal"]!, null)),
            _ => null,
        };
        return word is null ? (null, (3, "execution reverted")) : (word, null);
    }

    private JsonObject BlockOf(string network, long height)
    {
        var told = On(network).SelectMany(each => AllRows(each)).FirstOrDefault(row => Height(row) == height);
        return new JsonObject
        {
            ["number"] = Hex(height),
            ["hash"] = BlockHash(network, height),
            ["parentHash"] = BlockHash(network, height - 1),
            ["timestamp"] = Hex(told is null ? 1_600_000_000 + (height % 100_000_000) : long.Parse((string)told["timeStamp"]!, null)),
            ["transactions"] = new JsonArray([.. On(network).SelectMany(each => Sent(each)).Where(row => Height(row) == height)
                .Select(row => TransactionOf(network, (string)row["hash"]!))]),
        };
    }

    private string BlockHash(string network, long height) =>
        On(network).SelectMany(each => AllRows(each)).Where(row => Height(row) == height).Select(row => (string?)row["blockHash"])
            .Concat(On(network).SelectMany(each => each.Answers["receipts"] as JsonObject ?? [])
                .Where(receipt => HeightOf(receipt.Value!["blockNumber"], 0) == height).Select(receipt => (string?)receipt.Value!["blockHash"]))
            .FirstOrDefault(hash => hash is not null) ?? "0x" + HashOf(network, "block", height);

    // The case's own; else one that fits what the lists say.
    private JsonObject? ReceiptOf(string network, string hash)
    {
        if (On(network).Select(each => each.Answers["receipts"]?[hash]).FirstOrDefault(receipt => receipt is not null) is { } told)
        {
            var copy = told.DeepClone().AsObject();
            if (copy["logs"] is null) copy["logs"] = LogsOf(network, hash);
            return copy;
        }

        if (On(network).SelectMany(each => AllRows(each)).FirstOrDefault(row => HashIn(row) == hash) is not { } any) return null;
        var row = On(network).SelectMany(each => Sent(each)).FirstOrDefault(row => HashIn(row) == hash);
        return new JsonObject
        {
            ["transactionHash"] = hash, ["blockNumber"] = Hex(Height(any)),
            ["blockHash"] = BlockHash(network, Height(any)),
            ["from"] = (string?)(row ?? any)["from"], ["to"] = (string?)(row ?? any)["to"],
            ["gasUsed"] = Hex(Number((string?)row?["gasUsed"], 21_000)),
            ["effectiveGasPrice"] = Hex(Number((string?)row?["gasPrice"], 1_000_000_000)),
            ["status"] = (string?)row?["isError"] is "1" ? "0x0" : "0x1", ["type"] = "0x2", ["contractAddress"] = null,
            ["logs"] = LogsOf(network, hash),
        };
    }

    private JsonObject? TransactionOf(string network, string hash)
    {
        var row = On(network).SelectMany(each => Sent(each)).FirstOrDefault(row => HashIn(row) == hash);
        var any = row ?? On(network).SelectMany(each => AllRows(each)).FirstOrDefault(row => HashIn(row) == hash);
        return any is null ? null : new JsonObject
        {
            ["hash"] = hash, ["blockNumber"] = Hex(Height(any)), ["blockHash"] = BlockHash(network, Height(any)),
            ["from"] = (string?)any["from"], ["to"] = row is null ? (string?)any["contractAddress"] : (string?)any["to"],
            ["value"] = row is null ? "0x0" : "0x" + BigInteger.Parse((string)any["value"]!, null).ToString("x", null).TrimStart('0').PadLeft(1, '0'),
            ["input"] = (string?)row?["input"] ?? "0x", ["gasPrice"] = Hex(Number((string?)any["gasPrice"], 1_000_000_000)), ["type"] = "0x2",
        };
    }

    private JsonArray LogsOf(string network, string hash) => new([.. On(network).SelectMany(each => Rows(each, "tokentx"))
        .Where(row => HashIn(row) == hash && BigInteger.TryParse((string?)row["value"], out _))
        .Select((row, index) => new JsonObject
        {
            ["address"] = (string?)row["contractAddress"], ["transactionHash"] = hash, ["blockNumber"] = Hex(Height(row)),
            ["blockHash"] = BlockHash(network, Height(row)),
            ["logIndex"] = Hex(Number((string?)row["logIndex"], index)), ["removed"] = false,
            ["topics"] = new JsonArray(Transfer, Padded((string)row["from"]!), Padded((string)row["to"]!)),
            ["data"] = Word(BigInteger.Parse((string)row["value"]!, null)),
        })]);

    private IEnumerable<JsonNode> Logs(string network, JsonObject filter, long tip)
    {
        var (from, to) = (HeightOf(filter["fromBlock"], tip), HeightOf(filter["toBlock"], tip));
        var (contracts, topics) = (filter["address"], filter["topics"] as JsonArray ?? []);
        var hashes = On(network).SelectMany(each => AllRows(each)).Select(HashIn)
            .Concat(On(network).SelectMany(each => (each.Answers["receipts"] as JsonObject ?? []).Select(receipt => receipt.Key))).Distinct();
        return On(network).SelectMany(each => each.Answers["logs"] as JsonArray ?? []).Select(log => log!)
            .Concat(hashes.SelectMany(hash => ReceiptOf(network, hash!)?["logs"] as JsonArray ?? []).Select(log => log!))
            .Where(log => HeightOf(log["blockNumber"], tip) is var height && height >= from && height <= to)
            .Where(log => contracts is null || Fits(contracts, log["address"]))
            .Where(log => topics.Select((wanted, index) => wanted is null || index < ((JsonArray)log["topics"]!).Count
                && Fits(wanted, log["topics"]![index])).All(fits => fits))
            .Select(log => log.DeepClone());
    }

    private JsonObject Transfers(string network, JsonObject wanted)
    {
        var (from, to) = (HeightOf(wanted["fromBlock"], 0), HeightOf(wanted["toBlock"], long.MaxValue));
        var list = On(network).SelectMany(each => each.Answers["alchemy_getAssetTransfers"] as JsonArray ?? []).Select(transfer => transfer!)
            .Where(transfer => wanted["fromAddress"] is null || Same(transfer["from"], (string)wanted["fromAddress"]!))
            .Where(transfer => wanted["toAddress"] is null || Same(transfer["to"], (string)wanted["toAddress"]!))
            .Where(transfer => HeightOf(transfer["blockNum"], 0) is var height && height >= from && height <= to)
            .Where(transfer => wanted["contractAddresses"] is null || Fits(wanted["contractAddresses"]!, transfer["rawContract"]!["address"]))
            .OrderByDescending(transfer => HeightOf(transfer["blockNum"], 0));
        return new JsonObject { ["transfers"] = new JsonArray([.. list.Select(transfer => transfer.DeepClone())]) };
    }

    private static IEnumerable<JsonObject> Rows(ReportedCase of, string action) =>
        (of.Answers[action] as JsonArray ?? []).Select(row => row!.AsObject());

    // Alchemy's cases have no rows of what was sent: its transfers stand for them.
    private static IEnumerable<JsonObject> Sent(ReportedCase of) =>
        Rows(of, "txlist").Concat((of.Answers["alchemy_getAssetTransfers"] as JsonArray ?? [])
        .Where(transfer => (string)transfer!["category"]! == "external").Select(transfer => new JsonObject
        {
            ["hash"] = (string)transfer!["hash"]!, ["from"] = (string?)transfer["from"], ["to"] = (string?)transfer["to"],
            ["blockNumber"] = HeightOf(transfer["blockNum"], 0).ToString(CultureInfo.InvariantCulture),
            ["timeStamp"] = DateTimeOffset.Parse((string)transfer["metadata"]!["blockTimestamp"]!, CultureInfo.InvariantCulture)
                .ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            ["value"] = Quantity(transfer["rawContract"]!["value"]).ToString(),
        }));

    private static IEnumerable<JsonObject> AllRows(ReportedCase of) => Sent(of).Concat(Rows(of, "txlistinternal")).Concat(Rows(of, "tokentx"));

    private static string? HashIn(JsonObject row) => (string?)(row["hash"] ?? row["transactionHash"]);

    private static long Height(JsonObject row) => long.Parse((string)row["blockNumber"]!, null);

    private static string? Held(ReportedCase? of, string contract) =>
        (of?.Answers["balanceOf"] as JsonObject ?? []).Where(token => Same(token.Key, contract)).Select(token => (string?)token.Value)
            .FirstOrDefault();

    private static JsonObject Answered(string status, string message, JsonNode result) =>
        new() { ["status"] = status, ["message"] = message, ["result"] = result };

    private static bool Fits(JsonNode wanted, JsonNode? told) =>
        wanted is JsonArray any ? any.Any(one => Same(told, (string)one!)) : Same(told, (string)wanted!);

    private static bool Same(JsonNode? told, string wanted) => string.Equals((string?)told, wanted, StringComparison.OrdinalIgnoreCase);

    private static long HeightOf(JsonNode? tag, long tip) => (string?)tag is ['0', 'x', .. var digits]
        ? long.Parse(digits, NumberStyles.HexNumber, null) : tip;

    private static BigInteger Quantity(JsonNode? hex) =>
        (string?)hex is ['0', 'x', .. var digits] ? BigInteger.Parse("0" + digits, NumberStyles.HexNumber, null) : 0;

    private static long Number(string? text, long otherwise) => long.TryParse(text, out var number) ? number : otherwise;

    private static string Hex(long number) => "0x" + number.ToString("x", null);

    private static string Word(BigInteger number) => "0x" + number.ToString("x64", null)[^64..];

    private static string Padded(string account) => "0x" + account[2..].PadLeft(64, '0');
}

using System.Text.Json.Nodes;

namespace Testing.Cases;

// A node of Solana.
public sealed partial class CaseProvider
{
    private const string Genesis = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d";
    private const string System = "11111111111111111111111111111111";

    private (JsonNode? Result, (int Code, string Message)? Error) SolanaCall(string network, string method, JsonArray args)
    {
        var tip = (long)On(network).First().Answers["tipSlot"]!;
        switch (method)
        {
            case "getGenesisHash": return (Genesis, null);
            case "getSlot": return (tip, null);
            case "getLatestBlockhash":
                return (InContext(tip, new JsonObject { ["blockhash"] = Genesis, ["lastValidBlockHeight"] = tip }), null);
            case "getBalance": return (InContext(tip, Of(network, (string)args[0]!)?.Answers["getBalance"]?.DeepClone() ?? 0), null);
            case "getAccountInfo":
                return (InContext(tip, new JsonObject
                {
                    ["data"] = new JsonArray("", "base64"), ["executable"] = false, ["lamports"] = 1, ["owner"] = System, ["rentEpoch"] = 0,
                }), null);
            case "getFirstAvailableBlock": return (Answer(network, method) ?? 0, null);
            case "getTokenAccountsByOwner":
                var program = (string)args[1]!["programId"]!;
                return (InContext(tip, Of(network, (string)args[0]!)?.Answers[method]?[program]?.DeepClone() ?? new JsonArray()), null);
            case "getSignaturesForAddress": return (Signatures(network, (string)args[0]!, args.Count > 1 ? args[1]!.AsObject() : []), null);
            case "getTransaction": return (Answer(network, method, (string)args[0]!), null);
            case "getBlock": return SolanaBlock(network, (long)args[0]!, tip);
            default: return (null, (-32601, "Method not found"));
        }
    }

    private (JsonNode? Result, (int Code, string Message)? Error) SolanaBlock(string network, long slot, long tip)
    {
        if (slot == tip) return (new JsonObject { ["blockhash"] = Genesis, ["blockTime"] = 1_795_920_000, ["signatures"] = new JsonArray() }, null);
        if (Answer(network, "getBlock", $"{slot}") is not JsonObject block)
            return (null, (-32007, $"Slot {slot} was skipped, or missing due to ledger jump"));
        block["signatures"] ??= new JsonArray([.. On(network)
            .SelectMany(each => (each.Answers["getTransaction"] as JsonObject ?? []).Where(told => (long?)told.Value?["slot"] == slot))
            .Select(told => (JsonNode)told.Key)]);
        return (block, null);
    }

    private JsonArray Signatures(string network, string account, JsonObject options)
    {
        var list = On(network).Select(each => each.Answers["getSignaturesForAddress"]?[account] as JsonArray)
            .FirstOrDefault(list => list is not null);
        var told = (list ?? []).Select(entry => entry!);
        if ((string?)options["before"] is { } before) told = told.SkipWhile(entry => (string)entry["signature"]! != before).Skip(1);
        if ((string?)options["until"] is { } until) told = told.TakeWhile(entry => (string)entry["signature"]! != until);
        return new JsonArray([.. told.Take((int?)options["limit"] ?? 1000).Select(entry => entry.DeepClone())]);
    }

    private JsonNode? Answer(string network, string method, string? key = null) => On(network)
        .Select(each => key is null ? each.Answers[method] : each.Answers[method]?[key]).FirstOrDefault(told => told is not null)?.DeepClone();

    private static JsonObject InContext(long slot, JsonNode value) =>
        new() { ["context"] = new JsonObject { ["slot"] = slot, ["apiVersion"] = "3.0.0" }, ["value"] = value };
}

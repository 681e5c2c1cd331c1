using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Testing.Cases;

// Coins: an Esplora, and blockchain.info.
public sealed partial class CaseProvider
{
    private JsonNode? Esplora(string network, string[] path)
    {
        var tip = On(network).First().Answers["tip"]!;
        switch (path)
        {
            case ["blocks", "tip", "hash"]: return Plain((string)tip["id"]!);
            case ["blocks", "tip", "height"]: return Plain(((long)tip["height"]!).ToString(CultureInfo.InvariantCulture));
            case ["block", var hash]: return hash == (string)tip["id"]! ? tip.DeepClone() : Refusal(404);
            case ["block-height", var height]:
                return CoinBlock(network, long.Parse(height, null)) is { } block ? Plain((string)block["id"]!) : Refusal(404);
            case ["blocks", var height]:
                return new JsonArray([.. Enumerable.Range(0, 10).Select(n => CoinBlock(network, long.Parse(height, null) - n)).OfType<JsonNode>()]);
            case ["address", var address]:
                return new JsonObject
                {
                    ["address"] = address,
                    ["chain_stats"] = Of(network, address)?.Answers["address"]?.DeepClone() ?? Nothing(),
                    ["mempool_stats"] = Nothing(),
                };
            case ["address", var address, "txs", "chain", .. var rest]:
                var list = (Of(network, address)?.Answers["txs"] as JsonArray ?? []).Select(transaction => transaction!);
                if (rest is [var after]) list = list.SkipWhile(transaction => (string)transaction["txid"]! != after).Skip(1);
                return new JsonArray([.. list.Take(25).Select(transaction => transaction.DeepClone())]);
            default: return Refusal(404);
        }
    }

    private JsonObject Info(string network, string[] path, IQueryCollection query)
    {
        var tip = (long)On(network).First().Answers["tip"]!;
        var latest = new JsonObject { ["hash"] = HashOf(network, "block", tip), ["height"] = tip, ["time"] = 1_795_920_000, ["block_index"] = tip };
        if (path is ["latestblock"]) return latest;
        var asked = path is ["rawaddr", var one] ? one : query["active"].ToString();
        var (of, offset) = (Of(network, asked), (int)Number(query["offset"], 0));
        var told = (of?.Answers["rawaddr"] as JsonArray ?? []).Skip(offset).Take((int)Number(query["limit"], 50)).Select(each => each!.DeepClone());
        var sums = (of?.Answers["multiaddr"]?.DeepClone() as JsonObject) ?? new JsonObject { ["n_tx"] = 0, ["final_balance"] = 0 };
        sums["address"] = asked;
        if (path is not ["multiaddr"]) sums["txs"] = new JsonArray([.. told]);
        return path is not ["multiaddr"] ? sums : new JsonObject
        {
            ["addresses"] = new JsonArray(sums), ["txs"] = new JsonArray([.. told]), ["info"] = new JsonObject { ["latest_block"] = latest },
        };
    }

    private JsonObject? CoinBlock(string network, long height)
    {
        var tip = On(network).First().Answers["tip"]!;
        if (height < 0 || height > (long)tip["height"]!) return null;
        var status = On(network).SelectMany(each => each.Answers["txs"] as JsonArray ?? []).Select(transaction => transaction!["status"]!)
            .FirstOrDefault(status => (long)status["block_height"]! == height);
        var time = On(network).Select(each => (long?)each.Answers["blockTimes"]?[$"{height}"]).FirstOrDefault(time => time is not null);
        return height == (long)tip["height"]! ? tip.DeepClone().AsObject() : new JsonObject
        {
            ["id"] = (string?)status?["block_hash"] ?? HashOf(network, "block", height), ["height"] = height,
            ["timestamp"] = time ?? (long?)status?["block_time"] ?? (long)tip["timestamp"]! - (((long)tip["height"]! - height) * 60),
        };
    }

    private static JsonObject Nothing() => new()
    {
        ["funded_txo_count"] = 0, ["funded_txo_sum"] = 0, ["spent_txo_count"] = 0, ["spent_txo_sum"] = 0, ["tx_count"] = 0,
    };
}

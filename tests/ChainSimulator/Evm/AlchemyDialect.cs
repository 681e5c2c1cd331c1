using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;

namespace ChainSimulator.Evm;

/// <summary>
/// <c>alchemy_getAssetTransfers</c> (alchemy.com/docs): what went from an account or to it, external, internal and ERC-20, of
/// transactions that did not fail. A page's key names the place of the next. On bsc it knows of no internal ones, and lists
/// what failed as if it had happened, as it is known to do on some networks.
/// </summary>
internal static class AlchemyDialect
{
    private const int MaxCount = 1000;
    private const string Nobody = "0x0000000000000000000000000000000000000000";

    public static JsonObject Transfers(EvmCall call, JsonObject filter)
    {
        var network = call.Network;
        var categories = filter["category"]!.AsArray().Select(category => (string)category!).ToHashSet();
        var (from, to) = (AccountOf("fromAddress"), AccountOf("toAddress"));
        var contracts = filter["contractAddresses"]?.AsArray().Select(contract => EvmNetwork.Account((string)contract!)).ToHashSet();
        var all = network.Between(Number("fromBlock", 0), Number("toBlock", long.MaxValue))
            .Where(placed => !placed.Content.Failed || IsLimited(network))
            .SelectMany(placed => Of(network, placed))
            .Where(transfer => categories.Contains((string)transfer["category"]!) && (from is null || (string?)transfer["from"] == from)
                && (to is null || (string?)transfer["to"] == to)
                && (contracts is null || contracts.Contains((string?)transfer["rawContract"]!["address"] ?? ""))).ToList();
        if ((string?)filter["order"] != "desc") all.Reverse();
        var (most, skip) = ((int)Math.Min(Number("maxCount", MaxCount), MaxCount), filter["pageKey"] is { } key
            ? int.Parse((string)key!, CultureInfo.InvariantCulture) : 0);
        var told = new JsonObject { ["transfers"] = new JsonArray([.. call.Empty ? [] : all.Skip(skip).Take(most)]) };
        if (!call.Empty && all.Count > skip + most) told["pageKey"] = (skip + most).ToString(CultureInfo.InvariantCulture);
        return told;

        string? AccountOf(string name) => filter[name] is { } text ? EvmNetwork.Account((string)text!) : null;

        long Number(string name, long otherwise) => filter[name] is { } text
            ? long.Parse(((string)text!).AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) : otherwise;
    }

    /// <summary>What it refuses; null where it answers.</summary>
    public static string? Refusal(EvmNetwork network, JsonObject filter) =>
        IsLimited(network) && filter["category"]!.AsArray().Any(category => (string)category! == "internal")
            ? $"Provided network {network.Slug}_mainnet does not support these requested categories: [\"internal\"]" : null;

    private static bool IsLimited(EvmNetwork network) => network.Slug == "bsc";

    private static IEnumerable<JsonObject> Of(EvmNetwork network, PlacedEvm placed)
    {
        var content = placed.Content;
        foreach (var (n, move) in (content.Moves ?? []).Index().Where(each => each.Item.IsLogged))
        {
            var token = network.Token(EvmNetwork.Account(move.Contract));
            yield return Transfer(placed, $"log:{n}", "erc20", move.From ?? Nobody, move.To ?? Nobody, move.Value, token.Symbol,
                EvmNetwork.Account(move.Contract), token.Decimals);
        }

        foreach (var (n, inside) in (content.Inside ?? []).Index()
            .Where(each => !each.Item.Failed && each.Item.Type is not ("delegatecall" or "staticcall" or "callcode")))
            yield return Transfer(placed, $"internal:{n}", "internal", inside.From, inside.To ?? inside.Created, inside.Value, "ETH", null, 18);
        yield return Transfer(placed, "external", "external", content.From, content.To, content.Value, "ETH", null, 18);
    }

    private static JsonObject Transfer(PlacedEvm placed, string part, string category, string from, string? to, string value, string asset,
        string? contract, int decimals) => new()
        {
            ["blockNum"] = EvmRpcDialect.Hex(placed.Block.Height), ["uniqueId"] = $"{placed.Txid}:{part}", ["hash"] = placed.Txid,
            ["from"] = EvmNetwork.Account(from), ["to"] = to is null ? null : EvmNetwork.Account(to), ["asset"] = asset, ["category"] = category,
            ["rawContract"] = new JsonObject
            {
                ["value"] = Bytes(PlacedEvm.Number(value)), ["address"] = contract,
                ["decimal"] = EvmRpcDialect.Hex((BigInteger)decimals)
            },
            ["metadata"] = new JsonObject
            {
                ["blockTimestamp"] = DateTimeOffset.FromUnixTimeSeconds(placed.Block.Time)
            .ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)
            },
        };

    // An even number of digits, as the data of a log has.
    private static string Bytes(BigInteger value) => EvmRpcDialect.Hex(value) is var hex && hex.Length % 2 == 0 ? hex : $"0x0{hex[2..]}";
}

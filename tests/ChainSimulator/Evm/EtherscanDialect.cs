using System.Globalization;
using System.Text.Json.Nodes;

namespace ChainSimulator.Evm;

/// <summary>
/// The calls of Etherscan's API that an account is followed with (docs.etherscan.io and recorded answers): the three lists,
/// balances, and what is passed on from a node. All with status 200, refusals included.
/// </summary>
internal static class EtherscanDialect
{
    private const int MaxResults = 10_000;
    private const string Nobody = "0x0000000000000000000000000000000000000000";

    public static JsonObject RateLimited => Refused("Max calls per sec rate limit reached (5/sec)");

    public static JsonObject Answer(EvmCall call)
    {
        if (call.Query("chainid") != Text(call.Network.ChainId)) return new JsonObject { ["status"] = "0", ["message"] = "chain not supported" };
        return (call.Query("module"), call.Query("action")) switch
        {
            ("account", "txlist") => List(call, Sent, "No transactions found"),
            ("account", "txlistinternal") => List(call, Inside, "No internal transactions found"),
            ("account", "tokentx") => List(call, Tokens, "No token transfers found"),
            // Blockscout has other ways to tell these.
            ("account", "txsBeaconWithdrawal") when call.Replica != EvmProviders.Blockscout => List(call, Withdrawals, "No transactions found"),
            ("account", "getminedblocks") when call.Replica != EvmProviders.Blockscout => List(call, Rewards, "No transactions found"),
            ("account", "balance") => Told(Text(call.Network.BalanceOf(AccountOf(call)))),
            ("account", "tokenbalance") => Told(Text(call.Network.BalanceOf(AccountOf(call), EvmNetwork.Account(call.Query("contractaddress")!)))),
            ("proxy", "eth_getBlockByNumber") => Proxied(EvmRpcDialect.Block(call.Network, call.Query("tag")!)),
            _ => Refused("Error! Missing Or invalid Action name"),
        };
    }

    private static IEnumerable<JsonObject> Withdrawals(EvmCall call, string account) =>
        call.Network.GiftsOf(account, EvmGiftKind.Withdrawal, Number(call, "startblock", 0), Number(call, "endblock", long.MaxValue))
            .Select((gift, n) => new JsonObject
            {
                ["withdrawalIndex"] = Text(n), ["validatorIndex"] = "7", ["address"] = account, ["amount"] = Text(gift.Value / 1_000_000_000),
                ["blockNumber"] = Text(gift.Place.Height), ["timestamp"] = Text(gift.Place.Time),
            });

    private static IEnumerable<JsonObject> Rewards(EvmCall call, string account) =>
        call.Network.GiftsOf(account, EvmGiftKind.Reward).Select(gift => new JsonObject
        {
            ["blockNumber"] = Text(gift.Place.Height), ["timeStamp"] = Text(gift.Place.Time), ["blockReward"] = Text(gift.Value),
        });

    private static JsonObject List(EvmCall call, Func<EvmCall, PlacedEvm, string, IEnumerable<JsonObject>> rows, string nothing) =>
        List(call, (_, account) => call.Network.Naming(account, Number(call, "startblock", 0), Number(call, "endblock", long.MaxValue))
            .SelectMany(transaction => rows(call, transaction, account)), nothing);

    private static JsonObject List(EvmCall call, Func<EvmCall, string, IEnumerable<JsonObject>> rows, string nothing)
    {
        var (page, size) = (Number(call, "page", 1), Number(call, "offset", MaxResults));
        if (page * size > MaxResults) return Refused("Result window is too large, PageNo x Offset size must be less than or equal to 10000");
        var all = rows(call, AccountOf(call));
        if (call.Query("sort") == "asc") all = all.Reverse();
        var told = call.Empty ? [] : all.Skip((int)((page - 1) * size)).Take((int)size).ToArray<JsonNode>();
        return told.Length == 0
            ? new JsonObject { ["status"] = "0", ["message"] = nothing, ["result"] = new JsonArray() }
            : new JsonObject { ["status"] = "1", ["message"] = "OK", ["result"] = new JsonArray(told) };
    }

    private static IEnumerable<JsonObject> Sent(EvmCall call, PlacedEvm placed, string account)
    {
        var content = placed.Content;
        if (!Any(account, content.From, content.To, content.Created)) yield break;
        yield return Row(placed, "hash", withPlace: true, content.From, content.To, content.Value, content.To is null ? content.Created : null, row =>
        {
            Priced(row, placed);
            row["nonce"] = Text(placed.Nonce);
            row["input"] = content.Input;
            row["methodId"] = content.Input.Length < 10 ? "0x" : content.Input[..10];
            row["isError"] = content.Failed ? "1" : "0";
            row["txreceipt_status"] = content.Failed ? "0" : "1";
        });
    }

    private static IEnumerable<JsonObject> Inside(EvmCall call, PlacedEvm placed, string account)
    {
        var scout = call.Replica == EvmProviders.Blockscout;
        var rows = (placed.Content.Inside ?? []).ToList();
        // Blockscout lists the making of a contract by a transaction as a movement inside it as well.
        if (scout && placed.Content is { To: null, Created: { } made, Failed: false } content)
            rows.Insert(0, new EvmInside(content.From, null, content.Value, "create", made));
        foreach (var inside in rows.Where(inside => Any(account, inside.From, inside.To, inside.Created)))
        {
            yield return Row(placed, scout ? "transactionHash" : "hash", withPlace: false, inside.From, inside.To, inside.Value, inside.Created,
                row =>
            {
                row["type"] = scout && inside.Type.EndsWith("call", StringComparison.Ordinal) ? "call" : inside.Type;
                if (scout) row["callType"] = inside.Type;
                row["isError"] = inside.Failed ? "1" : "0";
                row["errCode"] = "";
            });
        }
    }

    private static IEnumerable<JsonObject> Tokens(EvmCall call, PlacedEvm placed, string account)
    {
        if (placed.Content.Failed) yield break;
        foreach (var move in placed.Content.Moves ?? [])
        {
            // Blockscout reads WETH9's own logs too, as if it minted and burned.
            if (!move.IsLogged && call.Replica != EvmProviders.Blockscout) continue;
            if (!Any(account, move.From, move.To) || call.Query("contractaddress") is { } one
                && EvmNetwork.Account(one) != EvmNetwork.Account(move.Contract))
                continue;
            var token = call.Network.Token(EvmNetwork.Account(move.Contract));
            yield return Row(placed, "hash", withPlace: true, move.From ?? Nobody, move.To ?? Nobody, move.Value, move.Contract, row =>
            {
                Priced(row, placed);
                row["tokenName"] = token.Symbol;
                row["tokenSymbol"] = token.Symbol;
                row["tokenDecimal"] = Text(token.Decimals);
            });
        }
    }

    private static JsonObject Row(PlacedEvm placed, string hash, bool withPlace, string? from, string? to, string value, string? contract,
        Action<JsonObject> more)
    {
        var row = new JsonObject
        {
            ["blockNumber"] = Text(placed.Block.Height), ["timeStamp"] = Text(placed.Block.Time), [hash] = placed.Txid,
            ["from"] = EvmNetwork.Account(from ?? ""), ["to"] = EvmNetwork.Account(to ?? ""), ["value"] = value,
            ["contractAddress"] = EvmNetwork.Account(contract ?? ""),
        };
        if (withPlace) (row["blockHash"], row["transactionIndex"]) = (placed.Block.Hash, Text(placed.Index));
        more(row);
        return row;
    }

    private static void Priced(JsonObject row, PlacedEvm placed) =>
        (row["gasUsed"], row["gasPrice"]) = (Text(placed.Content.Gas), placed.Content.GasPrice);

    private static bool Any(string account, params ReadOnlySpan<string?> of)
    {
        foreach (var side in of)
        {
            if (side is not null && EvmNetwork.Account(side) == account) return true;
        }

        return false;
    }

    private static string AccountOf(EvmCall call) => EvmNetwork.Account(call.Query("address")!);

    private static long Number(EvmCall call, string name, long otherwise) =>
        call.Query(name) is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    private static JsonObject Told(string result) => new() { ["status"] = "1", ["message"] = "OK", ["result"] = result };

    private static JsonObject Refused(string reason) => new() { ["status"] = "0", ["message"] = "NOTOK", ["result"] = reason };

    private static JsonObject Proxied(JsonNode? result) => new() { ["jsonrpc"] = "2.0", ["id"] = 1, ["result"] = result };
}

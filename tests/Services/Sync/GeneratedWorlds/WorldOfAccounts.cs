using System.Numerics;
using System.Text.Json.Nodes;
using Testing.Cases;
using static Services.Sync.ToldWorld;

namespace Services.Sync;

/// <summary>Worlds of an account of Ethereum, as an explorer with a node beside it tells them.</summary>
internal static class WorldOfAccounts
{
    public const string Network = "ethereum";
    private const long Tip = 23_000_000;
    private const string Other = "0x2a59d59e3809f827ce709d3815e3950eef4a6a93";
    private const string Router = "0x1143da2bc54c495c4be31d3868785d39ffdfd56d";
    private const string Transfer = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";

    private static readonly BigInteger Unit = BigInteger.Pow(10, 15);
    private static readonly BigInteger Cost = new BigInteger(21_000) * 1_000_000_000;
    private static readonly string[] Contracts = ["0x1f9840a85d5af5bf1d1762f925bdaddc4201f984", "0x6b175474e89094c44da98b954eedeac495271d0f"];
    private static readonly string[] Lists = ["txlist", "txlistinternal", "tokentx"];

    public static ToldWorld Tell(World world, string me)
    {
        var answers = new JsonObject
        {
            ["dialect"] = "etherscan + node", ["chainId"] = 1, ["tip"] = Tip, ["txlist"] = new JsonArray(), ["txlistinternal"] = new JsonArray(),
            ["tokentx"] = new JsonArray(), ["receipts"] = new JsonObject(), ["balanceOf"] = new JsonObject(),
        };
        var (told, height, nonce) = (new ToldWorld(answers), Tip - world.Moves.Skip(1).Sum(move => move.Gap), 0);
        foreach (var (n, move) in world.Moves.Index())
        {
            if (n > 0) height += move.Gap;
            var (hash, value, contract) = ("0x" + CaseProvider.HashOf(me, n), (move.Amount * Unit) + n + 1, Contracts[move.Amount % 2]);
            var (asset, held, before) = ($"eip155:1/erc20:{contract}", BigInteger.Zero, told.Native);
            held = told.Others.GetValueOrDefault(asset);
            switch (move.Kind)
            {
                case 1 or 2 when before > Cost + 10:
                    value = (before - Cost) * (1 + (move.Amount % 8)) / 10;
                    Row("txlist", Sent(me, Other, value));
                    Receipt([]);
                    told.With(hash, height, -value - Cost);
                    break;
                case 3:
                    Row("txlistinternal", new()
                    {
                        ["from"] = Router, ["to"] = me, ["value"] = Text(value), ["contractAddress"] = "",
                        ["transactionHash"] = hash, ["index"] = "0", ["input"] = "", ["type"] = "call", ["callType"] = "call", ["gas"] = "1",
                        ["gasUsed"] = "1", ["isError"] = "0", ["errCode"] = "",
                    });
                    told.With(hash, height, value);
                    break;
                case 4:
                    Row("tokentx", Moved(Other, me, value));
                    told.With(hash, height, 0, (asset, value));
                    break;
                case 5 when held > 10 && before > Cost + 10:
                    value = held * (1 + (move.Amount % 9)) / 10;
                    Row("txlist", Sent(me, contract, 0));
                    Row("tokentx", Moved(me, Other, value));
                    Receipt([new JsonObject
                    {
                        ["address"] = contract, ["transactionHash"] = hash, ["blockNumber"] = Hex(height), ["blockHash"] = BlockHash(height),
                        ["logIndex"] = "0x1", ["removed"] = false, ["topics"] = new JsonArray(Transfer, Padded(me), Padded(Other)),
                        ["data"] = "0x" + value.ToString("x64", null)[^64..],
                    }]);
                    told.With(hash, height, -Cost, (asset, -value));
                    break;
                default:
                    Row("txlist", Sent(Other, me, value));
                    told.With(hash, height, value);
                    break;
            }

            JsonObject Sent(string from, string to, BigInteger of) => new()
            {
                ["hash"] = hash, ["nonce"] = Text(from == me ? nonce++ : 7), ["transactionIndex"] = $"{n}", ["from"] = from, ["to"] = to,
                ["value"] = Text(of), ["gas"] = "50000", ["gasPrice"] = "1000000000", ["isError"] = "0", ["txreceipt_status"] = "1", ["input"] = "0x",
                ["contractAddress"] = "", ["cumulativeGasUsed"] = "21000", ["gasUsed"] = "21000", ["confirmations"] = "9",
            };

            JsonObject Moved(string from, string to, BigInteger of) => new()
            {
                ["hash"] = hash, ["nonce"] = "0", ["from"] = from, ["to"] = to, ["value"] = Text(of), ["contractAddress"] = contract,
                ["logIndex"] = "1",
                ["tokenName"] = "TKN", ["tokenSymbol"] = "TKN", ["tokenDecimal"] = "18", ["transactionIndex"] = $"{n}", ["gas"] = "1",
                ["gasPrice"] = "1", ["gasUsed"] = "1", ["cumulativeGasUsed"] = "1", ["input"] = "0x", ["confirmations"] = "1",
            };

            void Row(string list, JsonObject row)
            {
                (row["blockNumber"], row["blockHash"], row["timeStamp"]) = ($"{height}", BlockHash(height), $"{1_600_000_000 + height}");
                answers[list]!.AsArray().Insert(0, row);
            }

            void Receipt(JsonArray logs) => answers["receipts"]![hash] = new JsonObject
            {
                ["transactionHash"] = hash, ["blockNumber"] = Hex(height), ["blockHash"] = BlockHash(height), ["from"] = me, ["to"] = Other,
                ["gasUsed"] = Hex(21_000), ["effectiveGasPrice"] = Hex(1_000_000_000), ["status"] = "0x1", ["type"] = "0x2",
                ["contractAddress"] = null, ["logs"] = logs,
            };
        }

        answers["eth_getBalance"] = "0x" + told.Native.ToString("x", null).TrimStart('0').PadLeft(1, '0');
        foreach (var (asset, sum) in told.Others) answers["balanceOf"]![asset[^42..]] = Text(sum);
        return told;
    }

    public static void Spoil(JsonObject answers, Lie lie)
    {
        if (lie.Kind is LieKind.Unfinished)
        {
            var receipts = answers["receipts"]!.AsObject();
            if (receipts.Count == 0) return;
            var receipt = receipts.ElementAt(lie.At % receipts.Count).Value!.AsObject();
            switch (lie.How % 6)
            {
                case 0: receipt.Remove("effectiveGasPrice"); break;
                case 1: receipt.Remove("gasUsed"); break;
                case 2: receipt.Remove("status"); break;
                case 3: receipt["logs"] = new JsonArray(); break;
                case 4: receipt.Remove("blockHash"); break;
                default: receipt["effectiveGasPrice"] = Hex(1_000_000_007); break;
            }

            return;
        }

        if (lie is { Kind: LieKind.Late, How: < 6 })
        {
            foreach (var each in Lists) World.Spoil(answers[each]!.AsArray(), lie, HeightOf);
            return;
        }

        var list = Lists.Select(each => answers[each]!.AsArray()).Where(each => each.Count > 0).Skip(lie.How % 3).FirstOrDefault()
            ?? answers[Lists.FirstOrDefault(each => answers[each]!.AsArray().Count > 0) ?? "txlist"]!.AsArray();
        if (World.Spoil(list, lie, HeightOf) || list.Count == 0) return;
        var row = list[lie.At % list.Count]!.AsObject();
        switch (lie.How % 6)
        {
            // Another lie may have made it no number.
            case 0 or 1: row["value"] = Text((BigInteger.TryParse($"{row["value"]}", out var value) ? value : 0) + lie.Off); break;
            case 2: row["value"] = long.MaxValue; break;
            case 3: row["value"] = ""; break;
            case 4: row["isError"] = "1"; break;
            default: row["to"] = Router; break;
        }
    }

    private static long HeightOf(JsonNode row) => long.Parse((string)row["blockNumber"]!, null);

    private static string BlockHash(long height) => "0x" + CaseProvider.HashOf(Network, "block", height);

    private static string Hex(long number) => "0x" + number.ToString("x", null);

    private static string Padded(string account) => "0x" + account[2..].PadLeft(64, '0');
}

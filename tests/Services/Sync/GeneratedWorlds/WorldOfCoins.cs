using System.Text.Json.Nodes;
using Chains;
using Testing.Cases;

namespace Services.Sync;

/// <summary>Worlds of an address of Bitcoin, as an Esplora tells them.</summary>
internal static class WorldOfCoins
{
    public const string Network = "bitcoin";
    private const long Tip = 800_000;
    private const long TipTime = 1_690_000_000;
    private const long Fee = 500;

    private static readonly (string Address, string Script) Other = Sides("somebody else");

    public static string AddressOf(string name) => Sides(name).Address;

    public static ToldWorld Tell(World world, string name)
    {
        var (me, txs, coins) = (Sides(name), new JsonArray(), new List<(string Txid, int Out, long Value)>());
        var told = new ToldWorld(new JsonObject { ["dialect"] = "esplora", ["tip"] = Block(Tip), ["txs"] = txs });
        long height = Tip - world.Moves.Skip(1).Sum(move => move.Gap), funded = 0, spent = 0;
        foreach (var (n, move) in world.Moves.Index())
        {
            if (n > 0) height += move.Gap;
            var (txid, value) = (CaseProvider.HashOf(name, n), (move.Amount * 100_000L) + n);
            if (move.Kind % 3 != 0 && coins.Count > 0)
            {
                // Everything is spent, and something comes back.
                var (all, paid) = (coins.Sum(coin => coin.Value), coins.Sum(coin => coin.Value) * (1 + (move.Amount % 8)) / 10);
                var back = all - paid - Fee;
                JsonObject[] inputs = [.. coins.Select(coin => Input(coin.Txid, coin.Out, me, coin.Value))];
                txs.Insert(0, Transaction(txid, height, inputs, [(Other, paid), (me, back)]));
                (spent, funded) = (spent + all, funded + back);
                coins = [(txid, 1, back)];
                told.With(txid, height, -paid - Fee);
            }
            else
            {
                txs.Insert(0, Transaction(txid, height, [Input(CaseProvider.HashOf(name, n, "from"), 0, Other, value + Fee)], [(me, value)]));
                coins.Add((txid, 0, value));
                funded += value;
                told.With(txid, height, value);
            }
        }

        told.Answers["address"] = new JsonObject
        {
            ["funded_txo_count"] = txs.Count, ["funded_txo_sum"] = funded, ["spent_txo_count"] = 0, ["spent_txo_sum"] = spent,
            ["tx_count"] = txs.Count,
        };
        return told;
    }

    public static void Spoil(JsonObject answers, Lie lie)
    {
        var txs = answers["txs"]!.AsArray();
        if (World.Spoil(txs, lie, HeightOf) || txs.Count == 0) return;
        var transaction = txs[lie.At % txs.Count]!.AsObject();
        var outs = transaction["vout"]!.AsArray();
        switch (lie.Kind, lie.How % 6)
        {
            case (LieKind.Retyped, 0 or 1): outs[^1]!["value"] = (long)outs[^1]!["value"]! + lie.Off; break;
            case (LieKind.Retyped, 2): outs[0]!["value"] = $"{outs[0]!["value"]}"; break;
            case (LieKind.Retyped, 3): transaction["status"]!["confirmed"] = false; break;
            case (LieKind.Retyped, 4): outs[^1]!["scriptpubkey"] = Other.Script; break;
            case (LieKind.Retyped, _): transaction["fee"] = "high"; break;
            case (_, 0): transaction.Remove("fee"); break;
            case (_, 1): transaction["status"]!.AsObject().Remove("block_time"); break;
            case (_, 2): transaction["status"]!.AsObject().Remove("block_hash"); break;
            case (_, 3): transaction["vin"]![0]!.AsObject().Remove("prevout"); break;
            case (_, 4): outs[0]!.AsObject().Remove("scriptpubkey"); break;
            default: transaction.Remove("txid"); break;
        }
    }

    private static long HeightOf(JsonNode row) => (long?)row["status"]?["block_height"] ?? 0;

    private static JsonObject Transaction(
        string txid, long height, JsonObject[] inputs, ((string Address, string Script) To, long Value)[] outputs) => new()
        {
            ["txid"] = txid, ["version"] = 2, ["locktime"] = 0, ["size"] = 200, ["weight"] = 800, ["fee"] = Fee,
            ["vin"] = new JsonArray([.. inputs]), ["vout"] = new JsonArray([.. outputs.Select(output => (JsonNode)Output(output.To, output.Value))]),
            ["status"] = new JsonObject
            {
                ["confirmed"] = true, ["block_height"] = height, ["block_hash"] = (string)Block(height)["id"]!,
                ["block_time"] = (long)Block(height)["timestamp"]!,
            },
        };

    private static JsonObject Input(string txid, int index, (string, string) from, long value) => new JsonObject
    {
        ["txid"] = txid, ["vout"] = index, ["prevout"] = Output(from, value), ["scriptsig"] = "", ["is_coinbase"] = false, ["sequence"] = 0,
    };

    private static JsonObject Output((string Address, string Script) to, long value) => new()
    {
        ["scriptpubkey"] = to.Script, ["scriptpubkey_asm"] = "", ["scriptpubkey_type"] = "p2pkh", ["scriptpubkey_address"] = to.Address,
        ["value"] = value,
    };

    private static JsonObject Block(long height) => new()
    {
        ["id"] = CaseProvider.HashOf(Network, "block", height), ["height"] = height, ["timestamp"] = TipTime - ((Tip - height) * 60),
    };

    private static (string Address, string Script) Sides(string name)
    {
        var address = BitcoinAddresses.P2pkh(Networks.Bitcoin, Convert.FromHexString(CaseProvider.HashOf(name)).AsSpan(0, 20));
        return (address.Text, Convert.ToHexStringLower(address.Script.AsSpan()));
    }
}

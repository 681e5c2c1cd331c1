using System.Text.Json;
using ChainSimulator.World;
using Shouldly;

namespace Unit.Simulator;

/// <summary>An address's history counted again from nothing but the shown JSON, as slowly and plainly as can be.</summary>
internal static class Replay
{
    public static IReadOnlyList<Placed> Walk(SimulatedNetwork network, string address)
    {
        var party = network.FindParty(address);
        List<Placed> all = [];
        while (network.Read(null, 0, node => node.Page(party, all is [.., var last] ? last.Transaction.Id : null)) is { Count: > 0 } page)
        {
            page.Count.ShouldBeLessThanOrEqualTo(NodeView.PageSize);
            all.AddRange(page);
        }

        return all;
    }

    public static JsonElement Json(Placed placed)
    {
        using var buffer = new Utf8Buffer();
        TransactionJson.Whole(buffer, placed.Transaction, placed.Block);
        return JsonDocument.Parse(buffer.Written).RootElement.Clone();
    }

    /// <summary>Compares the truth with sums over the JSON of a complete walk; no balance on the way may be negative.</summary>
    public static void ShouldEqualTruth(SimulatedNetwork network, string address)
    {
        var truth = network.TruthOf(address).ShouldNotBeNull();
        var walked = Walk(network, address).Select(Json).ToDictionary(json => json.GetProperty("txid").GetString()!);
        var lines = truth.Lines().Reverse().ToList();

        lines.Select(line => line.Txid).ShouldBe(walked.Keys, ignoreOrder: true);
        var balance = 0L;
        foreach (var line in lines)
        {
            var json = walked[line.Txid];
            line.Delta.ShouldBe(DeltaOf(json, address));
            line.Fee.ShouldBe(json.GetProperty("fee").GetInt64());
            line.Height.ShouldBe(json.GetProperty("status").GetProperty("block_height").GetInt32());
            balance += line.Delta;
            line.Balance.ShouldBe(balance);
            balance.ShouldBeGreaterThanOrEqualTo(0);
        }

        truth.Balance.ShouldBe(balance);
        truth.Count.ShouldBe(lines.Count);
        network.Read(null, 0, node => node.Unspent(network.FindParty(address)).Where(unspent => unspent.Block is not null)
            .Sum(unspent => unspent.Coin.Value))
            .ShouldBe(balance + SpentByMempool(network, address));
    }

    private static long DeltaOf(JsonElement json, string address)
    {
        var delta = 0L;
        foreach (var output in json.GetProperty("vout").EnumerateArray()) delta += ValueFor(output, address);
        foreach (var input in json.GetProperty("vin").EnumerateArray())
            if (input.GetProperty("prevout") is { ValueKind: JsonValueKind.Object } prevout) delta -= ValueFor(prevout, address);
        return delta;
    }

    private static long ValueFor(JsonElement output, string address) =>
        output.TryGetProperty("scriptpubkey_address", out var paid) && paid.GetString() == address ? output.GetProperty("value").GetInt64() : 0;

    // Confirmed coins that the mempool spends are no longer unspent, but still part of the confirmed balance.
    private static long SpentByMempool(SimulatedNetwork network, string address) => network.Read(null, 0, node =>
        -node.Mempool(network.FindParty(address))
            .SelectMany(placed => placed.Transaction.Spends)
            .Where(spend => spend.Party.Address == address && node.Find(spend.Coin.Txid)?.Block is not null)
            .Sum(spend => spend.Value));
}

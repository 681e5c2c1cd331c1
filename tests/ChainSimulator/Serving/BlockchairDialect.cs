using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Chains;
using ChainSimulator.World;

namespace ChainSimulator.Serving;

/// <summary>
/// The calls of Blockchair's API that an address is followed with (its documentation and recorded answers), beside the other
/// dialects': /{network}/api/stats and dashboards/…, and the same under a replica. It lists transactions by number, tells
/// them and blocks ten at a time, leaves out what is unconfirmed where state=latest asks for it, and refuses large offsets.
/// </summary>
internal sealed class BlockchairDialect(ProviderPipeline pipeline, SimulatorOptions options)
{
    private const int DefaultLimit = 100;
    private const int LargestLimit = 10_000;
    private const int ToldAtOnce = 10;
    private readonly ConcurrentDictionary<Hash256, Placed> invented = new();

    public void Map(IEndpointRouteBuilder routes)
    {
        pipeline.Map(routes, "/stats", Stats);
        pipeline.Map(routes, "/dashboards/blocks/{heights}", Blocks);
        pipeline.Map(routes, "/dashboards/address/{address}", History);
        pipeline.Map(routes, "/dashboards/transactions/{txids}", Transactions);
    }

    private static void Stats(ProviderCall call)
    {
        var tip = call.Read(node => node.Tip);
        call.Body.Text(string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"data\":{{\"blocks\":{tip.Height + 1},\"hashrate_24h\":\"59651648914812891495\",\"best_block_height\":{tip.Height}," +
            $"\"best_block_hash\":\"{tip.Hash}\",\"best_block_time\":\"{Time(tip.Time)}\"}}"));
        WriteContext(call.Body, tip, 1, 1);
    }

    private static void Blocks(ProviderCall call)
    {
        var heights = call.Value("heights").Split(',');
        if (heights.Length > ToldAtOnce)
        {
            Refuse(call, "Too many blocks");
            return;
        }

        var (found, tip) = call.Read(node => (
            heights.Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var height) ? node.BlockAt(height) : null)
                .OfType<Block>().ToList(), node.Tip));
        call.Body.Raw(found.Count == 0 ? "{\"data\":["u8 : "{\"data\":{"u8);
        for (var i = 0; i < found.Count; i++)
        {
            call.Body.Text(string.Create(
                CultureInfo.InvariantCulture,
                $"{(i > 0 ? "," : "")}\"{found[i].Height}\":{{\"block\":{{\"id\":{found[i].Height},\"hash\":\"{found[i].Hash}\"," +
                $"\"date\":\"{Time(found[i].Time)[..10]}\",\"time\":\"{Time(found[i].Time)}\"," +
                $"\"transaction_count\":{found[i].Transactions.Count}}},\"transactions\":[]}}"));
        }

        call.Body.Raw(found.Count == 0 ? "]"u8 : "}"u8);
        WriteContext(call.Body, tip, found.Count, 1 + (0.1m * (heights.Length - 1)));
    }

    private void History(ProviderCall call)
    {
        var text = call.Value("address");
        var party = call.Network.FindParty(text);
        if (party is null && Addresses.Parse(call.Network.Network, text) is AddressError)
        {
            Refuse(call, "Invalid address");
            return;
        }

        if (!TryNumber(call, "limit", DefaultLimit, LargestLimit, out var limit)
            || !TryNumber(call, "offset", 0, options.BlockchairOffsetCap, out var offset))
            return;
        if (limit > 0) pipeline.BeforePage(call, party?.Address ?? text, offset == 0, $"number {offset}");

        var (isDetailed, onlyConfirmed) = (call.Query("transaction_details") == "true", call.Query("state") == "latest");
        var drift = offset == 0 ? 0 : call.FaultOf(FaultKind.PageDrift)?.By ?? 0;
        var leaveOut = call.FaultOf(FaultKind.Omit)?.Every ?? 0;
        var (page, totals, tip) = call.Read(node => (
            limit == 0 ? [] : node.Listed(party is null ? [] : [party], Math.Max(0, offset + drift), limit, leaveOut, onlyConfirmed),
            TotalsOf(node, party, onlyConfirmed), node.Tip));
        if (call.FaultOf(FaultKind.EmptyPage) is not null) page = [];
        if (page.Count < limit && party is not null && call.FaultOf(FaultKind.EndlessPages) is { } endless)
            page = endless.Invented
                ? [.. page, .. Invent(call, party, limit - page.Count)] : call.Read(node => node.Listed([party], 0, limit, onlyConfirmed: true));
        if (call.FaultOf(FaultKind.Lie) is { } lie)
            totals = totals with { FundedSum = totals.FundedSum + lie.Balance, Transactions = totals.Transactions + lie.Transactions };

        var json = call.Body;
        json.Text($"{{\"data\":{{\"{text}\":{{\"address\":{{");
        json.Text(party is null || totals.Transactions == 0
            ? "\"type\":null,\"script_hex\":\"\","
            : $"\"type\":\"{TypeName(ScriptText.TypeName(party.Kind))}\"," +
                $"\"script_hex\":\"{Convert.ToHexStringLower(((Address)Addresses.Parse(call.Network.Network, party.Address)).Script.AsSpan())}\",");
        json.Text(string.Create(
            CultureInfo.InvariantCulture,
            $"\"balance\":{totals.Balance},\"balance_usd\":0,\"received\":{totals.FundedSum},\"spent\":{totals.SpentSum}," +
            $"\"output_count\":{totals.FundedCount},\"unspent_output_count\":{totals.FundedCount - totals.SpentCount}," +
            $"\"transaction_count\":{totals.Transactions}}},\"transactions\":["));
        for (var i = 0; i < page.Count; i++)
        {
            var (transaction, block) = page[i];
            if (i > 0) json.Raw(","u8);
            json.Text(isDetailed
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"{{\"block_id\":{block?.Height ?? -1},\"hash\":\"{transaction.Id}\",\"time\":\"{Time(block?.Time)}\"," +
                    $"\"balance_change\":{transaction.Delta(party!)}}}")
                : $"\"{transaction.Id}\"");
        }

        json.Raw("],\"utxo\":[]}}"u8);
        WriteContext(json, tip, 1, isDetailed ? 2 : 1);
    }

    private void Transactions(ProviderCall call)
    {
        var txids = call.Value("txids").Split(',');
        if (txids.Length > ToldAtOnce || !txids.All(txid => Hash256.TryParse(txid, out _)))
        {
            Refuse(call, "Invalid transaction hash");
            return;
        }

        var (found, tip) = call.Read(node => (txids.Select(txid => Hash256.TryParse(txid, out var id) ? node.Find(id) ?? Invented(id) : null)
            .OfType<Placed>().ToList(), node.Tip));
        call.Body.Raw(found.Count == 0 ? "{\"data\":["u8 : "{\"data\":{"u8);
        for (var i = 0; i < found.Count; i++)
        {
            if (i > 0) call.Body.Raw(","u8);
            Write(call.Body, found[i]);
        }

        call.Body.Raw(found.Count == 0 ? "]"u8 : "}"u8);
        WriteContext(call.Body, tip, found.Count, 1 + (0.1m * (txids.Length - 1)));
    }

    private Placed? Invented(Hash256 id) => invented.TryGetValue(id, out var placed) ? placed : null;

    private List<Placed> Invent(ProviderCall call, Party party, int count)
    {
        var made = call.Network.Invent(party, count);
        foreach (var placed in made) invented[placed.Transaction.Id] = placed;
        return made;
    }

    private static Totals TotalsOf(NodeView node, Party? party, bool onlyConfirmed)
    {
        var (confirmed, pending) = (node.ConfirmedTotals(party), onlyConfirmed ? default : node.MempoolTotals(party));
        return new(
            confirmed.Transactions + pending.Transactions, confirmed.FundedCount + pending.FundedCount, confirmed.FundedSum + pending.FundedSum,
            confirmed.SpentCount + pending.SpentCount, confirmed.SpentSum + pending.SpentSum);
    }

    // Told again from the other dialect's facts, so that all tell the same transaction.
    private static void Write(Utf8Buffer json, Placed placed)
    {
        using var facts = new Utf8Buffer();
        placed.Transaction.WriteFacts(facts);
        facts.Raw("}"u8);
        using var told = JsonDocument.Parse(facts.Written);
        List<JsonElement> inputs = [.. told.RootElement.GetProperty("vin").EnumerateArray().Select(input => input.GetProperty("prevout"))];
        List<JsonElement> outputs = [.. told.RootElement.GetProperty("vout").EnumerateArray()];
        var (height, time) = (placed.Block?.Height ?? -1, Time(placed.Block?.Time));
        json.Text(string.Create(
            CultureInfo.InvariantCulture,
            $"\"{placed.Transaction.Id}\":{{\"transaction\":{{\"block_id\":{height},\"id\":{NodeView.TxIndex(placed.Transaction)}," +
            $"\"hash\":\"{placed.Transaction.Id}\",\"date\":\"{time[..10]}\",\"time\":\"{time}\"," +
            $"\"is_coinbase\":{(placed.Transaction.IsCoinbase ? "true" : "false")},\"input_count\":{inputs.Count},\"output_count\":{outputs.Count}," +
            $"\"fee\":{placed.Transaction.Fee},\"fee_per_kb\":2527.03}},\"inputs\":["));
        if (!placed.Transaction.IsCoinbase) WriteCoins(json, inputs);
        json.Raw("],\"outputs\":["u8);
        WriteCoins(json, outputs);
        json.Raw("]}"u8);
    }

    private static void WriteCoins(Utf8Buffer json, List<JsonElement> coins)
    {
        for (var i = 0; i < coins.Count; i++)
        {
            var (script, type) = (coins[i].GetProperty("scriptpubkey").GetString()!,
                TypeName(coins[i].GetProperty("scriptpubkey_type").GetString()!));
            // What has no address has a name of Blockchair's own.
            var recipient = coins[i].TryGetProperty("scriptpubkey_address", out var address)
                ? address.GetString() : $"{type[0]}-{script[..Math.Min(32, script.Length)]}";
            json.Text(string.Create(
                CultureInfo.InvariantCulture,
                $"{(i > 0 ? "," : "")}{{\"index\":{i},\"value\":{coins[i].GetProperty("value").GetInt64()},\"value_usd\":0," +
                $"\"recipient\":\"{recipient}\",\"type\":\"{type}\",\"script_hex\":\"{script}\"," +
                $"\"is_spendable\":null,\"lifespan\":null,\"cdd\":0.5}}"));
        }
    }

    private static string TypeName(string type) => type switch
    {
        "p2pk" => "pubkey",
        "p2pkh" => "pubkeyhash",
        "p2sh" => "scripthash",
        "v0_p2wpkh" => "witness_v0_keyhash",
        "v0_p2wsh" => "witness_v0_scripthash",
        "v1_p2tr" => "witness_v1_taproot",
        "op_return" => "nulldata",
        _ => "nonstandard",
    };

    private static string Time(long? seconds) =>
        DateTimeOffset.FromUnixTimeSeconds(seconds ?? 1_700_000_000).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private static void WriteContext(Utf8Buffer json, Block tip, int results, decimal cost) => json.Text(string.Create(
        CultureInfo.InvariantCulture,
        $",\"context\":{{\"code\":200,\"source\":\"D\",\"limit\":\"100,100\",\"offset\":\"0,0\",\"results\":{results},\"state\":{tip.Height}," +
        $"\"market_price_usd\":36654,\"cache\":{{\"live\":true,\"duration\":20,\"time\":null}},\"full_time\":0.25,\"request_cost\":{cost}}}}}"));

    private static void Refuse(ProviderCall call, string error) =>
        call.Json($"{{\"data\":null,\"context\":{{\"code\":400,\"error\":\"{error}\",\"market_price_usd\":36654}}}}",
            StatusCodes.Status400BadRequest);

    // "50,0" asks for fifty transactions and no coins.
    private static bool TryNumber(ProviderCall call, string name, int otherwise, int largest, out int number)
    {
        if (!int.TryParse((call.Query(name) ?? "").Split(',')[0], NumberStyles.None, CultureInfo.InvariantCulture, out number)) number = otherwise;
        if (number <= largest) return true;
        Refuse(call, $"Wrong {name}: {number} is too large");
        return false;
    }
}

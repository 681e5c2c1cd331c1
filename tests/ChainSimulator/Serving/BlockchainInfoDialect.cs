using System.Globalization;
using System.Text.Json;
using Chains;
using ChainSimulator.World;

namespace ChainSimulator.Serving;

/// <summary>
/// The three calls of blockchain.info's data API that an address is followed with (its page and recorded answers), beside
/// Esplora's: /{network}/api/latestblock, rawaddr and multiaddr, and the same under a replica. What is unconfirmed stands on
/// top of its lists and is part of its sums; it orders a block's transactions in its own way, tells when it first saw them
/// instead of their block's time, and refuses large offsets.
/// </summary>
internal sealed class BlockchainInfoDialect(ProviderPipeline pipeline, SimulatorOptions options)
{
    private const int DefaultLimit = 50;
    private const int LargestLimit = 100;

    public void Map(IEndpointRouteBuilder routes)
    {
        pipeline.Map(routes, "/latestblock", call => WriteBlock(call.Body, call.Read(node => node.Tip)));
        pipeline.Map(routes, "/rawaddr/{address}", History);
        pipeline.Map(routes, "/multiaddr", Summaries);
    }

    private void History(ProviderCall call)
    {
        var text = call.Value("address");
        if (!TryParty(call, text, out var party) || !TryRange(call, "limit", out var limit, out var offset)) return;
        pipeline.BeforePage(call, party?.Address ?? text, offset == 0, $"offset {offset}");

        var drift = offset == 0 ? 0 : call.FaultOf(FaultKind.PageDrift)?.By ?? 0;
        var leaveOut = call.FaultOf(FaultKind.Omit)?.Every ?? 0;
        var (page, totals) = call.Read(node => (node.Listed(party is null ? [] : [party], Math.Max(0, offset + drift), limit, leaveOut),
            TotalsOf(node, party)));
        if (call.FaultOf(FaultKind.EmptyPage) is not null) page = [];
        if (page.Count < limit && party is not null && call.FaultOf(FaultKind.EndlessPages) is { } endless)
            page = endless.Invented
                ? [.. page, .. call.Network.Invent(party, limit - page.Count)] : call.Read(node => node.Listed([party], 0, limit));

        var json = call.Body;
        json.Text($"{{\"hash160\":\"{(party is null ? "" : Convert.ToHexStringLower(party.Program))}\",");
        WriteTotals(json, party?.Address ?? text, totals);
        json.Raw(",\"n_unredeemed\":0,\"txs\":"u8);
        WriteList(json, page, null);
        json.Raw("}"u8);
    }

    private void Summaries(ProviderCall call)
    {
        if (!TryRange(call, "n", out var limit, out var offset)) return;
        var texts = (call.Query("active") ?? "").Split('|');
        List<Party> parties = [];
        foreach (var text in texts)
        {
            if (!TryParty(call, text, out var party)) return;
            if (party is not null) parties.Add(party);
        }

        var lie = call.FaultOf(FaultKind.Lie);
        var (page, sums, tip) = call.Read(node =>
            (node.Listed(parties, offset, limit), texts.Select(text =>
                (Text: text, Totals: TotalsOf(node, parties.Find(party => party.Address == text)))).ToList(), node.Tip));
        var json = call.Body;
        json.Raw("{\"addresses\":["u8);
        foreach (var (text, totals) in sums)
        {
            json.Raw(json.Written.Span[^1] == (byte)'[' ? "{"u8 : ",{"u8);
            WriteTotals(json, text, lie is null ? totals : totals with
            {
                FundedSum = totals.FundedSum + lie.Balance,
                Transactions = totals.Transactions + lie.Transactions
            });
            json.Raw("}"u8);
        }

        json.Raw("],\"txs\":"u8);
        WriteList(json, page, parties);
        json.Raw(",\"info\":{\"nconnected\":3,\"conversion\":100000000.0,\"latest_block\":"u8);
        WriteBlock(json, tip);
        json.Raw("},\"recommend_include_fee\":true}"u8);
    }

    // Confirmed and unconfirmed together, as the real one sums up.
    private static Totals TotalsOf(NodeView node, Party? party)
    {
        var (confirmed, pending) = (node.ConfirmedTotals(party), node.MempoolTotals(party));
        return new(
            confirmed.Transactions + pending.Transactions, confirmed.FundedCount + pending.FundedCount, confirmed.FundedSum + pending.FundedSum,
            confirmed.SpentCount + pending.SpentCount, confirmed.SpentSum + pending.SpentSum);
    }

    private static void WriteTotals(Utf8Buffer json, string address, Totals totals) => json.Text(string.Create(
        CultureInfo.InvariantCulture,
        $"\"address\":\"{address}\",\"n_tx\":{totals.Transactions},\"total_received\":{totals.FundedSum},\"total_sent\":{totals.SpentSum}," +
        $"\"final_balance\":{totals.Balance}"));

    private static void WriteBlock(Utf8Buffer json, Block block) => json.Text(string.Create(
        CultureInfo.InvariantCulture,
        $"{{\"hash\":\"{block.Hash}\",\"time\":{block.Time},\"block_index\":{block.Height},\"height\":{block.Height}}}"));

    private static void WriteList(Utf8Buffer json, List<Placed> list, List<Party>? outputsOf)
    {
        json.Raw("["u8);
        for (var i = 0; i < list.Count; i++)
        {
            if (i > 0) json.Raw(","u8);
            Write(json, list[i], outputsOf);
        }

        json.Raw("]"u8);
    }

    // Told again from the other dialect's facts, so that both tell the same transaction.
    private static void Write(Utf8Buffer json, Placed placed, List<Party>? outputsOf)
    {
        using var facts = new Utf8Buffer();
        placed.Transaction.WriteFacts(facts);
        facts.Raw("}"u8);
        using var told = JsonDocument.Parse(facts.Written);
        var (inputs, outputs) = (told.RootElement.GetProperty("vin"), told.RootElement.GetProperty("vout"));
        var (index, time) = (NodeView.TxIndex(placed.Transaction), placed.Block is { } mined ? FirstSeen(placed.Transaction, mined) : 1_700_000_000);
        json.Text(string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"hash\":\"{placed.Transaction.Id}\",\"ver\":2,\"vin_sz\":{inputs.GetArrayLength()},\"vout_sz\":{outputs.GetArrayLength()}," +
            $"\"size\":250,\"weight\":1000,\"fee\":{placed.Transaction.Fee},\"relayed_by\":\"0.0.0.0\",\"lock_time\":0,\"tx_index\":{index}," +
            $"\"double_spend\":false,\"time\":{time},"));
        json.Text(placed.Block is { } block
            ? string.Create(CultureInfo.InvariantCulture, $"\"block_index\":{block.Height},\"block_height\":{block.Height},\"inputs\":[")
            : "\"block_index\":null,\"block_height\":null,\"inputs\":[");
        var separator = "";
        foreach (var input in inputs.EnumerateArray())
        {
            json.Text($"{separator}{{\"sequence\":4294967295,\"witness\":\"\",\"script\":\"\",\"index\":0,\"prev_out\":");
            if (input.GetProperty("prevout") is { ValueKind: JsonValueKind.Object } spent) WriteOutput(json, spent, 0);
            else json.Raw("null"u8);
            json.Raw("}"u8);
            separator = ",";
        }

        json.Raw("],\"out\":["u8);
        var (n, first) = (0, true);
        foreach (var output in outputs.EnumerateArray())
        {
            // Asked for many addresses, it leaves out what goes to others.
            if (outputsOf is null || outputsOf.Exists(party => output.TryGetProperty("scriptpubkey_address", out var to)
                && to.GetString() == party.Address))
            {
                if (!first) json.Raw(","u8);
                WriteOutput(json, output, n);
                first = false;
            }

            n++;
        }

        json.Raw("]}"u8);
    }

    // Mostly some minutes before the block's time, at times up to two days, and now and then a little after it.
    private static long FirstSeen(Transaction transaction, Block block) =>
        block.Time - (long)((transaction.Id.D >> 7) % 8) switch
        {
            0 => -30 - (long)(transaction.Id.C % 90),
            1 => 3_600 + (long)(transaction.Id.C % 170_000),
            _ => 30 + (long)(transaction.Id.C % 2_400),
        };

    private static void WriteOutput(Utf8Buffer json, JsonElement output, int n)
    {
        json.Text(string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"type\":0,\"spent\":false,\"value\":{output.GetProperty("value").GetInt64()},\"spending_outpoints\":[],\"n\":{n},\"tx_index\":0," +
            $"\"script\":\"{output.GetProperty("scriptpubkey").GetString()}\""));
        if (output.TryGetProperty("scriptpubkey_address", out var address)) json.Text($",\"addr\":\"{address.GetString()}\"");
        json.Raw("}"u8);
    }

    private bool TryRange(ProviderCall call, string limitName, out int limit, out int offset)
    {
        limit = Math.Min(LargestLimit, int.TryParse(call.Query(limitName), NumberStyles.None, CultureInfo.InvariantCulture, out var asked)
            ? asked : DefaultLimit);
        _ = int.TryParse(call.Query("offset"), NumberStyles.None, CultureInfo.InvariantCulture, out offset);
        if (offset <= options.OffsetCap) return true;
        call.Json(string.Create(CultureInfo.InvariantCulture,
            $"{{\"error\":\"user-error\",\"message\":\"offset exceeded: {offset} > {options.OffsetCap}\"}}"), StatusCodes.Status400BadRequest);
        return false;
    }

    private static bool TryParty(ProviderCall call, string text, out Party? party)
    {
        party = call.Network.FindParty(text);
        if (party is not null || call.Network.Parse(text) is not AddressError) return true;
        call.Json("{\"error\":\"not-found-or-invalid-arg\",\"message\":\"Item not found or argument invalid\"}", StatusCodes.Status404NotFound);
        return false;
    }
}

using System.Globalization;
using System.Text.Json;
using Chains;
using ChainSimulator.World;

namespace ChainSimulator.Serving;

/// <summary>
/// The HTTP API of Blockstream's Esplora (its API.md and recorded answers; the finer points as Electrs does them),
/// at /{network}/api and, for replicas with faults of their own, /{replica}/{network}/api.
/// </summary>
internal sealed class EsploraDialect(ProviderPipeline pipeline)
{
    private const int BlocksAtOnce = 10;

    public void Map(IEndpointRouteBuilder routes)
    {
        pipeline.Map(routes, "/blocks/tip/height", call => call.Text(call.Read(node => node.Tip).Height));
        pipeline.Map(routes, "/blocks/tip/hash", call => call.Text(call.Read(node => node.Tip).Hash.ToString()));
        pipeline.Map(routes, "/blocks/{height}", Blocks);
        pipeline.Map(routes, "/block-height/{height}", BlockHash);
        pipeline.Map(routes, "/block/{hash}", BlockFacts);
        pipeline.Map(routes, "/block/{hash}/status", BlockStatus);
        pipeline.Map(routes, "/block/{hash}/txids", BlockTxids);
        pipeline.Map(routes, "/block/{hash}/txs/{start?}", BlockTransactions);
        pipeline.Map(routes, "/tx/{txid}", TransactionFacts);
        pipeline.Map(routes, "/tx/{txid}/status", TransactionStatus);
        pipeline.Map(routes, "/tx/{txid}/merkle-proof", Proof);
        pipeline.Map(routes, "/tx/{txid}/hex", Raw);
        pipeline.Map(routes, "/block/{hash}/header", Header);
        pipeline.Map(routes, "/tx/{txid}/outspend/{vout}", Spender);
        pipeline.Map(routes, "/address/{address}", Summary);
        pipeline.Map(routes, "/address/{address}/txs", Newest);
        pipeline.Map(routes, "/address/{address}/txs/chain/{after?}", Confirmed);
        pipeline.Map(routes, "/address/{address}/txs/mempool", Unconfirmed);
        pipeline.Map(routes, "/address/{address}/utxo", Unspent);
    }

    private static void BlockHash(ProviderCall call)
    {
        if (!int.TryParse(call.Value("height"), NumberStyles.None, CultureInfo.InvariantCulture, out var height))
            call.Text("Invalid number", StatusCodes.Status400BadRequest);
        else if (call.Read(node => node.BlockAt(height)) is { } block) call.Text(block.Hash.ToString());
        else call.Text("Block not found", StatusCodes.Status404NotFound);
    }

    private static void BlockFacts(ProviderCall call)
    {
        if (FindBlock(call) is { } block) WriteBlock(call.Body, block);
    }

    // Ten blocks, from the one asked for down.
    private static void Blocks(ProviderCall call)
    {
        var blocks = !int.TryParse(call.Value("height"), NumberStyles.None, CultureInfo.InvariantCulture, out var height) ? []
            : call.Read(node => Enumerable.Range(0, BlocksAtOnce).Select(down => node.BlockAt(height - down))
                .TakeWhile(block => block is not null && !IsPruned(call, node, block)).ToList());
        if (blocks.Count == 0)
        {
            call.Text("Block not found", StatusCodes.Status404NotFound);
            return;
        }

        var json = call.Body;
        for (var i = 0; i < blocks.Count; i++)
        {
            json.Raw(i == 0 ? "["u8 : ","u8);
            WriteBlock(json, blocks[i]!);
        }

        json.Raw("]"u8);
    }

    private static void WriteBlock(Utf8Buffer json, Block block)
    {
        if (block.Recorded is { } recorded)
        {
            json.Raw(recorded);
            return;
        }

        json.Raw("{\"id\":\""u8);
        json.Hex(block.Hash);
        json.Raw("\",\"height\":"u8);
        json.Number(block.Height);
        json.Raw(",\"version\":536870912,\"timestamp\":"u8);
        json.Number(block.Time);
        json.Raw(",\"tx_count\":"u8);
        json.Number(block.Transactions.Count);
        json.Raw(",\"size\":"u8);
        json.Number(80 + (block.Transactions.Count * 400L));
        json.Raw(",\"weight\":"u8);
        json.Number(320 + (block.Transactions.Count * 1600L));
        json.Raw(",\"merkle_root\":\""u8);
        json.Hex(Hash256.Of(block.Hash.D, 6, 0));
        json.Raw("\",\"previousblockhash\":"u8);
        HashOrNull(json, block.Previous);
        json.Raw(",\"mediantime\":"u8);
        json.Number(block.Time);
        json.Raw(",\"nonce\":"u8);
        json.Number((uint)block.Hash.C);
        json.Raw(",\"bits\":436339440,\"difficulty\":8340627.28000971}"u8);
    }

    private static void BlockStatus(ProviderCall call)
    {
        if (!TryHash(call, "hash", out var hash)) return;
        var (block, next) = call.Read(node =>
            node.BlockOf(hash) is { } found && node.IsInBestChain(found)
                ? (found, node.BlockAt(found.Height + 1)) : default((Block? Block, Block? Next)));
        if (block is null)
        {
            call.Body.Raw("{\"in_best_chain\":false,\"height\":null,\"next_best\":null}"u8);
            return;
        }

        call.Body.Raw("{\"in_best_chain\":true,\"height\":"u8);
        call.Body.Number(block.Height);
        call.Body.Raw(",\"next_best\":"u8);
        HashOrNull(call.Body, next?.Hash);
        call.Body.Raw("}"u8);
    }

    private static void BlockTxids(ProviderCall call)
    {
        if (FindBlock(call) is not { } block) return;
        var separator = "["u8;
        foreach (var transaction in block.Transactions)
        {
            call.Body.Raw(separator);
            call.Body.Raw("\""u8);
            call.Body.Hex(transaction.Id);
            call.Body.Raw("\""u8);
            separator = ","u8;
        }

        if (block.Transactions.Count == 0) call.Body.Raw("["u8);
        call.Body.Raw("]"u8);
    }

    private static void BlockTransactions(ProviderCall call)
    {
        if (FindBlock(call) is not { } block) return;
        _ = int.TryParse(call.OptionalValue("start"), NumberStyles.None, CultureInfo.InvariantCulture, out var start);
        if (start % NodeView.PageSize != 0)
        {
            call.Text($"start index must be a multiple of {NodeView.PageSize}", StatusCodes.Status400BadRequest);
            return;
        }

        var confirming = call.Read(node => node.IsInBestChain(block)) ? block : null;
        WriteList(call, [.. block.Transactions.Skip(start).Take(NodeView.PageSize).Select(transaction => new Placed(transaction, confirming))]);
    }

    private static void TransactionFacts(ProviderCall call)
    {
        if (!TryHash(call, "txid", out var txid)) return;
        if (call.Read(node => node.Find(txid)) is { } found) TransactionJson.Whole(call.Body, found.Transaction, found.Block);
        else call.Text("Transaction not found", StatusCodes.Status404NotFound);
    }

    // An unknown transaction is an unconfirmed one here: a true recording says so.
    private static void TransactionStatus(ProviderCall call)
    {
        if (TryHash(call, "txid", out var txid)) TransactionJson.Status(call.Body, call.Read(node => node.Find(txid))?.Block);
    }

    private static void Header(ProviderCall call)
    {
        if (FindBlock(call) is not { } block) return;
        if (BlockProofs.HeaderOf(block) is { } header) call.Text(header);
        else call.Text("Block not found", StatusCodes.Status404NotFound);
    }

    // One who lies tells of another place in the block.
    private static void Proof(ProviderCall call)
    {
        if (!TryHash(call, "txid", out var txid)) return;
        if (call.Read(node => node.Find(txid)) is not { Block: { } block } || BlockProofs.WayOf(block, txid) is not var (position, merkle))
        {
            call.Text("Transaction not found or is unconfirmed", StatusCodes.Status404NotFound);
            return;
        }

        if (call.FaultOf(FaultKind.Lie) is not null) position ^= 1;
        call.Json(JsonSerializer.Serialize(new { block_height = block.Height, merkle, pos = position }), StatusCodes.Status200OK);
    }

    private static void Raw(ProviderCall call)
    {
        if (!TryHash(call, "txid", out var txid)) return;
        if (call.Read(node => node.Find(txid)) is { } found) call.Text(BlockProofs.RawOf(found.Transaction));
        else call.Text("Transaction not found", StatusCodes.Status404NotFound);
    }

    private static void Spender(ProviderCall call)
    {
        if (!TryHash(call, "txid", out var txid)) return;
        if (!int.TryParse(call.Value("vout"), NumberStyles.None, CultureInfo.InvariantCulture, out var vout))
        {
            call.Text("Invalid number", StatusCodes.Status400BadRequest);
            return;
        }

        if (call.Read(node => node.SpenderOf(new Outpoint(txid, vout))) is not { } spender)
        {
            call.Body.Raw("{\"spent\":false}"u8);
            return;
        }

        call.Body.Raw("{\"spent\":true,\"txid\":\""u8);
        call.Body.Hex(spender.Transaction.Id);
        call.Body.Raw("\",\"vin\":0,\"status\":"u8);
        TransactionJson.Status(call.Body, spender.Block);
        call.Body.Raw("}"u8);
    }

    private static bool IsPruned(ProviderCall call, NodeView node, Block block) =>
        call.FaultOf(FaultKind.Pruned) is { } pruned && block.Height < node.Tip.Height - pruned.By;

    private static void Summary(ProviderCall call)
    {
        if (!TryParty(call, out var party)) return;
        var (confirmed, pending) = call.Read(node => (node.ConfirmedTotals(party), node.MempoolTotals(party)));
        if (call.FaultOf(FaultKind.Lie) is { } lie)
            confirmed = confirmed with { FundedSum = confirmed.FundedSum + lie.Balance, Transactions = confirmed.Transactions + lie.Transactions };
        call.Body.Raw("{\"address\":\""u8);
        call.Body.Text(call.Value("address"));
        call.Body.Raw("\",\"chain_stats\":"u8);
        WriteTotals(call.Body, confirmed);
        call.Body.Raw(",\"mempool_stats\":"u8);
        WriteTotals(call.Body, pending);
        call.Body.Raw("}"u8);
    }

    private void Newest(ProviderCall call) => Page(call, after: null, withMempool: true);

    // What is no transaction id counts as none given.
    private void Confirmed(ProviderCall call) =>
        Page(call, Hash256.TryParse(call.OptionalValue("after"), out var last) ? last : null, withMempool: false);

    private void Page(ProviderCall call, Hash256? after, bool withMempool)
    {
        if (!TryParty(call, out var party)) return;
        pipeline.BeforePage(call, party?.Address ?? call.Value("address"), after is null, after?.ToString() ?? "");
        if (call.FaultOf(FaultKind.EmptyPage) is not null)
        {
            WriteList(call, []);
            return;
        }

        var drift = call.FaultOf(FaultKind.PageDrift)?.By ?? 0;
        var leaveOut = call.FaultOf(FaultKind.Omit)?.Every ?? 0;
        var page = call.Read(node =>
        {
            var confirmed = node.Page(party, after, drift, leaveOut);
            return withMempool ? [.. node.Mempool(party), .. confirmed] : confirmed;
        });
        if (page.Count < NodeView.PageSize && party is not null && call.FaultOf(FaultKind.EndlessPages) is { } endless)
            page = endless.Invented
                ? [.. page, .. call.Network.Invent(party, NodeView.PageSize - page.Count)] : call.Read(node => node.Page(party, null));
        WriteList(call, page);
    }

    private static void Unconfirmed(ProviderCall call)
    {
        if (TryParty(call, out var party)) WriteList(call, call.Read(node => node.Mempool(party)));
    }

    private static void Unspent(ProviderCall call)
    {
        if (!TryParty(call, out var party)) return;
        call.Body.Raw("["u8);
        var isFirst = true;
        foreach (var (coin, block) in call.Read(node => node.Unspent(party)))
        {
            call.Body.Raw(isFirst ? "{\"txid\":\""u8 : ",{\"txid\":\""u8);
            call.Body.Hex(coin.Outpoint.Txid);
            call.Body.Raw("\",\"vout\":"u8);
            call.Body.Number(coin.Outpoint.Vout);
            call.Body.Raw(",\"status\":"u8);
            TransactionJson.Status(call.Body, block);
            call.Body.Raw(",\"value\":"u8);
            call.Body.Number(coin.Value);
            call.Body.Raw("}"u8);
            isFirst = false;
        }

        call.Body.Raw("]"u8);
    }

    private static void WriteList(ProviderCall call, List<Placed> list)
    {
        call.Body.Raw("["u8);
        for (var i = 0; i < list.Count; i++)
        {
            if (i > 0) call.Body.Raw(","u8);
            TransactionJson.Whole(call.Body, list[i].Transaction, list[i].Block);
        }

        call.Body.Raw("]"u8);
    }

    private static void WriteTotals(Utf8Buffer json, Totals totals)
    {
        json.Raw("{\"funded_txo_count\":"u8);
        json.Number(totals.FundedCount);
        json.Raw(",\"funded_txo_sum\":"u8);
        json.Number(totals.FundedSum);
        json.Raw(",\"spent_txo_count\":"u8);
        json.Number(totals.SpentCount);
        json.Raw(",\"spent_txo_sum\":"u8);
        json.Number(totals.SpentSum);
        json.Raw(",\"tx_count\":"u8);
        json.Number(totals.Transactions);
        json.Raw("}"u8);
    }

    private static void HashOrNull(Utf8Buffer json, Hash256? hash)
    {
        if (hash is not { } shown)
        {
            json.Raw("null"u8);
            return;
        }

        json.Raw("\""u8);
        json.Hex(shown);
        json.Raw("\""u8);
    }

    private static Block? FindBlock(ProviderCall call)
    {
        if (!TryHash(call, "hash", out var hash)) return null;
        var block = call.Read(node => node.BlockOf(hash));
        if (block is not null && call.Read(node => IsPruned(call, node, block))) block = null;
        if (block is null) call.Text("Block not found", StatusCodes.Status404NotFound);
        return block;
    }

    private static bool TryHash(ProviderCall call, string name, out Hash256 hash)
    {
        if (Hash256.TryParse(call.Value(name), out hash)) return true;
        call.Text("Invalid hex string", StatusCodes.Status400BadRequest);
        return false;
    }

    /// <summary>True with no party for a valid address that nothing is kept of.</summary>
    private static bool TryParty(ProviderCall call, out Party? party)
    {
        party = call.Network.FindParty(call.Value("address"));
        if (party is not null || call.Network.Parse(call.Value("address")) is not AddressError error) return true;
        call.Text(error.Code == AddressErrors.Network ? "Address on invalid network" : "Invalid Bitcoin address", StatusCodes.Status400BadRequest);
        return false;
    }
}

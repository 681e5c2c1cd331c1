using Chains;

namespace Sync.Chains.Evm;

/// <summary>
/// Alchemy: a node of the chain that also lists an account's transfers (<c>alchemy_getAssetTransfers</c>), those from it and
/// those to it apart. What each transaction cost, whether it failed and which block it is in, its receipt tells; failed ones,
/// which are not listed, are found by the account's counts of what it sent. A page is made of whole blocks.
/// </summary>
internal sealed class Alchemy(Network network, string provider, EvmRpc node, int window = Alchemy.Window, TimeProvider? clock = null)
    : EvmAccounts(network, provider, node)
{
    /// <summary>Transfers asked for at once; each transaction costs a receipt besides.</summary>
    public const int Window = 100;

    private const int MaxTries = 50;
    private const string Nobody = "0x0000000000000000000000000000000000000000";
    private const int MaxSymbol = 64;

    // Transfers of one block, and questions for what is not listed, before a page is more than can be told at once.
    private const int MaxInBlock = 10_000;
    private const int MaxCounts = 2_000;

    // The most transfers that are told at once.
    private const int MaxListed = 1000;

    private readonly AskSize size = new(window, clock);
    private readonly AskSize listed = new(MaxListed, clock);
    private readonly EvmRpc node = node;

    protected override async Task<HistoryPage> PageAsync(Address address, Position? after, long top, CancellationToken ct)
    {
        var account = AccountOf(address);
        long? below = top;
        var facts = new EvmFacts(Network, account, Contradiction);
        var (rows, costs) = (new List<EvmRow>(), new Dictionary<string, EvmCost>());
        for (var tries = 0; tries < MaxTries && below is { } upTo; tries++)
        {
            var (read, cut) = await WindowAsync(account, upTo, ct);
            read.AddRange(await UnlistedAsync(account, cut ?? -1, upTo, read, ct));
            rows.AddRange(await WithReceiptsAsync(account, read, costs, ct));
            below = cut;
            var page = facts.Rest(facts.Merge(rows, costs), after);
            // Asked from the one before the last, a page that leads on has more than the last one.
            if (below is null || page.Count > (after is null ? 0 : 1))
                return new HistoryPage(page, below is not null, Provider, after is null ? 0 : after.Newer + 1, NotesOf(rows));
        }

        throw new ProviderException(ProviderFailure.OutOfReach, Provider, $"tells too little of the history below block {below} at once");
    }

    public override async Task<ListedAsset?> ListedAsync(Address address, string asset, long upTo, CancellationToken ct)
    {
        if (EvmRules.ContractOf(Network, asset) is not { } contract) return null;
        var (account, transfers) = (AccountOf(address), new Dictionary<string, AlchemyTransfer>());
        foreach (var outgoing in (bool[])[true, false])
        {
            string? key = null;
            do
            {
                var from = key;
                (var told, key) = await listed.AskAsync(most => node.AssetTransfersAsync(account, outgoing, upTo, most, from, ct, contract));
                foreach (var transfer in told)
                    transfers[transfer.Id] = transfer.Contract == contract
                        ? transfer : throw Contradiction("lists another token than the one that was asked for");
                if (transfers.Count > MaxInBlock || (key is not null && told.Count == 0)) return null;
            }
            while (key is not null);
        }

        return EvmRules.Listed(Network, contract, transfers.Values.Select(transfer =>
            (transfer.Txid, transfer.Value, In: transfer.To == account, Out: transfer.From == account)));
    }

    /// <summary>What is listed up to a block, and the block at or below which a list may be cut off; null where none is.</summary>
    private async Task<(List<EvmRow> Read, long? Cut)> WindowAsync(string account, long top, CancellationToken ct)
    {
        var transfers = new Dictionary<string, AlchemyTransfer>();
        long? cut = null;
        foreach (var outgoing in (bool[])[true, false])
        {
            var (list, key) = (new List<AlchemyTransfer>(), (string?)null);
            do
            {
                var from = key;
                (var told, key) = await size.AskAsync(most => node.AssetTransfersAsync(account, outgoing, top, most, from, ct));
                if (key is not null && told.Count == 0) throw Contradiction("names a next page of nothing");
                list.AddRange(told);
                if (list.Count > MaxInBlock)
                    throw new ProviderException(ProviderFailure.OutOfReach, Provider,
                        $"block {list[^1].Height} has more transfers than are read at once");
            }
            while (key is not null && list[0].Height == list[^1].Height);

            if (key is not null) cut = Math.Max(cut ?? 0, list[^1].Height);
            // A transfer to oneself is in both lists.
            foreach (var transfer in list) transfers[transfer.Id] = transfer;
        }

        return ([.. transfers.Values.Where(transfer => transfer.Height > (cut ?? -1)).Select(RowOf)], cut);
    }

    private EvmRow RowOf(AlchemyTransfer transfer) => transfer.Category switch
    {
        "external" => new EvmRow.Sent(
            transfer.Txid, transfer.Height, null, transfer.Time, transfer.From ?? throw Contradiction($"names no sender of {transfer.Txid}"),
            transfer.To, null, transfer.Value, null, false, ""),
        "internal" => new EvmRow.Inside(transfer.Txid, transfer.Height, null, transfer.Time, transfer.From, transfer.To, null, transfer.Value, false),
        _ => new EvmRow.Token(
            transfer.Txid, transfer.Height, null, transfer.Time, transfer.From ?? Nobody, transfer.To ?? Nobody, transfer.Contract!, transfer.Value,
            SymbolOf(transfer.Symbol), transfer.Decimals),
    };

    /// <summary>
    /// What the account sent above one block and up to another that is not listed, because it failed: the range is halved until
    /// each block is found in which the account's count grows by more than is known.
    /// </summary>
    private async Task<IReadOnlyList<EvmRow>> UnlistedAsync(string account, long above, long top, List<EvmRow> listed, CancellationToken ct)
    {
        var known = listed.OfType<EvmRow.Sent>().Where(row => row.From == account).ToList();
        var counts = await node.SentAsync(account, above < 0 ? [top] : [top, above], ct);
        var asked = 0;
        var (open, blocks) = (new List<(long Low, long High, long AtLow, long AtHigh)>(), new List<long>());
        Consider(above, top, above < 0 ? 0 : counts[1], counts[0]);
        while (open.Count > 0)
        {
            asked += open.Count;
            if (asked > MaxCounts)
                throw new ProviderException(ProviderFailure.OutOfReach, Provider,
                    $"lists too little of what was sent between blocks {above} and {top}");
            var middles = open.ConvertAll(range => range.Low + ((range.High - range.Low) / 2));
            var (ranges, found) = (open.ToList(), await node.SentAsync(account, middles, ct));
            open.Clear();
            for (var i = 0; i < ranges.Count; i++)
            {
                Consider(ranges[i].Low, middles[i], ranges[i].AtLow, found[i]);
                Consider(middles[i], ranges[i].High, found[i], ranges[i].AtHigh);
            }
        }

        if (blocks.Count == 0) return [];
        // A count also grows by what a contract makes, and by what others send in the account's name: then the block holds nothing.
        var txids = known.Select(row => row.Txid).ToHashSet();
        return [.. (await node.SentInAsync(account, blocks, ct)).Where(row => !txids.Contains(row.Txid))];

        void Consider(long low, long high, long atLow, long atHigh)
        {
            if (atHigh < atLow) throw Contradiction("counts fewer transactions at a higher block");
            if (atHigh - atLow <= known.Count(row => row.Height > low && row.Height <= high)) return;
            if (high - low == 1) blocks.Add(high);
            else open.Add((low, high, atLow, atHigh));
        }
    }

    private async Task<IReadOnlyList<EvmRow>> WithReceiptsAsync(string account, List<EvmRow> rows, Dictionary<string, EvmCost> costs,
        CancellationToken ct)
    {
        if (rows.Count == 0) return rows;
        var receipts = await node.ReceiptsAsync([.. rows.Select(row => row.Txid).Distinct()], ct);
        if (rows.Find(row => !receipts.ContainsKey(row.Txid)) is { } missing)
            throw new ProviderException(ProviderFailure.Behind, Provider, $"its node does not know {missing.Txid} yet, which it lists");
        if (rows.Find(row => receipts[row.Txid].Height != row.Height
            || (row.BlockHash ?? receipts[row.Txid].BlockHash) != receipts[row.Txid].BlockHash) is { } moved)
            throw Contradiction($"lists {moved.Txid} in another block than its node");

        var mine = rows.OfType<EvmRow.Sent>().Where(row => row.From == account).ToList();
        foreach (var (txid, cost) in await EvmCosts.OfAsync(node, mine, receipts, ct)) costs[txid] = cost;
        if (mine.Find(row => costs[row.Txid].Fee is null) is { } open) throw Contradiction($"names no price of {open.Txid}");
        // Receipts tell what is wrapped by their logs; the call tells it where they have none.
        var wrapping = mine.Where(row => row.Input is "" && row.To is not null && receipts[row.Txid].Logs is not { Count: > 0 }
            && row.To == EvmRules.WrappedNative(Network.EvmChainId!.Value)).Select(row => row.Txid).ToList();
        var calls = wrapping.Count == 0 ? new Dictionary<string, EvmEnvelope>() : await node.TransactionsAsync(wrapping, ct);

        // On some networks what failed is listed as if it had happened; all that it moved is its cost.
        return [.. rows.Where(row => row is EvmRow.Sent || !receipts[row.Txid].Failed).Select(row => row is EvmRow.Sent sent
            ? sent with
            {
                BlockHash = receipts[row.Txid].BlockHash, Fee = GasOf(receipts[row.Txid]), Failed = receipts[row.Txid].Failed,
                Created = sent.To is null ? receipts[row.Txid].Created : null, Input = calls.GetValueOrDefault(row.Txid)?.Input ?? sent.Input,
            }
            : row with { BlockHash = receipts[row.Txid].BlockHash })];
    }

    private static Amount GasOf(EvmReceipt receipt) => receipt.Price is { } price ? receipt.FeeAt(price) - receipt.Besides : Amount.Zero;

    private static string? SymbolOf(string? text) => string.IsNullOrWhiteSpace(text) || text.Length > MaxSymbol ? null : text.Trim();
}

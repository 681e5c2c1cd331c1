using System.Globalization;
using Chains;

namespace Sync.Chains.Evm;

/// <summary>
/// Etherscan's dialect (Blockscout and others speak it): a history is three lists, each newest first and cut off at a number
/// of results. A page is made of whole blocks, so that what the lists say of a transaction is all there: the lowest block of
/// a list that may be cut is left to the next page, which is asked by its height.
/// </summary>
internal sealed class Etherscan(Network network, string provider, EtherscanCalls calls, IEvmNode node, int window = Etherscan.Window,
    TimeProvider? clock = null) : EvmAccounts(network, provider, node), IOffLedgerChanges
{
    /// <summary>Results asked for at once; up to ten thousand are told, but such an answer is large and late.</summary>
    public const int Window = 1000;

    /// <summary>The most results that are told of one question, whatever their pages.</summary>
    public const int MaxResults = 10_000;

    private const int MaxTries = 50;
    private const int MaxSymbol = 64;
    private static readonly string[] Lists = ["txlist", "txlistinternal", "tokentx"];

    // What runs in another's name moves nothing, whatever value it names.
    private static readonly HashSet<string> Motionless = new(StringComparer.OrdinalIgnoreCase) { "delegatecall", "staticcall", "callcode" };

    private static readonly HashSet<string> Collectibles = new(StringComparer.OrdinalIgnoreCase) { "ERC-721", "ERC-1155", "ERC-404" };

    private readonly AskSize size = new(window, clock);
    private readonly EtherscanInternalChanges untold = new(network, calls, node, window, clock);
    private readonly IEvmNode node = node;

    public async Task<OffLedgerChanges> OffLedgerChangesAsync(Address address, long above, long upTo, CancellationToken ct) =>
        await untold.ChangesAsync(AccountOf(address), above, upTo, ct);

    public override async Task<ListedAsset?> ListedAsync(Address address, string asset, long upTo, CancellationToken ct) =>
        EvmRules.ContractOf(Network, asset) is { } contract ? await untold.TokenAsync(AccountOf(address), contract, upTo, ct) : null;

    protected override async Task<HistoryPage> PageAsync(Address address, Position? after, long top, CancellationToken ct)
    {
        var account = AccountOf(address);
        long? below = top;
        var rows = new List<EvmRow>();
        for (var tries = 0; tries < MaxTries && below is { } upTo; tries++)
        {
            var (read, cut) = await WindowAsync(account, upTo, ct);
            if (cut is { } lowest && read.TrueForAll(row => row.Height <= lowest))
            {
                // One block fills the window.
                read = await BlockAsync(account, lowest, ct);
                cut = lowest == 0 ? null : lowest - 1;
            }

            rows.AddRange(read.Where(row => row.Height > (cut ?? -1)));
            below = cut;
            var facts = new EvmFacts(Network, account, Contradiction);
            // Asked from the one before the last, a page that leads on has more than the last one.
            if (below is null || facts.Rest(facts.Merge(rows), after).Count > (after is null ? 0 : 1))
                return await PageAsync(facts, rows, below is not null, after, ct);
        }

        throw new ProviderException(ProviderFailure.OutOfReach, Provider, $"tells too little of the history below block {below} at once");
    }

    private async Task<HistoryPage> PageAsync(EvmFacts facts, List<EvmRow> rows, bool full, Position? after, CancellationToken ct)
    {
        var page = facts.Rest(facts.Merge(rows), after);
        if (node.TellsReceipts)
        {
            var txids = page.Select(fact => fact.Txid).ToHashSet();
            var costs = await CostsAsync(
                [.. rows.OfType<EvmRow.Sent>().Where(row => txids.Contains(row.Txid) && facts.IsSender(row)).DistinctBy(row => row.Txid)], ct);
            if (costs.Count > 0) page = facts.Rest(facts.Merge(rows, costs), after);
            CheckFees(costs);
        }
        else CheckFees(new Dictionary<string, EvmCost>());

        return new HistoryPage(page, full, Provider, after is null ? 0 : after.Newer + 1, NotesOf(rows));

        void CheckFees(IReadOnlyDictionary<string, EvmCost> costs)
        {
            if (rows.OfType<EvmRow.Sent>().FirstOrDefault(row => row.Fee is null && facts.IsSender(row)
                && costs.GetValueOrDefault(row.Txid)?.Fee is null && page.Any(fact => fact.Txid == row.Txid)) is { } open)
                throw calls.Bad($"names no price of {open.Txid}");
        }
    }

    /// <summary>The three lists up to a block, and the block at or below which one of them may be cut off; null where none is.</summary>
    private async Task<(List<EvmRow> Read, long? Cut)> WindowAsync(string account, long top, CancellationToken ct)
    {
        var rows = new List<EvmRow>();
        long? cut = null;
        foreach (var list in Lists)
        {
            var (told, isAll) = await size.AskAsync(most => ListAsync(list, account, 0, top, 1, most, ct));
            if (!isAll) cut = Math.Max(cut ?? 0, told[^1].Height);
            rows.AddRange(told.Select(row => row.Row).OfType<EvmRow>());
        }

        return (rows, cut);
    }

    /// <summary>All that the three lists say of one block.</summary>
    private async Task<List<EvmRow>> BlockAsync(string account, long height, CancellationToken ct)
    {
        var rows = new List<EvmRow>();
        foreach (var list in Lists)
        {
            rows.AddRange(await size.AskAsync(most => AllAsync(list, most)));
        }

        return rows;

        async Task<List<EvmRow>> AllAsync(string list, int most)
        {
            var (all, isAll) = (new List<EvmRow>(), false);
            for (var page = 1; !isAll; page++)
            {
                if (page * most > MaxResults)
                    throw new ProviderException(ProviderFailure.OutOfReach, Provider,
                        $"tells no more than {MaxResults} results of a block, and block {height} has more");
                (var told, isAll) = await ListAsync(list, account, height, height, page, most, ct);
                all.AddRange(told.Select(row => row.Row).OfType<EvmRow>());
            }

            return all;
        }
    }

    private async Task<(IReadOnlyList<(long Height, EvmRow? Row)> Told, bool IsAll)> ListAsync(
        string list, string account, long from, long to, int page, int size, CancellationToken ct)
    {
        var query = string.Create(CultureInfo.InvariantCulture,
            $"&address={account}&startblock={from}&endblock={to}&page={page}&offset={size}&sort=desc");
        var answer = await calls.ResultAsync("account", list, query, "page", EtherscanJson.Default.ListEtherscanRow, ct);
        if (answer is null) return ([], true);
        if (answer.Count > size) throw calls.Bad($"puts {answer.Count} results on a page of {size}");
        if (answer.Contains(null!)) throw calls.Bad("lists nothing where a result is due");

        var (rows, foreign) = (answer.ConvertAll(row => Read(list, row, account)), answer.FindAll(row => IsForeign(row, account)));
        // One that touches others only moves nothing here; nothing else is the answer to another question.
        if (foreign.Count > 0 && foreign.Count == answer.Count) throw calls.Bad($"lists {HashOf(foreign[0])}, which does not touch the address");
        if (rows.Any(row => row.Height < from || row.Height > to)) throw calls.Bad("lists blocks that were not asked for");
        for (var i = 1; i < rows.Count; i++)
        {
            if (rows[i].Height > rows[i - 1].Height) throw calls.Bad("lists history out of order");
        }

        return (rows, rows.Count < size);
    }

    /// <summary>The row's height, and what it says; null where it moves nothing that is kept here.</summary>
    private (long Height, EvmRow? Row) Read(string list, EtherscanRow row, string account)
    {
        // An allocation of the genesis, which some list as if it were a transaction of block 0.
        if (row is { BlockNumber: "0", Hash: ['G', 'E', 'N', 'E', 'S', 'I', 'S', ..] }) return (0, null);
        if (HashOf(row) is not { } hash || !EvmRules.IsHash(hash)) throw calls.Bad("names a transaction by something that is no hash");
        if (row.BlockHash is { } block && !EvmRules.IsHash(block)) throw calls.Bad("names a block by something that is no hash");
        if (!long.TryParse(row.BlockNumber, NumberStyles.None, CultureInfo.InvariantCulture, out var height) || height > EvmRules.MaxHeight)
            throw calls.Bad("names a height that is none");
        if (!long.TryParse(row.TimeStamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds > 7_000_000_000)
            throw calls.Bad("names a block time that is none");
        var time = DateTimeOffset.FromUnixTimeSeconds(seconds);
        if (IsForeign(row, account)) return (height, null);
        // NFTs are no balances, and what names no amount moves none.
        if (list == "tokentx"
            && (!string.IsNullOrEmpty(row.TokenId) || Collectibles.Contains(row.TokenType ?? "") || EvmRules.Decimal(row.Value) is null))
            return (height, null);
        if (list == "txlistinternal" && (Motionless.Contains(row.Type ?? "") || Motionless.Contains(row.CallType ?? "")
            || string.IsNullOrEmpty(row.Value)))
            return (height, null);

        var (from, to, contract) = (Account(row.From), Account(row.To), Account(row.ContractAddress));
        if (list == "tokentx")
        {
            if (from is null || to is null || contract is null) throw calls.Bad($"tells a token's movement in {hash} in part only");
            return (height, new EvmRow.Token(hash, height, row.BlockHash, time, from, to, contract, Number(row.Value, hash), Symbol(row.TokenSymbol),
                Decimals(row.TokenDecimal), Named(row.LogIndex)));
        }

        // The contract that was called, where it is named beside the account that was; the one made, where there is none.
        var created = to is null ? contract : null;
        // Etherscan numbers from the first movement inside, Blockscout from the transaction itself.
        if (list == "txlistinternal")
            return (height, new EvmRow.Inside(hash, height, row.BlockHash, time, from, to, created, Number(row.Value, hash), row.IsError == "1",
                Named(row.TraceId) is { } trace ? $"trace {trace}" : Named(row.Index)));

        if (from is null || (to ?? created) is null && row.IsError != "1") throw calls.Bad($"tells {hash} in part only");
        // Who did not pay it need not know it; who did learns it from the receipt.
        Amount? fee = EvmRules.Decimal(row.GasUsed) is { } gas && EvmRules.Decimal(row.GasPrice) is { } price ? new(gas.Value * price.Value) : null;
        var failed = row.IsError == "1" || row.ReceiptStatus == "0";
        return (height, new EvmRow.Sent(hash, height, row.BlockHash, time, from, to, created, Number(row.Value, hash), fee, failed, row.Input ?? "",
            EvmRules.Account(row.FeeCurrency)));
    }

    private static bool IsForeign(EtherscanRow row, string account)
    {
        return row.Hash is not ['G', 'E', 'N', 'E', 'S', 'I', 'S', ..] && IsOther(row.From) && IsOther(row.To)
            && (!string.IsNullOrEmpty(row.To) || IsOther(row.ContractAddress));

        // What is no account at all is not somebody else's.
        bool IsOther(string? text) => string.IsNullOrEmpty(text) || (EvmRules.Account(text) is { } other && other != account);
    }

    /// <summary>
    /// What the node knows better of transactions that the account sent: what was really paid, blobs and the chain below included, is not in
    /// the lists, nor is what a deposit from below minted, nor every movement as it was logged.
    /// </summary>
    private async Task<IReadOnlyDictionary<string, EvmCost>> CostsAsync(List<EvmRow.Sent> asked, CancellationToken ct)
    {
        if (asked.Count == 0) return new Dictionary<string, EvmCost>();

        var receipts = await node.ReceiptsAsync([.. asked.Select(row => row.Txid)], ct);
        if (receipts.Count < asked.Count)
        {
            // A node forgets old receipts, but a young one that it does not know it has not read yet.
            var top = await TopAsync(ct);
            if (asked.Exists(row => !receipts.ContainsKey(row.Txid) && row.Height > top - (2 * Network.SafeDepth)))
                throw new ProviderException(ProviderFailure.Behind, Provider, "its node does not know a transaction yet that it lists");
        }

        foreach (var row in asked)
        {
            if (receipts.GetValueOrDefault(row.Txid) is { } receipt
                && (receipt.Height != row.Height || (row.BlockHash ?? receipt.BlockHash) != receipt.BlockHash))
                throw Contradiction($"lists {row.Txid} in another block than its node");
        }

        return await EvmCosts.OfAsync(node, asked, receipts, ct);
    }

    private string? Account(string? text) =>
        string.IsNullOrEmpty(text) ? null : EvmRules.Account(text) ?? throw calls.Bad("names an account that is none");

    private static string? HashOf(EtherscanRow row) => row.Hash ?? row.TransactionHash;

    private static string? Named(string? number) => string.IsNullOrEmpty(number) ? null : number;

    private Amount Number(string? text, string hash) => EvmRules.Decimal(text) ?? throw calls.Bad($"names a number in {hash} that is none");

    // Anyone can make a token of any name.
    private static string? Symbol(string? text) =>
        string.IsNullOrWhiteSpace(text) ? null : new string([.. text.Trim().Where(c => !char.IsControl(c)).Take(MaxSymbol)]);

    private static int? Decimals(string? text) =>
        byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var decimals) ? decimals : null;
}

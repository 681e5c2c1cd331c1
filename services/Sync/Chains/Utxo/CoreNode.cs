using Chains;
using Chains.Proofs;

namespace Sync.Chains.Utxo;

/// <summary>
/// A node of one's own of Bitcoin Core's kind (Bitcoin Core, Litecoin Core and their relatives): it is asked for blocks and transactions only,
/// so that nobody learns which addresses are looked for. What blocks hold of them is remembered (<see cref="INodeScans"/>).
/// </summary>
internal sealed class CoreNode(Network network, string provider, CoreRpc rpc, INodeScans scans, long start, TimeProvider clock)
    : IBlockContents, IMempool, ICoins, ITransactionProofs
{
    private const int PageSize = 25;
    private const int MostBytes = 4_000_000;

    private readonly CoreScan scan = new(network, provider, rpc, scans, start, clock);
    private readonly CoreSpent spent = new(network, provider, rpc);
    private readonly CoreMempool mempool = new(network, provider, rpc, clock);

    public Network Network => network;

    public string Provider => provider;

    public bool TellsContents => true;

    public bool TellsAll => true;

    public int MostListed => CoreMempool.MostListed;

    public async Task<ChainTip> TipAsync(CancellationToken ct)
    {
        var chain = await scan.Tip.ReadAsync(ct);
        return new(chain.Blocks, chain.Bestblockhash);
    }

    public async Task<string?> BlockHashAsync(long height, CancellationToken ct)
    {
        var hash = await rpc.AskAsync(new("getblockhash", height), "block-height", CoreJson.Default.String, ct);
        return hash is null || UtxoRules.IsHash(hash) ? hash : throw Bad("answers a block height with no block hash");
    }

    public async Task<IReadOnlyList<ChainBlock>> BlocksAsync(long height, CancellationToken ct) =>
        await HeaderAsync(height, ct) is { } header ? [new(height, header.Hash, UtxoRules.TimeOf(header.Time, Bad))] : [];

    public async Task<FollowedBlock?> BlockAsync(long height, CancellationToken ct)
    {
        if (await HeaderAsync(height, ct) is not { } header) return null;
        if (header is not { Previousblockhash: { } parent, Transactions: >= 1 and <= UtxoRules.MaxParts and var count } || !UtxoRules.IsHash(parent))
            throw Bad("answers another block than was asked for");
        return new(height, header.Hash, parent, spent.IsTold ? 1 : 1 + (2 * (int)count), []);
    }

    public async Task<IReadOnlyCollection<string>?> TouchedAsync(FollowedBlock block, CancellationToken ct)
    {
        var told = await rpc.AskAsync(new("getblock", block.Hash, 3), "block", CoreJson.Default.CoreBlock, ct);
        if (told is null) return null;
        if (told.Hash != block.Hash || told.Height != block.Height || told.Tx.Contains(null!)) throw Bad("answers another block than was asked for");
        var coins = await spent.OfAsync(told.Tx, ct);
        return told.Tx.SelectMany(transaction => transaction.Vout).Concat(coins.Values)
            .Select(coin => coin is { IsMweb: false, ScriptPubKey.Hex: { } script } ? AddressOf(script) : null).OfType<string>().ToHashSet();
    }

    public async Task<AddressSummary> SummaryAsync(Address address, CancellationToken ct)
    {
        await scan.CatchUpAsync(address, ct);
        var (transactions, sum) = await scans.SumAsync(address, ct);
        var pending = Amount.Zero;
        try
        {
            pending = (await WaitingForAsync(address, ct)).Aggregate(Amount.Zero, (all, waiting) => all + waiting.Delta);
        }
        catch (ProviderException e) when (e.Failure is ProviderFailure.OutOfReach or ProviderFailure.RateLimited)
        {
            // What waits for a block is told later, or not at all where the mempool is too large: balances are no less true.
        }

        return new AddressSummary(sum, pending, transactions);
    }

    public async Task<HistoryPage> PageAsync(Address address, Position? after, CancellationToken ct)
    {
        await scan.CatchUpAsync(address, ct);
        var rows = await scans.ListAsync(address, after?.Txid, PageSize, ct)
            ?? throw new ProviderException(ProviderFailure.Contradiction, provider, $"does not know {after!.Txid} as the address's");
        var told = await rpc.ManyAsync(
            [.. rows.Select(row => new RpcQuestion("getrawtransaction", row.Txid, 2, row.BlockHash))], "page", CoreJson.Default.CoreTransaction, ct);
        var transactions = told.Select((transaction, i) => transaction is { } known && known.Txid == rows[i].Txid ? known
            : throw new ProviderException(ProviderFailure.Contradiction, provider, $"does not know {rows[i].Txid} in its block any more")).ToList();
        var coins = await spent.OfAsync(transactions, ct);
        var script = ScriptOf(address);
        var page = rows.Zip(transactions, (row, transaction) => Sides(transaction, script, coins)
            .Of(row.Txid, row.Height, row.BlockHash, row.BlockTime.ToUnixTimeSeconds(), Fee(transaction, coins), IsCoinbase(transaction))).ToArray();
        UtxoRules.CheckPage(page, Bad);
        return new HistoryPage(page, page.Length == PageSize, provider, after is null ? 0 : after.Newer + 1);
    }

    public async Task<IReadOnlyList<WaitingTransaction>> WaitingAsync(Address address, CancellationToken ct)
    {
        // Whose coins are not known, of him nobody knows what is spent.
        await scan.CatchUpAsync(address, ct);
        return await WaitingForAsync(address, ct);
    }

    public async Task<PendingFate> FateAsync(string txid, IReadOnlyList<string> spent, CancellationToken ct)
    {
        var coins = spent.Select(CoreSpent.Parse).ToList();
        // What is known of blocks first: the mempool was read a moment ago.
        var (isInBlock, spender) = await scans.FateAsync(network, txid, coins, ct);
        return isInBlock ? PendingFate.InBlock
            : await mempool.HasAsync(txid, ct) ? PendingFate.Waiting
            : spender is not null ? PendingFate.Replaced(spender)
            : await mempool.SpenderAsync(txid, coins, ct) is { } other ? PendingFate.Replaced(other) : PendingFate.Unknown;
    }

    public async Task<IReadOnlyList<Coin>> CoinsAsync(Address address, CancellationToken ct)
    {
        await scan.CatchUpAsync(address, ct);
        var (script, confirmed) = (ScriptOf(address), await scans.CoinsAsync(address, ct));
        var waiting = await mempool.OfAsync(script, confirmed, ct);
        var gone = waiting.SelectMany(transaction => transaction.Vin).Select(input => (input.Txid, input.Vout)).ToHashSet();
        var coming = waiting.SelectMany(transaction => transaction.Vout, (transaction, output) => (transaction.Txid, Output: output))
            .Where(each => each.Output is { IsMweb: false, Value: not null, Number: not null } && each.Output.ScriptPubKey?.Hex == script)
            .Select(each => new Coin(each.Txid, each.Output.Number!.Value, each.Output.Value!.Value, null, null));
        return [.. confirmed.Concat(coming).Where(coin => !gone.Contains((coin.Txid, (int)coin.Vout)))];
    }

    public async Task<InclusionProof> ProofAsync(string txid, string blockHash, CancellationToken ct)
    {
        var block = await rpc.AskAsync(new("getblock", blockHash, 1), "merkle-proof", CoreJson.Default.CoreIds, ct)
            ?? throw Bad($"does not know the block {blockHash}");
        if (block.Tx.Count > UtxoRules.MaxParts || block.Tx.Any(id => id is null || !UtxoRules.IsHash(id)))
            throw Bad($"tells block {blockHash} in part only");
        var position = block.Tx.ToList().IndexOf(txid);
        if (position < 0) throw Bad($"does not have {txid} in block {blockHash}");
        var header = await rpc.AskAsync(new("getblockheader", blockHash, false), "header", CoreJson.Default.String, ct)
            ?? throw Bad($"does not know the block {blockHash}");
        var whole = await rpc.AskAsync(new("getrawtransaction", txid, 0, blockHash), "raw-transaction", CoreJson.Default.String, ct)
            ?? throw Bad($"does not tell {txid} as it is");
        var raw = RawTransaction.Read(whole, MostBytes) ?? throw Bad($"tells {txid} in a way that cannot be read");
        return new(header, position, MerkleBranch.Of(block.Tx, position),
            raw.Stripped.Count <= InclusionProof.LongestRaw ? Convert.ToHexStringLower([.. raw.Stripped]) : null);
    }

    private async Task<IReadOnlyList<WaitingTransaction>> WaitingForAsync(Address address, CancellationToken ct)
    {
        var script = ScriptOf(address);
        var found = await mempool.OfAsync(script, await scans.CoinsAsync(address, ct), ct);
        var coins = await spent.OfWaitingAsync(found, ct);
        var waiting = new List<WaitingTransaction>(found.Count);
        foreach (var transaction in found)
        {
            // What found its block while it was read is the history's to tell; so is what comes out of the MWEB, whose coins nobody sees.
            if (transaction.Vin.Any(input => input.IsMweb || !coins.ContainsKey(KeyOf(input)))) continue;
            var read = Sides(transaction, script, coins).Of(
                transaction.Txid, 0, null, UtxoRules.NoTime, Fee(transaction, coins), coinbase: false);
            waiting.Add(new(transaction.Txid, read.Fee, read.Delta, read.From, read.To,
                [.. transaction.Vin.Select(input => $"{input.Txid}:{input.Vout}")]));
        }

        return waiting;
    }

    private async Task<CoreHeader?> HeaderAsync(long height, CancellationToken ct)
    {
        if (height < 0 || await BlockHashAsync(height, ct) is not { } hash) return null;
        var header = await rpc.AskAsync(new("getblockheader", hash), "header", CoreJson.Default.CoreHeader, ct);
        return header is null || (header.Hash == hash && header.Height == height) ? header : throw Bad("answers another block than was asked for");
    }

    private CoinSides Sides(CoreTransaction transaction, string script, IReadOnlyDictionary<(string, int), CoreOutput> coins)
    {
        var sides = new CoinSides(network, script, transaction.Vin.Count, transaction.Vout.Count, Bad);
        foreach (var input in transaction.Vin)
        {
            if (input.IsMweb || input.Coinbase is not null) continue;
            var coin = coins[KeyOf(input)];
            sides.Spends(coin.ScriptPubKey!.Hex, AddressOf(coin.ScriptPubKey.Hex), coin.Value!.Value);
        }

        foreach (var output in transaction.Vout)
        {
            if (output.IsMweb) continue;
            if (output is not { ScriptPubKey.Hex: { } by, Value: { } value }) throw Bad($"tells {transaction.Txid} in a way that cannot be");
            sides.Receives(by, AddressOf(by), value);
        }

        return sides;
    }

    // What is left to who mined it, as far as the chain itself tells: what goes on inside of Litecoin's MWEB it does not.
    private static long Fee(CoreTransaction transaction, IReadOnlyDictionary<(string, int), CoreOutput> coins)
    {
        if (IsCoinbase(transaction)) return 0;
        var fee = Int128.Zero;
        foreach (var input in transaction.Vin.Where(input => !input.IsMweb)) fee += coins[KeyOf(input)].Value!.Value;
        foreach (var output in transaction.Vout) fee -= output.Value ?? 0;
        // None that is so large is one.
        return fee <= long.MaxValue && fee >= 0 ? (long)fee : -1;
    }

    private static bool IsCoinbase(CoreTransaction transaction) => transaction.Vin is [{ Coinbase: not null }];

    private static (string, int) KeyOf(CoreInput input) => (input.Txid ?? "", input.Vout ?? 0);

    private static string ScriptOf(Address address) => Convert.ToHexStringLower(address.Script.AsSpan());

    // A script is whose address it is, whatever a node calls it: keys that are paid without one are nobody's.
    private string? AddressOf(string script) => UtxoRules.AddressOf(network, script);

    private ProviderException Bad(string reason) => new(ProviderFailure.BadAnswer, provider, reason);
}

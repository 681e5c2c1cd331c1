using System.Collections.Immutable;
using Chains;
using Chains.Proofs;

namespace Sync.Chains.Utxo;

/// <summary>
/// The Electrum protocol (ElectrumX, electrs, Fulcrum): histories of scripts by their hashes, transactions as bytes, headers, and the way from each
/// transaction to the root in its block's header, without which none is told. Who pays what is read of the coins that are spent. It has no
/// blocks as a whole.
/// </summary>
internal sealed class Electrum(Network network, string provider, ElectrumRpc rpc, int pageSize, TimeProvider clock)
    : IBlockNames, IMempool, ICoins, ITransactionProofs, IRemembers
{
    /// <summary>The most transactions on a page, each of which is some requests.</summary>
    public const int MaxPage = 25;

    private const int MostCoins = 1_000_000;
    private const int MostSpenders = 20;
    private const int MostCandidates = 25;
    private const int MostScripts = 5;
    private const byte Return = 0x6a;

    private static readonly string NoCoin = new('0', 64);

    private readonly ElectrumHeaders headers = new(network, provider, rpc);
    private readonly ElectrumTransactions transactions = new(provider, rpc);
    private readonly ElectrumHistories histories = new(provider, rpc, clock);

    public Network Network => network;

    public string Provider => provider;

    public int MostListed => 200;

    public Task<ChainTip> TipAsync(CancellationToken ct) => headers.TipAsync(ct);

    public async Task<string?> BlockHashAsync(long height, CancellationToken ct) => (await headers.AtAsync(height, ct))?.Hash;

    public async Task<IReadOnlyList<ChainBlock>> BlocksAsync(long height, CancellationToken ct) =>
        await headers.AtAsync(height, ct) is { } header ? [new(height, header.Hash, UtxoRules.TimeOf(SecondsOf(header), Bad))] : [];

    public void Forget(Address address) => histories.Forget(NameOf(address));

    public async Task<AddressSummary> SummaryAsync(Address address, CancellationToken ct)
    {
        var name = NameOf(address);
        var balance = await rpc.AskAsync(new("blockchain.scripthash.get_balance", name), "summary", ElectrumJson.Default.ElectrumBalance, ct);
        var count = (await histories.ReadAsync(name, headers.Last, ct)).Count;
        if (balance.Confirmed < 0 || balance.Confirmed > network.MaxSupply || (count == 0 && balance.Confirmed > 0))
            throw Bad($"sums up {address.Text} in a way that cannot be");
        return new AddressSummary(balance.Confirmed, balance.Unconfirmed, count);
    }

    public async Task<HistoryPage> PageAsync(Address address, Position? after, CancellationToken ct)
    {
        var listed = await histories.ListedAsync(NameOf(address), headers.Last, ct);
        var from = 0;
        if (after is not null)
        {
            from = 1 + listed.TakeWhile(entry => entry.Txid != after.Txid).Count();
            if (from > listed.Count) throw Moved($"does not know {after.Txid} as the address's");
        }

        var rows = listed.Skip(from).Take(pageSize).ToList();
        try
        {
            var read = await transactions.OfAsync(rows.Select(row => row.Txid), "page", ct);
            var raws = rows.ConvertAll(row => read.GetValueOrDefault(row.Txid) ?? throw Moved($"lists {row.Txid} and does not tell it"));
            var blocks = await ProveAsync(rows, raws, ct);
            var coins = await SpentAsync(raws, ct);
            var script = ScriptOf(address);
            var page = rows.Zip(raws, (row, raw) => Sides(row.Txid, raw, script, coins)
                .Of(row.Txid, row.Height, blocks[row.Height].Hash, SecondsOf(blocks[row.Height]), FeeOf(raw, coins), IsCoinbase(raw))).ToArray();
            UtxoRules.CheckPage(page, Bad);
            return new HistoryPage(page, page.Length == pageSize, provider, after is null ? 0 : after.Newer + 1);
        }
        catch (ProviderException e) when (e.Failure is ProviderFailure.BadAnswer or ProviderFailure.Contradiction)
        {
            // The list itself may have been of another chain.
            Forget(address);
            throw;
        }
    }

    public async Task<IReadOnlyList<WaitingTransaction>> WaitingAsync(Address address, CancellationToken ct)
    {
        var listed = (await histories.WaitingAsync(NameOf(address), ct)).Take(MostListed).ToList();
        // What found its block meanwhile, or is gone, is not told here; nor is what spends coins that nobody sees.
        var read = await transactions.OfAsync(listed, "mempool", ct);
        var coins = await SpentAsync(read.Values, ct, isPatient: true);
        var (script, waiting) = (ScriptOf(address), new List<WaitingTransaction>(listed.Count));
        foreach (var txid in listed)
        {
            if (!read.TryGetValue(txid, out var raw) || raw.Spent.Any(coin => !coins.ContainsKey(coin))) continue;
            var told = Sides(txid, raw, script, coins).Of(txid, 0, null, UtxoRules.NoTime, FeeOf(raw, coins), coinbase: false);
            waiting.Add(new(txid, told.Fee, told.Delta, told.From, told.To, [.. raw.Spent.Select(coin => $"{coin.Txid}:{coin.Vout}")]));
        }

        return waiting;
    }

    public async Task<PendingFate> FateAsync(string txid, IReadOnlyList<string> spent, CancellationToken ct)
    {
        if ((await transactions.OfAsync([txid], "transaction", ct, isAfresh: true)).TryGetValue(txid, out var raw))
            return await HeightOfAsync(txid, raw, ct) > 0 ? PendingFate.InBlock : PendingFate.Waiting;

        var coins = spent.Take(MostSpenders).Select(CoreSpent.Parse).Select(coin => (coin.Txid, Vout: (uint)coin.Number)).ToList();
        var makers = await transactions.OfAsync(coins.Select(coin => coin.Txid), "transaction", ct);
        foreach (var scripts in coins.Where(coin => makers.ContainsKey(coin.Txid)).GroupBy(coin => NameOf(OutputOf(makers[coin.Txid], coin).Script)))
        {
            // Whose coin it was has the one that spends it in his history, among the newest.
            var candidates = (await histories.AllAsync(scripts.Key, ct)).OrderByDescending(entry => entry.Height > 0 ? entry.Height : long.MaxValue)
                .Select(entry => entry.Txid).Take(MostCandidates).ToList();
            var read = await transactions.OfAsync(candidates, "transaction", ct);
            if (read.FirstOrDefault(each => each.Key != txid && each.Value.Spent.Intersect(scripts).Any()) is { Key: { } other })
                return PendingFate.Replaced(other);
        }

        return PendingFate.Unknown;
    }

    public async Task<IReadOnlyList<Coin>> CoinsAsync(Address address, CancellationToken ct)
    {
        var told = await rpc.AskAsync(
            new("blockchain.scripthash.listunspent", NameOf(address)), "coins", ElectrumJson.Default.ListElectrumCoin, ct);
        if (told.Count > MostCoins) throw Bad($"lists {told.Count} coins");
        foreach (var coin in told)
        {
            if (coin is not { Height: >= -1 and <= UtxoRules.MaxHeight, Number: >= 0 and <= UtxoRules.MaxParts } || !UtxoRules.IsHash(coin.Txid))
                throw Bad("lists a coin that is none");
            UtxoRules.CheckValue(network, coin.Value, Bad);
        }

        if (told.DistinctBy(coin => (coin.Txid, coin.Number)).Count() != told.Count) throw Bad("lists a coin twice");
        var blocks = await headers.OfAsync(told.Select(coin => coin.Height).Where(height => height > 0), ct);
        return told.ConvertAll(coin => coin.Height > 0 ? new Coin(coin.Txid, coin.Number, coin.Value, coin.Height, blocks[coin.Height].Hash)
            : new Coin(coin.Txid, coin.Number, coin.Value, null, null));
    }

    public async Task<InclusionProof> ProofAsync(string txid, string blockHash, CancellationToken ct)
    {
        var raw = (await transactions.OfAsync([txid], "raw-transaction", ct)).GetValueOrDefault(txid) ?? throw Bad($"does not tell {txid} as it is");
        var height = await HeightOfAsync(txid, raw, ct);
        var header = height > 0 ? await headers.AtAsync(height, ct) : null;
        if (header?.Hash != blockHash) throw Moved($"does not have {txid} in block {blockHash}");
        var way = (await BranchesAsync([new(txid, height)], ct))[0] ?? throw Bad($"has no proof of {txid}");
        return new(header.Hex, way.Pos, way.Merkle,
            raw.Stripped.Count <= InclusionProof.LongestRaw ? Convert.ToHexStringLower([.. raw.Stripped]) : null);
    }

    // The headers of the blocks by their heights, once each of the transactions is shown to be in its own.
    private async Task<IReadOnlyDictionary<long, BlockHeader>> ProveAsync(
        IReadOnlyList<ElectrumEntry> rows, IReadOnlyList<RawTransaction> raws, CancellationToken ct)
    {
        var branches = new List<ElectrumBranch?>();
        foreach (var some in rows.Chunk(rpc.AtOnce)) branches.AddRange(await BranchesAsync(some, ct));
        var blocks = await headers.OfAsync(rows.Select(row => row.Height), ct);
        foreach (var (row, (raw, branch)) in rows.Zip(raws.Zip(branches)))
        {
            if (branch is null) throw Moved($"does not have {row.Txid} in block {row.Height} any more");
            if (raw.MayBeNode) throw Bad($"tells {row.Txid} as long as two hashes, so it may be a part of the tree");
            if (MerkleBranch.RootOf(row.Txid, branch.Pos, branch.Merkle) is { } root && blocks[row.Height].Root.SequenceEqual(root)) continue;
            headers.Forget(row.Height);
            var wrong = $"does not show that {row.Txid} is in block {row.Height}";
            // A block may have been replaced between the two answers; read again, they agree, or it is no proof.
            throw headers.IsSettled(row.Height) ? Bad(wrong) : Moved(wrong);
        }

        return blocks;
    }

    private Task<IReadOnlyList<ElectrumBranch?>> BranchesAsync(IReadOnlyList<ElectrumEntry> rows, CancellationToken ct) =>
        rpc.ManyAsync([.. rows.Select(row => new RpcQuestion("blockchain.transaction.get_merkle", row.Txid, row.Height))], "merkle-proof",
            ElectrumJson.Default.ElectrumBranch, ct);

    // Nobody tells of a transaction where it stands, but whom it pays has it in his history.
    private async Task<long> HeightOfAsync(string txid, RawTransaction raw, CancellationToken ct)
    {
        ProviderException? tooLong = null;
        foreach (var name in raw.Outputs.Select(output => output.Script).Where(script => script is [not Return, ..]).Select(NameOf).Distinct()
            .Take(MostScripts))
        {
            try
            {
                if ((await histories.AllAsync(name, ct)).Find(entry => entry.Txid == txid) is { } entry) return entry.Height;
            }
            catch (ProviderException e) when (e.Failure is ProviderFailure.OutOfReach)
            {
                tooLong = e;
            }
        }

        throw tooLong ?? Moved($"tells {txid} and does not list it");
    }

    // What is spent, as it was made; all of it, or of what waits for a block as much as is told.
    private async Task<IReadOnlyDictionary<(string Txid, uint Vout), RawOutput>> SpentAsync(
        IEnumerable<RawTransaction> raws, CancellationToken ct, bool isPatient = false)
    {
        var coins = raws.Where(raw => !IsCoinbase(raw)).SelectMany(raw => raw.Spent).Distinct().ToList();
        var makers = await transactions.OfAsync(coins.Select(coin => coin.Txid), "coin", ct);
        var made = new Dictionary<(string, uint), RawOutput>(coins.Count);
        foreach (var coin in coins)
        {
            if (makers.TryGetValue(coin.Txid, out var maker)) made[coin] = OutputOf(maker, coin);
            else if (!isPatient) throw Bad($"does not tell {coin.Txid}, of which a coin is spent");
        }

        return made;
    }

    private RawOutput OutputOf(RawTransaction maker, (string Txid, uint Vout) coin) => coin.Vout < maker.Outputs.Count
        ? maker.Outputs[(int)coin.Vout] : throw Bad($"has a coin spent that {coin.Txid} does not make");

    private CoinSides Sides(string txid, RawTransaction raw, string script, IReadOnlyDictionary<(string, uint), RawOutput> coins)
    {
        var sides = new CoinSides(network, script, raw.Spent.Count, raw.Outputs.Count, Bad);
        if (!IsCoinbase(raw))
        {
            foreach (var coin in raw.Spent) Add(sides.Spends, coins[coin]);
        }

        foreach (var output in raw.Outputs) Add(sides.Receives, output);
        return sides;

        void Add(Action<string, string?, long> side, RawOutput output)
        {
            if (output.Value > long.MaxValue) throw Bad($"names an amount of {output.Value} in {txid}");
            var hex = Convert.ToHexStringLower(output.Script.AsSpan());
            side(hex, UtxoRules.AddressOf(network, hex), (long)output.Value);
        }
    }

    private static long FeeOf(RawTransaction raw, IReadOnlyDictionary<(string, uint), RawOutput> coins)
    {
        if (IsCoinbase(raw)) return 0;
        var fee = raw.Spent.Aggregate(Int128.Zero, (sum, coin) => sum + coins[coin].Value)
            - raw.Outputs.Aggregate(Int128.Zero, (sum, output) => sum + output.Value);
        // None that is so large is one.
        return fee <= long.MaxValue && fee >= 0 ? (long)fee : -1;
    }

    private static bool IsCoinbase(RawTransaction raw) => raw.Spent is [var only] && only.Txid == NoCoin;

    private static string NameOf(Address address) => NameOf(address.Script);

    private static string NameOf(ImmutableArray<byte> script) => ElectrumHistories.NameOf(script.AsSpan());

    private static string ScriptOf(Address address) => Convert.ToHexStringLower(address.Script.AsSpan());

    private static long SecondsOf(BlockHeader header) => header.Time.ToUnixTimeSeconds();

    private ProviderException Moved(string reason) => new(ProviderFailure.Contradiction, provider, reason);

    private ProviderException Bad(string reason) => new(ProviderFailure.BadAnswer, provider, reason);
}

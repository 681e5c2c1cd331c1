using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Chains;
using Chains.Proofs;

namespace Sync.Chains.Utxo;

/// <summary>Fetches a body: path, kind of request, content type; null for a 404.</summary>
internal delegate Task<Body?> Fetch(string path, string kind, string contentType, CancellationToken ct);

/// <summary>
/// Esplora's dialect (Blockstream, mempool.space and one's own electrs): 25 confirmed transactions a page, newest first,
/// the next page asked by the last transaction seen.
/// </summary>
internal sealed class Esplora(Network network, string provider, Fetch fetch) : IBlockContents, IMempool, ICoins, ITransactionProofs
{
    private const int PageSize = 25;
    private const int MaxHeights = 256;
    private const int MaxBlocks = 100;
    private const int MostSpenders = 20;
    private const int MostLevels = 30;
    private const int MostBytes = 4_000_000;
    private const int MostCoins = 1_000_000;

    private readonly ConcurrentDictionary<string, long> heights = new();

    public Network Network => network;

    public string Provider => provider;

    public bool TellsContents => true;

    public bool TellsAll => true;

    public int MostListed => 50;

    public async Task<ChainTip> TipAsync(CancellationToken ct)
    {
        var hash = await TextAsync("blocks/tip/hash", "tip", ct) ?? throw Bad("has no tip");
        if (!UtxoRules.IsHash(hash)) throw Bad("names a tip that is no block hash");
        // A block's height never changes, so a tip that did not move costs one request.
        if (heights.TryGetValue(hash, out var known)) return new ChainTip(known, hash);

        var block = await JsonAsync($"block/{hash}", "block", EsploraJson.Default.EsploraBlock, ct) ?? throw Bad("does not know its own tip");
        if (block.Id != hash || block.Height is < 0 or > UtxoRules.MaxHeight) throw Bad("answers another block than was asked for");
        if (heights.Count > MaxHeights) heights.Clear();
        heights[hash] = block.Height;
        return new ChainTip(block.Height, hash);
    }

    public async Task<string?> BlockHashAsync(long height, CancellationToken ct)
    {
        var hash = await TextAsync($"block-height/{height}", "block-height", ct);
        return hash is null || UtxoRules.IsHash(hash) ? hash : throw Bad("answers a block height with no block hash");
    }

    public async Task<IReadOnlyList<ChainBlock>> BlocksAsync(long height, CancellationToken ct)
    {
        var answer = await JsonAsync($"blocks/{height}", "blocks", EsploraJson.Default.ListEsploraDatedBlock, ct) ?? [];
        if (answer.Count > MaxBlocks || answer.Contains(null!)) throw Bad($"answers {answer.Count} blocks at once");
        var blocks = new ChainBlock[answer.Count];
        for (var i = 0; i < blocks.Length; i++)
        {
            if (answer[i].Height != height - i || !UtxoRules.IsHash(answer[i].Id)) throw Bad("answers other blocks than were asked for");
            blocks[i] = new ChainBlock(answer[i].Height, answer[i].Id, UtxoRules.TimeOf(answer[i].Timestamp, Bad));
        }

        return blocks;
    }

    public async Task<FollowedBlock?> BlockAsync(long height, CancellationToken ct)
    {
        var answer = await JsonAsync($"blocks/{height}", "blocks", EsploraJson.Default.ListEsploraDatedBlock, ct);
        if (answer is null || answer.Count == 0) return null;
        if (answer[0] is not { Height: var told, Id: var hash, Previous: { } parent, Transactions: { } count } || told != height
            || !UtxoRules.IsHash(hash) || !UtxoRules.IsHash(parent) || count is < 1 or > UtxoRules.MaxParts)
            throw Bad("answers another block than was asked for");
        return new FollowedBlock(height, hash, parent, (count + PageSize - 1) / PageSize, []);
    }

    public async Task<IReadOnlyCollection<string>?> TouchedAsync(FollowedBlock block, CancellationToken ct)
    {
        var (touched, txids) = (new HashSet<string>(), new HashSet<string>());
        for (var page = 0; page < block.Requests; page++)
        {
            var path = $"block/{block.Hash}/txs{(page == 0 ? "" : $"/{page * PageSize}")}";
            var answer = await JsonAsync(path, "block-txs", EsploraJson.Default.ListEsploraTransaction, ct);
            if (answer is null) return null;
            if (answer.Count is 0 or > PageSize || answer.Contains(null!)) throw Bad("tells a block in part only");
            foreach (var transaction in answer)
            {
                if (transaction.Vin.Contains(null!) || transaction.Vout.Contains(null!) || !txids.Add(transaction.Txid))
                    throw Bad($"tells {transaction.Txid} in a way that cannot be");
                foreach (var coin in transaction.Vin.Select(input => input.Prevout).Concat(transaction.Vout))
                {
                    // Whatever else stands there is nobody's address.
                    if (coin?.Address is { Length: > 0 and <= 100 } address && address.All(char.IsAsciiLetterOrDigit)) touched.Add(address);
                }
            }
        }

        return touched;
    }

    public async Task<IReadOnlyList<WaitingTransaction>> WaitingAsync(Address address, CancellationToken ct)
    {
        var answer = await JsonAsync($"address/{address.Text}/txs/mempool", "mempool", EsploraJson.Default.ListEsploraTransaction, ct)
            ?? throw Bad($"does not know the address {address.Text}");
        if (answer.Count > 4 * MostListed || answer.Contains(null!)) throw Bad($"lists {answer.Count} transactions that wait");
        var script = Convert.ToHexStringLower(address.Script.AsSpan());
        var waiting = new List<WaitingTransaction>(answer.Count);
        foreach (var transaction in answer)
        {
            // What found its block while the list was made is the history's to tell.
            if (transaction.Status.Confirmed) continue;
            if (!UtxoRules.IsHash(transaction.Txid)) throw Bad("names a transaction by something that is no hash");
            var read = Sides(transaction, script).Of(transaction.Txid, 0, null, UtxoRules.NoTime, transaction.Fee, coinbase: false);
            waiting.Add(new(transaction.Txid, read.Fee, read.Delta, read.From, read.To, [.. transaction.Vin.Select(SpentBy)]));
        }

        return waiting;
    }

    public async Task<PendingFate> FateAsync(string txid, IReadOnlyList<string> spent, CancellationToken ct)
    {
        if (await JsonAsync($"tx/{txid}", "transaction", EsploraJson.Default.EsploraTransaction, ct) is { } known)
            return known.Txid != txid ? throw Bad("answers another transaction than was asked for")
                : known.Status.Confirmed ? PendingFate.InBlock : PendingFate.Waiting;
        foreach (var coin in spent.Take(MostSpenders))
        {
            var at = coin.LastIndexOf(':');
            var spender = await JsonAsync($"tx/{coin[..at]}/outspend/{coin[(at + 1)..]}", "outspend", EsploraJson.Default.EsploraSpender, ct);
            if (spender is not { Spent: true, Txid: { } other } || other == txid) continue;
            return UtxoRules.IsHash(other) ? PendingFate.Replaced(other) : throw Bad("names a transaction by something that is no hash");
        }

        return PendingFate.Unknown;
    }

    public async Task<IReadOnlyList<Coin>> CoinsAsync(Address address, CancellationToken ct)
    {
        var answer = await JsonAsync($"address/{address.Text}/utxo", "coins", EsploraJson.Default.ListEsploraCoin, ct)
            ?? throw Bad($"does not know the address {address.Text}");
        if (answer.Count > MostCoins || answer.Contains(null!)) throw Bad($"lists {answer.Count} coins");
        var coins = answer.ConvertAll(Read);
        return coins.DistinctBy(coin => (coin.Txid, coin.Vout)).Count() == coins.Count ? coins : throw Bad("lists a coin twice");
    }

    public async Task<InclusionProof> ProofAsync(string txid, string blockHash, CancellationToken ct)
    {
        var way = await JsonAsync($"tx/{txid}/merkle-proof", "merkle-proof", EsploraJson.Default.EsploraMerkleProof, ct)
            ?? throw Bad($"has no proof of {txid}");
        if (way.Merkle.Count > MostLevels || way.Merkle.Contains(null!)) throw Bad($"tells a proof of {txid} that is none");
        var header = await TextAsync($"block/{blockHash}/header", "header", ct) ?? throw Bad($"does not know the block {blockHash}");
        var whole = await TextAsync($"tx/{txid}/hex", "raw-transaction", ct, 2 * MostBytes) ?? throw Bad($"does not tell {txid} as it is");
        var raw = RawTransaction.Read(whole) ?? throw Bad($"tells {txid} in a way that cannot be read");
        return new(header, way.Pos, way.Merkle,
            raw.Stripped.Count <= InclusionProof.LongestRaw ? Convert.ToHexStringLower([.. raw.Stripped]) : null);
    }

    private Coin Read(EsploraCoin coin)
    {
        UtxoRules.CheckValue(network, coin.Value, Bad);
        if (coin.Vout is < 0 or > UtxoRules.MaxParts) throw Bad($"names an output {coin.Vout}");
        if (!UtxoRules.IsHash(coin.Txid)) throw Bad("names a transaction by something that is no hash");
        if (!coin.Status.Confirmed) return new(coin.Txid, coin.Vout, coin.Value, null, null);
        return coin.Status is { BlockHeight: >= 0 and <= UtxoRules.MaxHeight and var height, BlockHash: { } hash } && UtxoRules.IsHash(hash)
            ? new(coin.Txid, coin.Vout, coin.Value, height, hash) : throw Bad($"does not say where {coin.Txid} is");
    }

    private string SpentBy(EsploraInput input) => input is { Txid: { } txid, Vout: >= 0 and var vout } && UtxoRules.IsHash(txid)
        ? $"{txid}:{vout}" : throw Bad("spends a coin that is none");

    public async Task<AddressSummary> SummaryAsync(Address address, CancellationToken ct)
    {
        var answer = await JsonAsync($"address/{address.Text}", "summary", EsploraJson.Default.EsploraAddress, ct)
            ?? throw Bad($"does not know the address {address.Text}");
        var (chain, mempool) = (answer.Chain, answer.Mempool);
        if (!IsPossible(chain) || !IsPossible(mempool) || chain.Spent > chain.Funded || (chain.Transactions == 0 && chain.Funded > 0))
            throw Bad($"sums up {address.Text} in a way that cannot be");
        return new AddressSummary(AmountOf(chain), AmountOf(mempool), chain.Transactions);
    }

    public async Task<HistoryPage> PageAsync(Address address, Position? after, CancellationToken ct)
    {
        var path = $"address/{address.Text}/txs/chain{(after is null ? "" : "/" + after.Txid)}";
        var answer = await JsonAsync(path, "page", EsploraJson.Default.ListEsploraTransaction, ct) ?? throw Bad($"has no history of {address.Text}");
        if (answer.Count > 4 * PageSize) throw Bad($"puts {answer.Count} transactions on a page");
        if (answer.Contains(null!)) throw Bad("lists nothing where a transaction is due");

        var script = Convert.ToHexStringLower(address.Script.AsSpan());
        var page = new ChainTransaction[answer.Count];
        for (var i = 0; i < page.Length; i++) page[i] = Read(answer[i], script);
        UtxoRules.CheckPage(page, Bad);
        return new HistoryPage(page, answer.Count >= PageSize, provider, after is null ? 0 : after.Newer + 1);
    }

    // Sums over all time may exceed the supply: coins come and go.
    // Sums of all time: on some chains they are above what 64 bits hold.
    private static Amount AmountOf(EsploraStats stats) => new((System.Numerics.BigInteger)(stats.Funded - stats.Spent));

    private static bool IsPossible(EsploraStats stats) =>
        stats.Funded >= 0 && stats.Spent >= 0 && stats.Transactions is >= 0 and <= 1_000_000_000;

    private ChainTransaction Read(EsploraTransaction transaction, string script)
    {
        if (transaction.Status is not { Confirmed: true, BlockHeight: { } height, BlockHash: { } block, BlockTime: { } time })
            throw Bad("lists an unconfirmed transaction among the confirmed");
        return Sides(transaction, script).Of(transaction.Txid, height, block, time, transaction.Fee, transaction.Vin.Any(input => input.IsCoinbase));
    }

    private CoinSides Sides(EsploraTransaction transaction, string script)
    {
        if (transaction.Vin.Count + transaction.Vout.Count > UtxoRules.MaxParts || transaction.Vin.Contains(null!)
            || transaction.Vout.Contains(null!))
            throw Bad($"tells {transaction.Txid} in a way that cannot be");

        var sides = new CoinSides(network, script, transaction.Vin.Count, transaction.Vout.Count, Bad);
        foreach (var input in transaction.Vin)
        {
            if (input.IsCoinbase) continue;
            if (input.Prevout is not { } spent) throw Bad($"leaves out what {transaction.Txid} spends");
            sides.Spends(spent.Scriptpubkey, spent.Address, spent.Value);
        }

        foreach (var output in transaction.Vout) sides.Receives(output.Scriptpubkey, output.Address, output.Value);
        return sides;
    }

    private async Task<string?> TextAsync(string path, string kind, CancellationToken ct, int longest = 256)
    {
        using var body = await fetch(path, kind, "text/plain", ct);
        if (body is null) return null;
        return body.Length <= longest ? Encoding.ASCII.GetString(body.Bytes).Trim() : throw Bad($"answers {body.Length} bytes to a {kind} request");
    }

    private async Task<T?> JsonAsync<T>(string path, string kind, JsonTypeInfo<T> type, CancellationToken ct) where T : class
    {
        using var body = await fetch(path, kind, "application/json", ct);
        if (body is null) return null;
        try
        {
            return JsonSerializer.Deserialize(body.Bytes, type) ?? throw Bad($"answers null to a {kind} request");
        }
        catch (JsonException e)
        {
            throw new ProviderException(ProviderFailure.BadAnswer, provider, $"answers a {kind} request with something unreadable", inner: e);
        }
    }

    private ProviderException Bad(string reason) => new(ProviderFailure.BadAnswer, provider, reason);
}

using Chains;

namespace Sync.Chains.Utxo;

/// <summary>
/// What waits for a block at a node, by what it spends and pays: each transaction is asked for once, and kept in as few bytes as it takes to
/// find it again.
/// </summary>
internal sealed class CoreMempool(Network network, string provider, CoreRpc rpc, TimeProvider clock)
{
    /// <summary>So many of one address are told.</summary>
    public const int MostListed = 200;

    private const int MostKept = 200_000;
    private const int MostAtOnce = 2_000;
    private const int MostGenerations = 30;

    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private Dictionary<string, Marks> kept = [];
    // Of a clock that is never put back: else nothing new would be seen for as long as it was.
    private long? readAt;

    private SemaphoreSlim Reading { get; } = new(1);

    /// <summary>The transactions that pay the script, or spend one of these coins or what one of themselves pays it.</summary>
    public async Task<IReadOnlyList<CoreTransaction>> OfAsync(string script, IReadOnlyList<Coin> coins, CancellationToken ct)
    {
        var waiting = await ReadAsync(ct);
        var paid = script.GetHashCode(StringComparison.Ordinal);
        var mine = coins.Select(coin => (coin.Txid, (int)coin.Vout).GetHashCode()).ToHashSet();
        var found = new Dictionary<string, CoreTransaction>();
        for (var generation = 0; generation < MostGenerations; generation++)
        {
            // Marks only narrow the search down: what is read decides.
            var likely = waiting.Where(entry => !found.ContainsKey(entry.Key)
                && (entry.Value.Spent.Any(mine.Contains) || (generation == 0 && entry.Value.Paid.Contains(paid)))).Select(entry => entry.Key)
                .Take(MostListed - found.Count).ToList();
            if (likely.Count == 0) break;
            var told = await rpc.ManyAsync(
                [.. likely.Select(txid => new RpcQuestion("getrawtransaction", txid, true))], "mempool", CoreJson.Default.CoreTransaction, ct);
            var more = new HashSet<int>();
            foreach (var transaction in told.OfType<CoreTransaction>().Where(transaction => transaction.Blockhash is null))
            {
                if (!UtxoRules.IsHash(transaction.Txid) || !transaction.IsPossible) throw Bad($"tells {transaction.Txid} in a way that cannot be");
                found[transaction.Txid] = transaction;
                foreach (var output in transaction.Vout.Where(output => output.ScriptPubKey?.Hex == script && output.Number is not null))
                    more.Add((transaction.Txid, output.Number!.Value).GetHashCode());
            }

            mine = more;
        }

        var known = coins.Select(coin => (coin.Txid, (int)coin.Vout)).ToHashSet();
        known.UnionWith(found.Values.SelectMany(transaction => transaction.Vout.Where(output => output.ScriptPubKey?.Hex == script),
            (transaction, output) => (transaction.Txid, output.Number ?? -1)));
        return [.. found.Values.Where(transaction => transaction.Vout.Any(output => output.ScriptPubKey?.Hex == script)
            || transaction.Vin.Any(input => known.Contains((input.Txid ?? "", input.Vout ?? -1))))];
    }

    /// <summary>Whether a transaction waits.</summary>
    public async Task<bool> HasAsync(string txid, CancellationToken ct) => (await ReadAsync(ct)).ContainsKey(txid);

    /// <summary>Another transaction that waits and spends one of the coins.</summary>
    public async Task<string?> SpenderAsync(string than, IReadOnlyCollection<(string Txid, int Number)> coins, CancellationToken ct)
    {
        var marks = coins.Select(coin => coin.GetHashCode()).ToHashSet();
        var waiting = await ReadAsync(ct);
        foreach (var txid in waiting.Keys.Where(txid => txid != than && waiting[txid].Spent.Any(marks.Contains)))
        {
            var told = await rpc.AskAsync(new("getrawtransaction", txid, true), "transaction", CoreJson.Default.CoreTransaction, ct);
            if (told?.Txid == txid && told.Vin.Any(input => coins.Contains((input.Txid ?? "", input.Vout ?? -1)))) return txid;
        }

        return null;
    }

    private async Task<Dictionary<string, Marks>> ReadAsync(CancellationToken ct)
    {
        await Reading.WaitAsync(ct);
        try
        {
            if (readAt is { } at && clock.GetElapsedTime(at) < Fresh) return kept;
            var listed = await rpc.AskAsync(new("getrawmempool"), "mempool", CoreJson.Default.ListString, ct) ?? throw Bad("has no mempool");
            if (listed.Count > MostKept)
                throw new ProviderException(
                    ProviderFailure.OutOfReach, provider, $"has {listed.Count} transactions waiting, more than are looked through");
            var now = new Dictionary<string, Marks>(listed.Count);
            var unread = new List<string>();
            foreach (var txid in listed.Distinct())
            {
                if (txid is null || !UtxoRules.IsHash(txid)) throw Bad("names a transaction by something that is no hash");
                if (kept.TryGetValue(txid, out var known)) now[txid] = known;
                else unread.Add(txid);
            }

            var asked = unread.Take(MostAtOnce).ToList();
            var told = await rpc.ManyAsync(
                [.. asked.Select(txid => new RpcQuestion("getrawtransaction", txid, true))], "mempool", CoreJson.Default.CoreTransaction, ct);
            foreach (var (txid, transaction) in asked.Zip(told))
                if (transaction is not null) now[txid] = MarksOf(transaction);
            kept = now;
            if (unread.Count > asked.Count)
            {
                throw new ProviderException(ProviderFailure.RateLimited, provider,
                    $"its mempool is being read, {now.Count} of {listed.Count} transactions so far", TimeSpan.FromSeconds(1));
            }

            readAt = clock.GetTimestamp();
            return kept;
        }
        finally
        {
            Reading.Release();
        }
    }

    private Marks MarksOf(CoreTransaction transaction)
    {
        if (!transaction.IsPossible) throw Bad($"tells {transaction.Txid} in a way that cannot be");
        foreach (var output in transaction.Vout) UtxoRules.CheckValue(network, output.Value ?? 0, Bad);
        return new(
            [.. transaction.Vin.Where(input => input is { Txid: not null, Vout: not null })
                .Select(input => (input.Txid!, input.Vout!.Value).GetHashCode())],
            [.. transaction.Vout.Select(output => output.ScriptPubKey?.Hex).OfType<string>()
                .Select(hex => hex.GetHashCode(StringComparison.Ordinal))]);
    }

    private ProviderException Bad(string reason) => new(ProviderFailure.BadAnswer, provider, reason);

    /// <summary>By what a transaction may be found: hashes of the coins it spends and of the scripts it pays.</summary>
    private readonly record struct Marks(int[] Spent, int[] Paid);
}

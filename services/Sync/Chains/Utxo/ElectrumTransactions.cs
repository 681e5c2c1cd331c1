using System.Collections.Concurrent;
using Chains.Proofs;

namespace Sync.Chains.Utxo;

/// <summary>
/// Transactions by their bytes, whose hash is the id: what is read once stays true, so who was cut off goes on where it was, and a coin is spent as
/// it was made.
/// </summary>
internal sealed class ElectrumTransactions(string provider, ElectrumRpc rpc)
{
    private const int MostBytes = 4_000_000;
    private const long MostKept = 32 * 1024 * 1024;

    private readonly ConcurrentDictionary<string, RawTransaction> kept = new();
    private long bytes;

    /// <summary>The transactions by their ids, without those that the server does not have.</summary>
    /// <exception cref="ProviderException">One of them is another one, or none.</exception>
    public async Task<IReadOnlyDictionary<string, RawTransaction>> OfAsync(IEnumerable<string> txids, string kind, CancellationToken ct,
        bool isAfresh = false)
    {
        var found = new Dictionary<string, RawTransaction>();
        var missing = new List<string>();
        foreach (var txid in txids.Distinct())
        {
            if (!isAfresh && kept.TryGetValue(txid, out var known)) found[txid] = known;
            else missing.Add(txid);
        }

        // Some at a time, so that what was read is not lost with what is not.
        foreach (var some in missing.Chunk(rpc.AtOnce))
        {
            var told = await rpc.ManyAsync([.. some.Select(txid => new RpcQuestion("blockchain.transaction.get", txid))], kind,
                ElectrumJson.Default.String, ct);
            foreach (var (txid, hex) in some.Zip(told))
                if (hex is not null) found[txid] = Keep(txid, hex);
        }

        return found;
    }

    private RawTransaction Keep(string txid, string hex)
    {
        var raw = RawTransaction.Read(hex, MostBytes) ?? throw Bad($"tells {txid} in a way that cannot be read");
        if (raw.Txid != txid) throw Bad($"tells {raw.Txid} where {txid} is asked for");
        if (raw.Spent.Count + raw.Outputs.Count > UtxoRules.MaxParts) throw Bad($"tells {txid} in a way that cannot be");
        if (!kept.TryAdd(txid, raw)) return raw;
        if (Interlocked.Add(ref bytes, raw.Stripped.Count) > MostKept)
        {
            kept.Clear();
            Interlocked.Exchange(ref bytes, 0);
        }

        return raw;
    }

    private ProviderException Bad(string reason) => new(ProviderFailure.BadAnswer, provider, reason);
}

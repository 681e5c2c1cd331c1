using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Sync.Chains.Utxo;

/// <summary>
/// What a server lists of scripts, which it knows by their hashes. A history comes as a whole, however long, so the pages of one are read from
/// one list while the tip stays where it is.
/// </summary>
internal sealed class ElectrumHistories(string provider, ElectrumRpc rpc, TimeProvider clock)
{
    private const int MostListed = 5_000_000;
    private const int MostKept = 1_000_000;

    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, Listed> kept = new();
    private long read;

    /// <summary>A script's name: the SHA-256 of its bytes, from the last to the first.</summary>
    public static string NameOf(ReadOnlySpan<byte> script)
    {
        var hash = SHA256.HashData(script);
        Array.Reverse(hash);
        return Convert.ToHexStringLower(hash);
    }

    /// <summary>The confirmed transactions of a script, newest first, asked afresh.</summary>
    public async Task<IReadOnlyList<ElectrumEntry>> ReadAsync(string script, ChainTip? tip, CancellationToken ct)
    {
        // Not every server lists them in the same direction; within a block their order is kept.
        var entries = (await AllAsync(script, ct)).Where(entry => entry.Height > 0).OrderBy(entry => entry.Height).Reverse().ToList();
        // Counted as they are read, so that many addresses cost no sum over all of them; a list that was read twice counts twice.
        if (Interlocked.Add(ref read, entries.Count + 1) > MostKept)
        {
            kept.Clear();
            Interlocked.Exchange(ref read, entries.Count + 1);
        }

        kept[script] = new(entries, tip, clock.GetTimestamp());
        return entries;
    }

    /// <summary>The same, as it was listed a moment ago where the tip is the same.</summary>
    public async Task<IReadOnlyList<ElectrumEntry>> ListedAsync(string script, ChainTip? tip, CancellationToken ct) =>
        kept.TryGetValue(script, out var listed) && listed.Tip == tip && clock.GetElapsedTime(listed.At) < Fresh
            ? listed.Entries : await ReadAsync(script, tip, ct);

    /// <summary>All transactions of a script with their heights, those that wait for a block too, in the server's order.</summary>
    public Task<List<ElectrumEntry>> AllAsync(string script, CancellationToken ct) => AskAsync("get_history", script, "list", ct);

    /// <summary>The ids of those that wait for a block.</summary>
    public async Task<IReadOnlyList<string>> WaitingAsync(string script, CancellationToken ct) =>
        [.. (await AskAsync("get_mempool", script, "mempool", ct)).Where(entry => entry.Height <= 0).Select(entry => entry.Txid)];

    public void Forget(string script) => kept.TryRemove(script, out _);

    private async Task<List<ElectrumEntry>> AskAsync(string method, string script, string kind, CancellationToken ct)
    {
        var told = await rpc.AskAsync(new($"blockchain.scripthash.{method}", script), kind, ElectrumJson.Default.ListElectrumEntry, ct);
        if (told.Count > MostListed) throw Bad($"lists {told.Count} transactions");
        var seen = new HashSet<string>(told.Count);
        foreach (var entry in told)
        {
            if (entry is null || !UtxoRules.IsHash(entry.Txid)) throw Bad("names a transaction by something that is no hash");
            if (entry.Height is < -1 or > UtxoRules.MaxHeight) throw Bad($"names a height of {entry.Height}");
            if (!seen.Add(entry.Txid)) throw Bad($"lists {entry.Txid} twice");
        }

        return told;
    }

    private ProviderException Bad(string reason) => new(ProviderFailure.BadAnswer, provider, reason);

    private sealed record Listed(IReadOnlyList<ElectrumEntry> Entries, ChainTip? Tip, long At);
}

using System.Collections.Concurrent;
using Chains;
using Chains.Proofs;

namespace Sync.Chains.Utxo;

/// <summary>
/// The headers of a server's chain. Those that a reorganisation may replace are believed only where they stand on one another up to the tip; what
/// is below is settled. Where work is counted by double SHA-256 each header has to show it.
/// </summary>
internal sealed class ElectrumHeaders(Network network, string provider, ElectrumRpc rpc)
{
    private const int MostKept = 20_000;
    private const int HexLength = 2 * BlockHeader.Length;

    private readonly ConcurrentDictionary<string, BlockHeader> byHash = new();
    private readonly ConcurrentDictionary<long, BlockHeader> settled = new();
    private bool isOfNetwork;

    /// <summary>The tip that was told last.</summary>
    public ChainTip? Last { get; private set; }

    /// <summary>The tip, asked afresh.</summary>
    public async Task<ChainTip> TipAsync(CancellationToken ct) => (await TopAsync(ct)).Tip;

    /// <summary>The header at a height, asked afresh; null above the tip.</summary>
    public async Task<BlockHeader?> AtAsync(long height, CancellationToken ct)
    {
        if (height < 0) return null;
        if ((await OneByOneAsync([height], ct))[0] is { } header) return header;
        return height > (await TipAsync(ct)).Height ? null : throw Moved($"does not tell the header of block {height}");
    }

    /// <summary>The headers at these heights, all of one chain.</summary>
    /// <exception cref="ProviderException">One is above the tip, or they do not stand on one another.</exception>
    public async Task<IReadOnlyDictionary<long, BlockHeader>> OfAsync(IEnumerable<long> heights, CancellationToken ct)
    {
        var (wanted, found) = (heights.Distinct().Order().ToList(), new Dictionary<long, BlockHeader>());
        if (wanted.Count == 0) return found;
        // A chain that was once so high does not get that much lower.
        var (tip, top) = (Last, (BlockHeader?)null);
        if (tip is null || wanted[^1] > tip.Height - network.SafeDepth) (tip, top) = await TopAsync(ct);
        if (wanted[^1] > tip.Height) throw Moved($"lists a transaction in block {wanted[^1]}, above its tip {tip.Height}");

        var deep = wanted.FindAll(height => height <= tip.Height - network.SafeDepth);
        foreach (var height in deep)
            if (settled.TryGetValue(height, out var header)) found[height] = header;
        foreach (var some in deep.FindAll(height => !found.ContainsKey(height)).Chunk(rpc.AtOnce))
        {
            foreach (var (height, header) in some.Zip(await OneByOneAsync(some, ct)))
            {
                MakeRoom(settled);
                settled[height] = found[height] = header ?? throw Moved($"does not tell the header of block {height}");
            }
        }

        if (top is null || wanted.Count == deep.Count) return found;
        var young = await YoungAsync(tip, top, wanted[deep.Count], ct);
        foreach (var height in wanted.Skip(deep.Count)) found[height] = young[height];
        return found;
    }

    /// <summary>Whether no reorganisation replaces the block at a height any more.</summary>
    public bool IsSettled(long height) => height <= Last?.Height - network.SafeDepth;

    /// <summary>Forgets the header at a height, which does not hold what it should.</summary>
    public void Forget(long height) => settled.TryRemove(height, out _);

    private async Task<(ChainTip Tip, BlockHeader Header)> TopAsync(CancellationToken ct)
    {
        var told = await rpc.AskAsync(new("blockchain.headers.subscribe"), "tip", ElectrumJson.Default.ElectrumTip, ct);
        if (told.Height is < 0 or > UtxoRules.MaxHeight) throw Bad("names a tip that is no block");
        var header = Read(told.Hex);
        if (!isOfNetwork)
        {
            var genesis = (await OneByOneAsync([0], ct))[0]?.Hash ?? throw Bad("has no first block");
            if (network.Caip2 != $"bip122:{genesis[..32]}") throw Bad($"is a server of another chain, whose first block is {genesis}");
            isOfNetwork = true;
        }

        Last = new ChainTip(told.Height, header.Hash);
        return (Last, header);
    }

    // From the tip down, each the one that the one above it names.
    private async Task<IReadOnlyDictionary<long, BlockHeader>> YoungAsync(ChainTip tip, BlockHeader top, long lowest, CancellationToken ct)
    {
        var (found, height, above) = (new Dictionary<long, BlockHeader> { [tip.Height] = top }, tip.Height, top);
        while (height > lowest && byHash.TryGetValue(above.Previous, out var known)) found[--height] = above = known;
        if (height == lowest) return found;

        foreach (var header in (await ChunkAsync(lowest, (int)(height - lowest), ct)).Reverse())
        {
            if (header.Hash != above.Previous) throw Moved("tells headers that do not stand on one another");
            MakeRoom(byHash);
            byHash[header.Hash] = found[--height] = above = header;
        }

        return found;
    }

    private async Task<IReadOnlyList<BlockHeader>> ChunkAsync(long from, int count, CancellationToken ct)
    {
        var told = await rpc.AskAsync(new("blockchain.block.headers", from, count), "header", ElectrumJson.Default.ElectrumChunk, ct);
        if (told.Hex.Length == count * HexLength)
            return [.. Enumerable.Range(0, count).Select(n => Read(told.Hex.Substring(n * HexLength, HexLength)))];
        if (told.Hex.Length < count * HexLength) throw Moved($"tells {told.Count} headers from block {from} on, not {count}");
        // Where blocks are mined along with another chain's, nobody says how long each one's addition is.
        var headers = await OneByOneAsync([.. Enumerable.Range(0, count).Select(n => from + n)], ct);
        return [.. headers.Select(header => header ?? throw Moved($"does not tell {count} headers from block {from} on"))];
    }

    private async Task<IReadOnlyList<BlockHeader?>> OneByOneAsync(IReadOnlyList<long> heights, CancellationToken ct) =>
        [.. (await rpc.ManyAsync([.. heights.Select(height => new RpcQuestion("blockchain.block.header", height))], "header",
            ElectrumJson.Default.String, ct)).Select(hex => hex is null ? null : Read(hex))];

    private BlockHeader Read(string hex)
    {
        var header = BlockHeader.Read(hex.Length > HexLength ? hex[..HexLength] : hex) ?? throw Bad("tells a header that is none");
        if (BlockHeader.ShowsWorkOf(network) && !header.MeetsItsTarget) throw Bad($"tells the header {header.Hash}, which shows no work");
        return header;
    }

    private static void MakeRoom<TKey>(ConcurrentDictionary<TKey, BlockHeader> headers) where TKey : notnull
    {
        if (headers.Count >= MostKept) headers.Clear();
    }

    private ProviderException Moved(string reason) => new(ProviderFailure.Contradiction, provider, reason);

    private ProviderException Bad(string reason) => new(ProviderFailure.BadAnswer, provider, reason);
}

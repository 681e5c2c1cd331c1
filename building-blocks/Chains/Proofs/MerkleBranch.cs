namespace Chains.Proofs;

/// <summary>
/// The way from a transaction up to the root of its block, as Esplora and Electrum tell it: the hash beside it at each level, from below,
/// and its place in the block.
/// </summary>
public static class MerkleBranch
{
    // A block of a billion transactions.
    private const int MostLevels = 30;

    /// <summary>The root that the way leads to; null where it cannot be one of any block.</summary>
    /// <param name="txid">The transaction's id as it is written.</param>
    /// <param name="position">Its place in the block, from 0.</param>
    /// <param name="hashes">The hashes beside, as they are written.</param>
    public static byte[]? RootOf(string txid, long position, IReadOnlyList<string> hashes)
    {
        // Each place has one way only: what is left of the number would be passed over.
        if (hashes.Count > MostLevels || position < 0 || position >> hashes.Count != 0 || HexText.ReadBackwards(txid) is not { } hash) return null;
        Span<byte> pair = stackalloc byte[64];
        foreach (var text in hashes)
        {
            if (HexText.ReadBackwards(text) is not { } beside) return null;
            // On the right there is nothing but what the left one is doubled by; a left one that equals it makes two lists of one root
            // (CVE-2012-2459).
            if ((position & 1) == 1 && beside.AsSpan().SequenceEqual(hash)) return null;
            ((position & 1) == 1 ? beside : hash).CopyTo(pair);
            ((position & 1) == 1 ? hash : beside).CopyTo(pair[32..]);
            hash = BlockHeader.DoubleHash(pair);
            position >>= 1;
        }

        return hash;
    }

    /// <summary>The way of one of a block's transactions, which are given by their ids in the block's order.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<string> txids, int position)
    {
        var level = txids.Select(txid => HexText.ReadBackwards(txid) ?? throw new ArgumentException($"{txid} is no id.", nameof(txids))).ToList();
        var way = new List<string>();
        for (; level.Count > 1; position >>= 1)
        {
            way.Add(BlockHeader.Written([.. level[Math.Min(position ^ 1, level.Count - 1)]]));
            level = [.. level.Chunk(2).Select(pair => BlockHeader.DoubleHash([.. pair[0], .. pair[^1]]))];
        }

        return way;
    }
}

using System.Numerics;

namespace Chains.Proofs;

/// <summary>What a chain's state says of an account.</summary>
public sealed record ProvenAccount(BigInteger Nonce, BigInteger Balance);

/// <summary>
/// The way from a state's root down to an account (EIP-1186), by the nodes of the tree, each of which is named by its hash in the one above
/// (yellow paper, appendix D).
/// </summary>
public static class AccountProof
{
    private const int MostNodes = 65;

    private static readonly ProvenAccount Nothing = new(0, 0);

    /// <summary>The account, one that is not there as one that has nothing; null where the way does not lead from the root to it.</summary>
    public static ProvenAccount? Read(ReadOnlySpan<byte> stateRoot, ReadOnlySpan<byte> account, IReadOnlyList<string> nodes)
    {
        if (nodes.Count is 0 or > MostNodes) return null;
        ReadOnlySpan<byte> path = Nibbles(HashOf(account));
        var expected = stateRoot.ToArray();
        for (var i = 0; i < nodes.Count; i++)
        {
            if (HexText.Read(nodes[i], 1024) is not { } bytes || !HashOf(bytes).AsSpan().SequenceEqual(expected)
                || Rlp.Read(bytes) is not { Items: { } node })
                return null;
            var isLast = i == nodes.Count - 1;
            Rlp below;
            switch (node.Count)
            {
                case 17:
                    if (path.IsEmpty) return null;
                    below = node[path[0]];
                    path = path[1..];
                    break;
                case 2 when node[0].Bytes is { Length: > 0 } packed && Part(packed) is var (part, isLeaf):
                    if (!path.StartsWith(part)) return isLast ? Nothing : null;
                    path = path[part.Length..];
                    if (isLeaf) return isLast && path.IsEmpty && node[1].Bytes is { } leaf ? AccountOf(leaf) : null;
                    below = node[1];
                    break;
                default:
                    return null;
            }

            // An account takes more than 32 bytes, so nothing of its way lies inside of another node.
            if (below.Bytes is not { } hash) return null;
            if (hash.Length == 0) return isLast ? Nothing : null;
            if (hash.Length != Keccak256.HashLength) return null;
            expected = hash;
        }

        return null;
    }

    internal static byte[] HashOf(ReadOnlySpan<byte> bytes)
    {
        var hash = new byte[Keccak256.HashLength];
        Keccak256.Hash(bytes, hash);
        return hash;
    }

    private static ProvenAccount? AccountOf(byte[] leaf) =>
        Rlp.Read(leaf) is { Items: [{ Bytes: { } nonce }, { Bytes: { } balance }, { Bytes.Length: 32 }, { Bytes.Length: 32 }] }
            && NumberOf(nonce) is { } sent && NumberOf(balance) is { } held ? new(sent, held) : null;

    private static BigInteger? NumberOf(byte[] bytes) =>
        bytes.Length <= 32 && bytes is not [0, ..] ? new BigInteger(bytes, isUnsigned: true, isBigEndian: true) : null;

    // Hex prefix: whether it is a leaf, whether the number of digits is odd, and the digits.
    private static (byte[] Part, bool IsLeaf)? Part(byte[] packed)
    {
        var digits = Nibbles(packed);
        return digits[0] > 3 || (digits[0] % 2 == 0 && digits[1] != 0) ? null : (digits[(digits[0] % 2 == 1 ? 1 : 2)..], digits[0] >= 2);
    }

    private static byte[] Nibbles(ReadOnlySpan<byte> bytes)
    {
        var digits = new byte[bytes.Length * 2];
        for (var i = 0; i < bytes.Length; i++) (digits[2 * i], digits[(2 * i) + 1]) = ((byte)(bytes[i] >> 4), (byte)(bytes[i] & 15));
        return digits;
    }
}

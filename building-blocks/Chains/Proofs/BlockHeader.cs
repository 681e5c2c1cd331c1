using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace Chains.Proofs;

/// <summary>
/// The 80 bytes at the head of a block of Bitcoin and its relatives. Its hash is the block's name, written backwards as everybody writes it,
/// and it commits to the block's transactions by their root.
/// </summary>
public sealed class BlockHeader
{
    /// <summary>How many bytes a header has.</summary>
    public const int Length = 80;

    // What work is counted by double SHA-256: elsewhere (scrypt) a header's name says nothing of the work.
    private static readonly HashSet<string> CountedBySha256 =
        ["bip122:000000000019d6689c085ae165831e93", "bip122:000000000933ea01ad0ee984209779ba"];

    // The least work that Bitcoin and its test network ever asked for: bits 0x1d00ffff (Bitcoin Core, chainparams: powLimit).
    private static readonly BigInteger Easiest = (BigInteger)0xffff << (8 * (0x1d - 3));

    private readonly byte[] bytes;

    private BlockHeader(byte[] bytes) => this.bytes = bytes;

    /// <summary>The block's hash as it is written.</summary>
    public string Hash => Written(DoubleHash(bytes));

    /// <summary>Its bytes in hexadecimal.</summary>
    public string Hex => Convert.ToHexStringLower(bytes);

    /// <summary>The hash of the block below.</summary>
    public string Previous => Written(bytes.AsSpan(4, 32).ToArray());

    /// <summary>The root of the block's transactions, in the order of its bytes.</summary>
    public ReadOnlySpan<byte> Root => bytes.AsSpan(36, 32);

    /// <summary>What the block says its time is.</summary>
    public DateTimeOffset Time => DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(68)));

    /// <summary>Below which number the header's hash has to be, as the header itself says; null where what it says is no number.</summary>
    public BigInteger? Target
    {
        get
        {
            var bits = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(72));
            var (size, word) = ((int)(bits >> 24), bits & 0x007f_ffff);
            if ((bits & 0x0080_0000) != 0 || word == 0 || size > 34) return null;
            var target = size <= 3 ? (BigInteger)word >> (8 * (3 - size)) : (BigInteger)word << (8 * (size - 3));
            return target.IsZero || target >= BigInteger.One << 256 ? null : target;
        }
    }

    /// <summary>Whether the hash is as small as the header itself promises, and that is no less work than the networks ask for.</summary>
    public bool MeetsItsTarget => Target is { } target && target <= Easiest && new BigInteger(DoubleHash(bytes), isUnsigned: true) <= target;

    /// <summary>About how many hashes somebody had to try for such a header.</summary>
    public BigInteger ExpectedWork => Target is { } target ? (BigInteger.One << 256) / (target + 1) : BigInteger.Zero;

    /// <summary>Whether the work on the network's blocks is what <see cref="MeetsItsTarget"/> checks.</summary>
    public static bool ShowsWorkOf(Network network) => CountedBySha256.Contains(network.Caip2);

    /// <summary>A header of its bytes in hexadecimal; null where it is none.</summary>
    public static BlockHeader? Read(string? hex) => HexText.Read(hex, Length) is { Length: Length } bytes ? new(bytes) : null;

    internal static byte[] DoubleHash(ReadOnlySpan<byte> bytes) => SHA256.HashData(SHA256.HashData(bytes));

    /// <summary>A hash as it is written: from its last byte to its first.</summary>
    internal static string Written(byte[] hash)
    {
        Array.Reverse(hash);
        return Convert.ToHexStringLower(hash);
    }
}

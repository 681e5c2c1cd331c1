using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ChainSimulator.World;

/// <summary>A transaction id or block hash, its 32 bytes in the order in which they are shown.</summary>
public readonly record struct Hash256(ulong A, ulong B, ulong C, ulong D) : IComparable<Hash256>
{
    /// <summary>The SHA-256 of three numbers: the same numbers always name the same thing.</summary>
    public static Hash256 Of(ulong seed, ulong domain, ulong counter)
    {
        Span<byte> source = stackalloc byte[24];
        BinaryPrimitives.WriteUInt64BigEndian(source, seed);
        BinaryPrimitives.WriteUInt64BigEndian(source[8..], domain);
        BinaryPrimitives.WriteUInt64BigEndian(source[16..], counter);
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(source, hash);
        return FromBytes(hash);
    }

    public static Hash256 FromBytes(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt64BigEndian(bytes),
        BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
        BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]));

    public static bool TryParse(ReadOnlySpan<char> hex, out Hash256 hash)
    {
        Span<byte> bytes = stackalloc byte[32];
        hash = default;
        if (hex.Length != 64) return false;
        if (Convert.FromHexString(hex, bytes, out _, out var written) is not System.Buffers.OperationStatus.Done || written != 32) return false;
        hash = FromBytes(bytes);
        return true;
    }

    public static Hash256 Parse(ReadOnlySpan<char> hex) =>
        TryParse(hex, out var hash) ? hash : throw new FormatException($"'{hex}' is not 64 hexadecimal digits.");

    public void CopyTo(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, A);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], B);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[16..], C);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[24..], D);
    }

    /// <summary>Shown with the leading zeros of a block that took work to find.</summary>
    public Hash256 AsBlockHash() => this with { A = A >> 40 };

    public int CompareTo(Hash256 other)
    {
        var order = A.CompareTo(other.A);
        if (order == 0) order = B.CompareTo(other.B);
        if (order == 0) order = C.CompareTo(other.C);
        return order == 0 ? D.CompareTo(other.D) : order;
    }

    public static bool operator <(Hash256 left, Hash256 right) => left.CompareTo(right) < 0;

    public static bool operator >(Hash256 left, Hash256 right) => left.CompareTo(right) > 0;

    public static bool operator <=(Hash256 left, Hash256 right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Hash256 left, Hash256 right) => left.CompareTo(right) >= 0;

    // The last bytes are random in block hashes too.
    public override int GetHashCode() => D.GetHashCode();

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[32];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}

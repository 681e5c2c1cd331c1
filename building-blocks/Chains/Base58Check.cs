using System.Buffers;
using System.Security.Cryptography;
using SimpleBase;

namespace Chains;

/// <summary>Base58 with four bytes of double SHA-256 behind the payload.</summary>
internal static class Base58Check
{
    public const int ChecksumLength = 4;

    private static readonly SearchValues<char> Alphabet =
        SearchValues.Create("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz");

    /// <summary>The place of the first character outside the alphabet, or -1.</summary>
    public static int FirstForeign(ReadOnlySpan<char> text) => text.IndexOfAnyExcept(Alphabet);

    /// <summary>
    /// The bytes of a text that <see cref="FirstForeign"/> has passed; decoding is quadratic, so the caller limits its
    /// length first.
    /// </summary>
    public static byte[] DecodeUnchecked(ReadOnlySpan<char> text) => Base58.Bitcoin.Decode(text);

    public static string EncodeUnchecked(ReadOnlySpan<byte> bytes) => Base58.Bitcoin.Encode(bytes);

    public static bool ChecksumMatches(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < ChecksumLength) return false;

        Span<byte> checksum = stackalloc byte[SHA256.HashSizeInBytes];
        DoubleSha256(bytes[..^ChecksumLength], checksum);
        return bytes[^ChecksumLength..].SequenceEqual(checksum[..ChecksumLength]);
    }

    /// <summary>How many bytes a version is written in.</summary>
    public static int LengthOf(int version) => version > byte.MaxValue ? 2 : 1;

    public static string Encode(int version, ReadOnlySpan<byte> payload)
    {
        var length = LengthOf(version);
        Span<byte> bytes = stackalloc byte[length + payload.Length + ChecksumLength];
        Span<byte> checksum = stackalloc byte[SHA256.HashSizeInBytes];
        if (length == 2) bytes[0] = (byte)(version >> 8);
        bytes[length - 1] = (byte)version;
        payload.CopyTo(bytes[length..]);
        DoubleSha256(bytes[..^ChecksumLength], checksum);
        checksum[..ChecksumLength].CopyTo(bytes[^ChecksumLength..]);
        return EncodeUnchecked(bytes);
    }

    private static void DoubleSha256(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        SHA256.HashData(source, destination);
        SHA256.HashData(destination, destination);
    }
}

using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace EventSourcing;

/// <summary>Ids that are names of facts: the same parts give the same id on every machine, for ever (UUIDv8, RFC 9562 section 5.8).</summary>
public static class FactId
{
    /// <summary>The id of the fact with these parts; their order and their borders count.</summary>
    public static Guid Of(params ReadOnlySpan<string> parts)
    {
        var size = 0;
        foreach (var part in parts) size += 4 + Encoding.UTF8.GetByteCount(part);

        Span<byte> name = size <= 512 ? stackalloc byte[size] : new byte[size];
        var rest = name;
        foreach (var part in parts)
        {
            // The length before each part keeps ("ab","c") apart from ("a","bc").
            var written = Encoding.UTF8.GetBytes(part, rest[4..]);
            BinaryPrimitives.WriteInt32BigEndian(rest, written);
            rest = rest[(4 + written)..];
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(name, hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}

using System.Buffers.Binary;

namespace Chains.Proofs;

/// <summary>
/// An item of Ethereum's encoding (yellow paper, appendix B): bytes, or a list of items. Whatever has a second spelling is refused, so two
/// readers of the same bytes read the same.
/// </summary>
public sealed class Rlp
{
    private const int MostNested = 8;

    private Rlp(byte[]? bytes, IReadOnlyList<Rlp>? items, byte[] encoded) => (Bytes, Items, Encoded) = (bytes, items, encoded);

    /// <summary>The bytes of an item that is no list.</summary>
    public byte[]? Bytes { get; }

    /// <summary>The items of a list.</summary>
    public IReadOnlyList<Rlp>? Items { get; }

    /// <summary>The item as it is encoded.</summary>
    public byte[] Encoded { get; }

    /// <summary>The one item that these bytes are; null where they are none, or more.</summary>
    public static Rlp? Read(ReadOnlySpan<byte> encoded) => Read(ref encoded, 0) is { } item && encoded.IsEmpty ? item : null;

    /// <summary>Bytes as they are encoded.</summary>
    public static byte[] Encode(ReadOnlySpan<byte> bytes) =>
        bytes.Length == 1 && bytes[0] < 0x80 ? [bytes[0]] : [.. Head(0x80, bytes.Length), .. bytes];

    /// <summary>A list of items that are encoded already.</summary>
    public static byte[] EncodeList(IEnumerable<byte[]> items)
    {
        byte[] body = [.. items.SelectMany(item => item)];
        return [.. Head(0xc0, body.Length), .. body];
    }

    private static byte[] Head(int kind, int length)
    {
        if (length < 56) return [(byte)(kind + length)];
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, length);
        var digits = number.TrimStart((byte)0);
        return [(byte)(kind + 55 + digits.Length), .. digits];
    }

    private static Rlp? Read(ref ReadOnlySpan<byte> rest, int depth)
    {
        if (rest.IsEmpty || depth > MostNested) return null;
        var whole = rest;
        var first = rest[0];
        if (first < 0x80)
        {
            rest = rest[1..];
            return new([first], null, [first]);
        }

        var isList = first >= 0xc0;
        var length = first - (isList ? 0xc0 : 0x80);
        var head = 1;
        if (length > 55)
        {
            var digits = length - 55;
            if (digits > 3 || rest.Length < 1 + digits || rest[1] == 0) return null;
            length = 0;
            foreach (var digit in rest.Slice(1, digits)) length = (length << 8) | digit;
            if (length < 56) return null;
            head += digits;
        }

        if (rest.Length - head < length) return null;
        var body = rest.Slice(head, length);
        rest = rest[(head + length)..];
        var encoded = whole[..(head + length)].ToArray();
        if (!isList) return length == 1 && body[0] < 0x80 ? null : new(body.ToArray(), null, encoded);

        var items = new List<Rlp>();
        while (!body.IsEmpty)
        {
            if (Read(ref body, depth + 1) is not { } item) return null;
            items.Add(item);
        }

        return new(null, items, encoded);
    }
}

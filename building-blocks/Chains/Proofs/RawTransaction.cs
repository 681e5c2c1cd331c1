using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Chains.Proofs;

/// <summary>An output of a transaction: how much, to which script.</summary>
public sealed record RawOutput(ulong Value, ImmutableArray<byte> Script);

/// <summary>
/// A transaction of Bitcoin and its relatives read from its bytes; witnesses are passed over, as the id does not cover them (BIP141), and so is
/// what Litecoin's MWEB adds (LIP-0003). Other chains' additions are not known here and make bytes that cannot be read.
/// </summary>
public sealed class RawTransaction
{
    // What stands between the outputs and the lock time, by the flag before the inputs.
    private const byte Witness = 1;
    private const byte Mweb = 8;

    private RawTransaction(byte[] stripped, List<(string Txid, uint Vout)> spent, List<RawOutput> outputs) =>
        (Stripped, Spent, Outputs) = (stripped, spent, outputs);

    /// <summary>Its bytes without witnesses, whose hash is the id.</summary>
    public IReadOnlyList<byte> Stripped { get; }

    /// <summary>The coins it spends, each by its transaction's id and the number of the output.</summary>
    public IReadOnlyList<(string Txid, uint Vout)> Spent { get; }

    public IReadOnlyList<RawOutput> Outputs { get; }

    /// <summary>The id as it is written.</summary>
    public string Txid => BlockHeader.Written(BlockHeader.DoubleHash([.. Stripped]));

    /// <summary>
    /// Whether these bytes could as well be two hashes side by side inside of a tree of transactions: then a way to a root shows nothing.
    /// </summary>
    public bool MayBeNode => Stripped.Count == 64;

    /// <summary>A transaction of its bytes in hexadecimal; null where it is none.</summary>
    public static RawTransaction? Read(string? hex, int most = 4_000_000)
    {
        if (HexText.Read(hex, most) is not { } bytes) return null;
        var reader = new Reader(bytes);
        try
        {
            return Read(bytes, ref reader);
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or OverflowException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    private static RawTransaction? Read(byte[] bytes, ref Reader reader)
    {
        reader.Skip(4);
        var flags = bytes.Length > 5 && bytes[4] == 0 && bytes[5] is Witness or Mweb or (Witness | Mweb) ? bytes[5] : 0;
        if (flags != 0) reader.Skip(2);
        var from = reader.Place;
        var spent = new List<(string, uint)>();
        var inputs = reader.Count(atLeast: 41);
        for (var i = 0; i < inputs; i++)
        {
            spent.Add((BlockHeader.Written(reader.Take(32).ToArray()), BinaryPrimitives.ReadUInt32LittleEndian(reader.Take(4))));
            reader.Skip(reader.Count(atLeast: 1));
            reader.Skip(4);
        }

        var outputs = new List<RawOutput>();
        var paid = reader.Count(atLeast: 9);
        for (var i = 0; i < paid; i++)
        {
            var value = BinaryPrimitives.ReadUInt64LittleEndian(reader.Take(8));
            outputs.Add(new(value, [.. reader.Take(reader.Count(atLeast: 1))]));
        }

        var to = reader.Place;
        for (var i = 0; (flags & Witness) != 0 && i < inputs; i++)
        {
            var items = reader.Count(atLeast: 1);
            for (var item = 0; item < items; item++) reader.Skip(reader.Count(atLeast: 1));
        }

        var left = bytes.Length - reader.Place;
        if (((flags & Mweb) != 0 ? left < 5 : left != 4) || inputs == 0 || paid == 0) return null;
        return new([.. bytes[..4], .. bytes[from..to], .. bytes[^4..]], spent, outputs);
    }

    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> bytes = bytes;

        public int Place { get; private set; }

        public void Skip(int count) => Take(count);

        public ReadOnlySpan<byte> Take(int count)
        {
            var taken = bytes.Slice(Place, count);
            Place += count;
            return taken;
        }

        /// <summary>A number of things that each take so many bytes, of which no more can be there than there are bytes.</summary>
        public int Count(int atLeast)
        {
            var first = Take(1)[0];
            var count = first switch
            {
                0xfd => BinaryPrimitives.ReadUInt16LittleEndian(Take(2)),
                0xfe => BinaryPrimitives.ReadUInt32LittleEndian(Take(4)),
                0xff => BinaryPrimitives.ReadUInt64LittleEndian(Take(8)),
                _ => first,
            };
            ArgumentOutOfRangeException.ThrowIfGreaterThan(count, (ulong)((bytes.Length - Place) / atLeast));
            return (int)count;
        }
    }
}

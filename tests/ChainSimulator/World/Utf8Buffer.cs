using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace ChainSimulator.World;

/// <summary>Growing UTF-8 text in pooled memory; pages of a quarter of a megabyte are written without an allocation.</summary>
internal sealed class Utf8Buffer : IDisposable
{
    private byte[] bytes = ArrayPool<byte>.Shared.Rent(16 * 1024);

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => bytes.AsMemory(0, Length);

    public void Clear() => Length = 0;

    public void Raw(ReadOnlySpan<byte> text)
    {
        text.CopyTo(Room(text.Length));
        Length += text.Length;
    }

    public void Text(string text)
    {
        var size = Encoding.UTF8.GetByteCount(text);
        Encoding.UTF8.GetBytes(text, Room(size));
        Length += size;
    }

    public void Spaces(int count)
    {
        Room(count)[..count].Fill((byte)' ');
        Length += count;
    }

    public void Number(long value)
    {
        Utf8Formatter.TryFormat(value, Room(20), out var written);
        Length += written;
    }

    public void Hex(Hash256 hash)
    {
        Span<byte> source = stackalloc byte[32];
        hash.CopyTo(source);
        Hex(source);
    }

    public void Hex(ReadOnlySpan<byte> source)
    {
        Convert.TryToHexStringLower(source, Room(source.Length * 2), out var written);
        Length += written;
    }

    /// <summary>Filler for signatures and keys: as long and as incompressible as the real ones.</summary>
    public void RandomHex(ref Randomness random, int count)
    {
        Span<byte> source = stackalloc byte[count];
        random.Fill(source);
        Hex(source);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(bytes);
        bytes = [];
    }

    private Span<byte> Room(int size)
    {
        if (bytes.Length - Length < size)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(bytes.Length * 2, Length + size));
            bytes.AsSpan(0, Length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(bytes);
            bytes = larger;
        }

        return bytes.AsSpan(Length);
    }
}

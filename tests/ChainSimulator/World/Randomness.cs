using System.Buffers.Binary;

namespace ChainSimulator.World;

/// <summary>SplitMix64: the same seed gives the same sequence on every machine and runtime.</summary>
internal struct Randomness(ulong seed)
{
    private ulong state = seed;

    public ulong Next() => Mix(state += 0x9E3779B97F4A7C15);

    /// <summary>A number from 0 up to, not including, the bound.</summary>
    public int Below(int bound) => (int)(Next() % (ulong)bound);

    public long Between(long from, long upTo) => from + (long)(Next() % (ulong)(upTo - from + 1));

    public bool Percent(int percent) => percent > 0 && Below(100) < percent;

    public void Fill(Span<byte> bytes)
    {
        while (bytes.Length >= 8)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, Next());
            bytes = bytes[8..];
        }

        if (bytes.IsEmpty) return;
        Span<byte> last = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(last, Next());
        last[..bytes.Length].CopyTo(bytes);
    }

    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}

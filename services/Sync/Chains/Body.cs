using System.Buffers;

namespace Sync.Chains;

/// <summary>The body of an answer, in a rented buffer: pages are too large to be made and thrown away hundreds of times a second.</summary>
internal sealed class Body(byte[] rented, int length) : IDisposable
{
    public ReadOnlySpan<byte> Bytes => rented.AsSpan(0, length);

    public int Length => length;

    public void Dispose() => ArrayPool<byte>.Shared.Return(rented);
}

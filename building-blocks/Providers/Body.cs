using System.Buffers;

namespace Providers;

/// <summary>The body of an answer, in a rented buffer: pages are too large to be made and thrown away hundreds of times a second. All
/// texts in it can be read.</summary>
public sealed class Body : IDisposable
{
    private readonly byte[] rented;

    public Body(byte[] rented, int length)
    {
        (this.rented, Length) = (rented, length);
        ReadableJson.Mend(rented.AsSpan(0, length));
    }

    public ReadOnlySpan<byte> Bytes => rented.AsSpan(0, Length);

    public int Length { get; }

    /// <summary>Has the provider left alone by every process; set by who fetched the body.</summary>
    public Func<ProviderException, CancellationToken, Task>? SuspendEverywhere { get; init; }

    /// <summary>The refusal that the body turned out to be. Where it is for a limit, every process leaves the provider alone.</summary>
    public async Task<ProviderException> RefusedAsync(ProviderException refusal, CancellationToken ct)
    {
        if (refusal.Failure is ProviderFailure.RateLimited && SuspendEverywhere is { } leave) await leave(refusal, ct);
        return refusal;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(rented);
}

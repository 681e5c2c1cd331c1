namespace ServiceDefaults;

/// <summary>A POST that carries an <c>Idempotency-Key</c>, held by one process while it runs; a request's feature.</summary>
/// <param name="UserId">Keys of different users have nothing to do with each other.</param>
/// <param name="Key">As the client chose it.</param>
/// <param name="Claim">Tells this run from another that took over after it was given up.</param>
public sealed record IdempotentRequest(Guid UserId, string Key, Guid Claim)
{
    /// <summary>Whether the answer is stored with the write itself.</summary>
    public bool IsKept { get; set; }
}

/// <summary>The first answer as it is given again: a body is JSON, or a problem where the status says so.</summary>
public sealed record KeptAnswer(int Status, string? Location, ReadOnlyMemory<byte> Body);

/// <summary>What is known of a key: this request may run, another is running, it was for another request, or it has its answer.</summary>
public abstract record KeyState
{
    private KeyState() { }

    public sealed record Claimed(IdempotentRequest Request) : KeyState;

    public sealed record Running : KeyState;

    public sealed record Reused : KeyState;

    /// <summary><paramref name="Answer"/> is null when what it showed was deleted since; <paramref name="Version"/> covers the write.</summary>
    public sealed record Answered(KeptAnswer? Answer, long Version) : KeyState;
}

/// <summary>
/// Where a service keeps its idempotency keys. The answer to a write is kept in the write's own transaction, by the use
/// case; what is left to do here is claiming, and keeping what was answered without a write.
/// </summary>
public interface IIdempotencyKeys
{
    /// <summary>Claims the key for a request known by its hash.</summary>
    Task<KeyState> ClaimAsync(Guid userId, string key, byte[] request, CancellationToken ct);

    /// <summary>Keeps an answer that no write was stored with.</summary>
    Task KeepAsync(IdempotentRequest request, KeptAnswer answer, Guid? walletId, CancellationToken ct);

    /// <summary>Gives up a claim whose outcome is not to be kept; does nothing where an answer is stored.</summary>
    Task ReleaseAsync(IdempotentRequest request);
}

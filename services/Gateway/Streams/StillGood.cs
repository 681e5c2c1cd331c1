namespace Gateway;

/// <summary>What a request proved itself with, for whoever asks later whether it is good still.</summary>
/// <param name="Question">What Wallets is asked.</param>
/// <param name="EndsAt">When it ends whatever Wallets says.</param>
internal sealed record StillGood(Question Question, DateTimeOffset? EndsAt)
{
    /// <exception cref="ServiceDefaults.DomainException">upstream-unavailable: nobody can say.</exception>
    public async Task<bool> IsSoAsync(ApiKeyLookUp lookUp, TimeProvider time, CancellationToken ct) =>
        !(EndsAt <= time.GetUtcNow())
        && await lookUp.FindAsync(Question, ct) is { Grant: { } grant } && !(grant.ExpiresAt <= time.GetUtcNow());
}

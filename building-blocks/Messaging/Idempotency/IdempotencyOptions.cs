using ServiceDefaults;

namespace Messaging;

/// <summary>How long the answers of POSTs with an Idempotency-Key are kept.</summary>
public sealed class IdempotencyOptions : IValidated
{
    public const string Section = "Idempotency";

    /// <summary>How long a key stands for its first request; the API's documents promise a day.</summary>
    public TimeSpan KeepFor { get; init; } = TimeSpan.FromHours(24);

    /// <summary>After this time a request that stored nothing counts as given up, and its key may be used again.</summary>
    public TimeSpan ClaimFor { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often old keys are looked for.</summary>
    public TimeSpan SweepEvery { get; init; } = TimeSpan.FromMinutes(1);

    public IEnumerable<string> Errors()
    {
        if (KeepFor <= ClaimFor) yield return "KeepFor must be longer than ClaimFor.";
        if (ClaimFor < TimeSpan.FromSeconds(1)) yield return "ClaimFor must be at least 00:00:01.";
        if (SweepEvery < TimeSpan.FromMilliseconds(10)) yield return "SweepEvery must be at least 00:00:00.010.";
    }
}

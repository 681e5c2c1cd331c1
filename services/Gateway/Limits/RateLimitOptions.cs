using ServiceDefaults;

namespace Gateway;

/// <summary>How much one API key may ask of one gateway.</summary>
internal sealed class RateLimitOptions : IValidated
{
    public const string Section = "RateLimit";

    /// <summary>What can be spent at once after a rest.</summary>
    public int Burst { get; init; } = 1000;

    /// <summary>What comes back each second.</summary>
    public int PerSecond { get; init; } = 100;

    /// <summary>Requests with keys that are not good, from one address: how many at once after a rest.</summary>
    public int FailedKeysBurst { get; init; } = 100;

    /// <summary>And how many come back each second.</summary>
    public int FailedKeysPerSecond { get; init; } = 1;

    public IEnumerable<string> Errors()
    {
        if (FailedKeysBurst < 1)
            yield return "FailedKeysBurst must be at least 1.";
        if (FailedKeysPerSecond < 1)
            yield return "FailedKeysPerSecond must be at least 1.";
        if (Burst < 1)
            yield return "Burst must be at least 1.";
        if (PerSecond < 1)
            yield return "PerSecond must be at least 1.";
    }
}

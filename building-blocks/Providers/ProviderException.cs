namespace Providers;

/// <summary>Why a provider gave no usable answer.</summary>
public enum ProviderFailure
{
    /// <summary>It asks for patience; the exception says until when.</summary>
    RateLimited,

    /// <summary>It does not answer, or answers that it cannot.</summary>
    Unavailable,

    /// <summary>It answers something that cannot be true, or cannot be read.</summary>
    BadAnswer,

    /// <summary>Each of its answers may be true, but not all of them at once.</summary>
    Contradiction,

    /// <summary>Its chain ends below what is known. It may catch up any moment.</summary>
    Behind,

    /// <summary>What is asked for lies beyond what it tells anyone. No failure: another provider has to go on.</summary>
    OutOfReach,
}

/// <summary>A provider gave no usable answer. The message is fit for a user's eyes and names the provider.</summary>
public sealed class ProviderException(ProviderFailure failure, string provider, string reason, TimeSpan? retryAfter = null, Exception? inner = null)
    : Exception($"{provider}: {reason}", inner)
{
    public ProviderFailure Failure { get; } = failure;

    public string Provider { get; } = provider;

    /// <summary>The message without the provider's name.</summary>
    public string Reason { get; } = reason;

    /// <summary>How long the provider asked to be left alone, or the breaker keeps it out; null where nobody said.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>Whether less of the same may be answered: it took too long, failed, or was refused for its size.</summary>
    public bool MayBeTooMuch { get; init; }

    /// <summary>Whether it may be for the one address that was asked about, and says nothing of how others would be answered.</summary>
    public bool MayBeOfOneAddress { get; init; }

    /// <summary>Whether it may still be busy with what was asked, so that the same at once would only meet that.</summary>
    public bool MayGoOn { get; init; }

    /// <summary>The beginning of what it said with a refusal (400), for its dialect to understand.</summary>
    public string? Refusal { get; init; }

    /// <summary>As of a body (<see cref="Body.SuspendEverywhere"/>), where what it said turns out to be for a limit.</summary>
    public Func<ProviderException, CancellationToken, Task>? SuspendEverywhere { get; init; }
}

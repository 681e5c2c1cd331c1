namespace Sync.Chains;

/// <summary>Why a provider gave no usable answer.</summary>
internal enum ProviderFailure
{
    /// <summary>It asks for patience; the exception says until when.</summary>
    RateLimited,

    /// <summary>It does not answer, or answers that it cannot.</summary>
    Unavailable,

    /// <summary>It answers something that cannot be true, or cannot be read.</summary>
    BadAnswer,
}

/// <summary>A provider gave no usable answer. The message is fit for a user's eyes and names the provider.</summary>
internal sealed class ProviderException(ProviderFailure failure, string provider, string reason, TimeSpan? retryAfter = null, Exception? inner = null)
    : Exception($"{provider}: {reason}", inner)
{
    public ProviderFailure Failure { get; } = failure;

    public string Provider { get; } = provider;

    /// <summary>How long the provider asked to be left alone, or the breaker keeps it out; null where nobody said.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}

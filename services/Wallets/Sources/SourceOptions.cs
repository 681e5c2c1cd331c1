using ServiceDefaults;

namespace Wallets;

/// <summary>How whole wallets are followed.</summary>
internal sealed class SourceOptions : IValidated
{
    public const string Section = "Sources";

    /// <summary>How often it is looked for sources to derive more addresses of; in the process that heard of a use, at once.</summary>
    public TimeSpan PollEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>When a source is tried again whose addresses could not be derived.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromMinutes(1);

    public IEnumerable<string> Errors()
    {
        if (PollEvery < TimeSpan.FromMilliseconds(10)) yield return "PollEvery must be at least 00:00:00.010.";
        if (RetryAfter < PollEvery) yield return "RetryAfter must not be shorter than PollEvery.";
    }
}

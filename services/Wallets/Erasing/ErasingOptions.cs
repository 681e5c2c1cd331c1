using ServiceDefaults;

namespace Wallets;

/// <summary>How deleted wallets are seen out.</summary>
internal sealed class ErasingOptions : IValidated
{
    public const string Section = "Erasing";

    /// <summary>How often waiting wallets are looked for.</summary>
    public TimeSpan PollEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause between two questions to a service that is not done.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(1);

    public IEnumerable<string> Errors()
    {
        if (PollEvery < TimeSpan.FromMilliseconds(10)) yield return "PollEvery must be at least 00:00:00.010.";
        if (LongestPause < PollEvery) yield return "LongestPause must not be shorter than PollEvery.";
    }
}

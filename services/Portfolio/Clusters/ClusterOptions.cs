using ServiceDefaults;

namespace Portfolio.Clusters;

/// <summary>When evidence is followed, from the section <c>Clusters</c>.</summary>
internal sealed class ClusterOptions : IValidated
{
    public const string Section = "Clusters";

    /// <summary>What would join two clusters of so many addresses each waits to be looked at.</summary>
    public int LargestMerge { get; init; } = 50;

    public IEnumerable<string> Errors()
    {
        if (LargestMerge is < 2 or > 1_000_000) yield return "LargestMerge must be from 2 to 1000000.";
    }
}

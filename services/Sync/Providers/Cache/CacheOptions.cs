using ServiceDefaults;

namespace Sync.Providers.Cache;

/// <summary>How much of what providers returned is kept, at <c>Cache</c>.</summary>
internal sealed class CacheOptions : IValidated
{
    /// <summary>Megabytes of pages in the database; those of addresses unused longest go first. 0 keeps and uses nothing.</summary>
    public int Megabytes { get; set; } = 2_048;

    /// <summary>Blocks in the database; those kept longest go first.</summary>
    public int Blocks { get; set; } = 1_000_000;

    /// <summary>How long what belongs to a tip is kept: for who comes while it is the tip, and for when no provider answers.</summary>
    public int PassingHours { get; set; } = 24;

    public bool IsOn => Megabytes > 0;

    public IEnumerable<string> Errors()
    {
        if (Megabytes is < 0 or > 1_048_576) yield return "Megabytes must be 0 to 1048576.";
        if (Blocks is < 0 or > 100_000_000) yield return "Blocks must be 0 to 100000000.";
        if (PassingHours is < 0 or > 744) yield return "PassingHours must be 0 to 744.";
    }
}

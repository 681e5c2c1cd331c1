using ServiceDefaults;

namespace Portfolio.Exports;

/// <summary>How exports are read and how many there are at once.</summary>
internal sealed class ExportOptions : IValidated
{
    public const string Section = "Exports";

    /// <summary>How many exports one process writes at a time.</summary>
    public int AtOnce { get; init; } = 16;

    /// <summary>How many of them are one user's.</summary>
    public int AtOnceOfUser { get; init; } = 2;

    /// <summary>How many transactions are read at a time, of each network.</summary>
    public int BatchSize { get; init; } = 1_000;

    public IEnumerable<string> Errors()
    {
        if (AtOnce is < 1 or > 100) yield return "AtOnce must be from 1 to 100.";
        if (AtOnceOfUser < 1 || AtOnceOfUser > AtOnce) yield return "AtOnceOfUser must be from 1 to AtOnce.";
        if (BatchSize is < 1 or > 10_000) yield return "BatchSize must be from 1 to 10000.";
    }
}

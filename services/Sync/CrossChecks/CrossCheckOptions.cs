using ServiceDefaults;

namespace Sync.CrossChecks;

/// <summary>Which addresses are compared with a second provider, at <c>Sync:CrossCheck</c>.</summary>
internal sealed class CrossCheckOptions : IValidated
{
    /// <summary>The share of addresses; always the same ones. 0 compares none.</summary>
    public int Percent { get; set; }

    /// <summary>How long an address that was compared is left alone.</summary>
    public int EveryHours { get; set; } = 24;

    /// <summary>Of a longer history only so many of the newest transactions are compared.</summary>
    public int MostTransactions { get; set; } = 5_000;

    public IEnumerable<string> Errors()
    {
        if (Percent is < 0 or > 100) yield return "Percent must be 0 to 100.";
        if (EveryHours is < 1 or > 8_760) yield return "EveryHours must be 1 to 8760.";
        if (MostTransactions is < 1 or > 1_000_000) yield return "MostTransactions must be 1 to 1000000.";
    }
}

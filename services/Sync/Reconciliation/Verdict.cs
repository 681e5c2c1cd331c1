namespace Sync.Reconciliation;

/// <summary>What comparing the derived with a reported balance came to.</summary>
internal enum Verdict
{
    /// <summary>Both are equal.</summary>
    Verified,

    /// <summary>They differ, and the whole difference is known by class.</summary>
    Explained,

    /// <summary>They differ, and nobody knows why.</summary>
    Mismatch,
}

/// <summary>How verdicts are stored and shown.</summary>
internal static class Verdicts
{
    public const string Verified = "verified";
    public const string Explained = "explained";
    public const string Mismatch = "mismatch";

    public static string Name(this Verdict verdict) => verdict switch
    {
        Verdict.Verified => Verified,
        Verdict.Explained => Explained,
        _ => Mismatch,
    };
}

namespace Portfolio.Statements.Verifying;

/// <summary>What a check came to.</summary>
internal enum FindingKind
{
    /// <summary>It is shown, by what stands in the statement itself.</summary>
    Shown,

    /// <summary>It is not shown, which is no fault: nobody told a proof, or there is none of the kind.</summary>
    NotShown,

    /// <summary>It is wrong.</summary>
    Fault,
}

/// <summary>One thing that was checked: where in the statement, and what came of it.</summary>
internal sealed record Finding(FindingKind Kind, string Where, string Text)
{
    public static Finding Shown(string where, string text) => new(FindingKind.Shown, where, text);

    public static Finding NotShown(string where, string text) => new(FindingKind.NotShown, where, text);

    public static Finding Fault(string where, string text) => new(FindingKind.Fault, where, text);

    public override string ToString() =>
        $"{Kind switch { FindingKind.Shown => "shown    ", FindingKind.NotShown => "not shown", _ => "WRONG    " }}  {Where}: {Text}";
}

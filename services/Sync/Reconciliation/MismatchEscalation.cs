namespace Sync.Reconciliation;

/// <summary>
/// What is done about a difference between balances, kept with the ledger as one text: another provider is asked for its
/// opinion, then the whole history is read again, and then the same difference burns no more budget.
/// </summary>
internal static class MismatchEscalation
{
    private const string OpinionDue = "ask ";
    private const string OpinionHeard = "asked ";
    private const string RepairDue = "due ";

    public static bool IsOpinionDue(string? state) => state?.StartsWith(OpinionDue, StringComparison.Ordinal) is true;

    public static bool IsRepairDue(string? state) => state?.StartsWith(RepairDue, StringComparison.Ordinal) is true;

    /// <summary>The state once the round that was due has begun.</summary>
    public static string? Begun(string? state) =>
        IsRepairDue(state) ? state![RepairDue.Length..] : IsOpinionDue(state) ? OpinionHeard + state![OpinionDue.Length..] : state;

    /// <summary>The state after a round that was no repair found a difference; the same state where nothing is to be done about it.</summary>
    public static string Next(string? state, string difference, bool isAskedFor, bool hasOthers) =>
        state == difference && !isAskedFor ? difference
            : hasOthers && state?.StartsWith(OpinionHeard, StringComparison.Ordinal) is not true ? OpinionDue + difference
            : RepairDue + difference;
}

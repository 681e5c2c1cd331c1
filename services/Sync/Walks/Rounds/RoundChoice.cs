using Sync.Chains;
using Sync.Ledgers;
using Sync.Reconciliation;

namespace Sync.Walks.Rounds;

/// <summary>
/// What is known when a round is to begin. The chain is asked for proof only where nothing seems to have changed:
/// <c>HasUnproven</c>, whether anything is known from above the last tip; <c>HasUnsettled</c>, from above the settled height;
/// <c>HoldsTip</c>, whether the chain still holds that tip.
/// </summary>
internal sealed record ChoiceFacts(
    LedgerState Ledger, MismatchEscalation? Escalation, ChainTip Tip, AddressSummary Summary,
    bool HasUnproven = false, bool HasUnsettled = false, bool HoldsTip = false);

/// <summary>Decides what a round reads.</summary>
internal static class RoundChoice
{
    public static RoundKind Choose(ChoiceFacts facts)
    {
        if (facts.Escalation?.Step is EscalationStep.RepairDue) return RoundKind.Repair;
        if (facts.Ledger.SettledHeight is null || facts.Ledger.SettledHeight > facts.Tip.Height) return RoundKind.First;
        if (!LooksUnchanged(facts.Ledger, facts.Summary)) return RoundKind.Top;

        // Nothing came, nothing went. What was concluded stands if no block that it rests on can have gone: the chain still
        // holds the last tip and nothing is known from beyond it, or nothing is known that is not settled.
        return !facts.HasUnsettled || (!facts.HasUnproven && facts.HoldsTip) ? RoundKind.Check : RoundKind.Top;
    }

    /// <summary>Whether proof would tell a <see cref="RoundKind.Check"/> from a <see cref="RoundKind.Top"/>.</summary>
    public static bool NeedsProof(ChoiceFacts facts) =>
        Choose(facts with { HasUnsettled = false }) is RoundKind.Check;

    // Without a count only reading tells whether anything came: an asset's balance may change where the native one does not.
    private static bool LooksUnchanged(LedgerState ledger, AddressSummary summary) =>
        ledger.Tip is not null && summary.TransactionCount is not null && summary.TransactionCount == ledger.DerivedCount
        && summary.Confirmed == ledger.Derived;
}

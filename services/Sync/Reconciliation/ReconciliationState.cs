using Chains;

namespace Sync.Reconciliation;

/// <summary>What the comparisons of an address's balances came to, as the row of its ledger has it.</summary>
internal sealed record ReconciliationState
{
    /// <summary>The last verdict; null before the first one.</summary>
    public Verdict? Verdict { get; init; }

    /// <summary>When it was last published.</summary>
    public DateTimeOffset? VerdictAt { get; init; }

    /// <summary>The provider whose sum agreed last.</summary>
    public string? VerdictBy { get; init; }

    /// <summary>What is being done about a difference; null while there is none.</summary>
    public MismatchEscalation? Escalation { get; init; }

    /// <summary>What is in dispute until a round agrees again; null while nothing is.</summary>
    public Dispute? Dispute { get; init; }

    /// <summary>The lowest that the native balance ever was after a block, where that is below zero.</summary>
    public Amount? BelowZero { get; init; }
}

using Chains;
using EventSourcing;
using Sync.Ledgers;
using Sync.Reconciliation;

namespace Sync.Walks.Rounds;

/// <summary>What follows a round.</summary>
internal abstract record RoundNext
{
    private RoundNext()
    {
    }

    /// <summary>The walk is over; where something is left open the address is wanted again at once.</summary>
    public sealed record Done(string? Reason = null, bool CheckAgain = false) : RoundNext;

    /// <summary>Balances differ: another round follows, with another provider or over the whole history.</summary>
    public sealed record AnotherRound(EscalationStep Step) : RoundNext;

    /// <summary>Nothing could be concluded: what is not settled is read again.</summary>
    public sealed record Reopen(ReopenReason Reason) : RoundNext;
}

/// <summary>What is to become of the answers that caches hold of the address.</summary>
internal enum CacheDecision
{
    Leave,

    /// <summary>They stood between equal tips, and serve who comes next.</summary>
    Keep,

    /// <summary>Something differs, and nobody knows yet who was wrong.</summary>
    Forget,
}

/// <summary>What a finished round comes to: where the walk stands then, the events and row changes, and what follows.</summary>
internal sealed record RoundOutcome(WalkState State, RoundNext Next, IReadOnlyList<NewEvent> Events)
{
    /// <summary>The verdict, where one was reached.</summary>
    public Verdict? Verdict { get; init; }

    /// <summary>Transactions that vanished from the chain.</summary>
    public IReadOnlyList<KnownTransaction> Orphaned { get; init; } = [];

    /// <summary>What other assets' sums lose with them.</summary>
    public AssetSums TakenBack { get; init; } = [];

    /// <summary>Transactions that reached the required confirmations.</summary>
    public IReadOnlyList<KnownTransaction> Confirmed { get; init; } = [];

    /// <summary>What came by no transaction, to be kept for this difference; null where none of it was asked.</summary>
    public (OffLedgerSums Sums, Amount Difference)? OffLedger { get; init; }

    /// <summary>What comparing other assets came to.</summary>
    public AssetComparison Assets { get; init; } = AssetComparison.None;

    /// <summary>The provider that reported something untrue.</summary>
    public string? Contradicted { get; init; }

    public CacheDecision Cache { get; init; }
}

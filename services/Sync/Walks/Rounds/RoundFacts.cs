using Chains;
using Sync.Ledgers;
using Sync.Reconciliation;

namespace Sync.Walks.Rounds;

/// <summary>All that a finished round is concluded from: where the walk stands, what was asked, and what the rows say.</summary>
internal sealed record RoundFacts(Claim Claim, WalkState State, Network Network, string Provider, DateTimeOffset Now)
{
    /// <summary>Whether the chain, asked again, is still where the round began: all that was reported belongs to one state of it.</summary>
    public required bool Stands { get; init; }

    /// <summary>Whether another provider could be asked for its opinion.</summary>
    public bool HasOthers { get; init; }

    /// <summary>Transactions that the round was to meet and did not, newest first.</summary>
    public IReadOnlyList<KnownTransaction> Unseen { get; init; } = [];

    /// <summary>Where a known history was read whole again: what it tells of known transactions otherwise.</summary>
    public IReadOnlyList<RetoldTransaction> Retold { get; init; } = [];

    /// <summary>Those among the unmet whose blocks the chain does not hold any more; asked where nobody counts transactions.</summary>
    public IReadOnlySet<string> Replaced { get; init; } = new HashSet<string>();

    /// <summary>Transactions seen young that have the required confirmations by now.</summary>
    public IReadOnlyList<KnownTransaction> Unconfirmed { get; init; } = [];

    /// <summary>How many transactions some later reading disputes, and by how much of the native asset in sum.</summary>
    public (long Count, Amount Sum) Disputed { get; init; }

    /// <summary>Those of the ledger's transactions for which an oddity is known.</summary>
    public IReadOnlyCollection<string> OddTransactions { get; init; } = [];

    /// <summary>What came by no transaction.</summary>
    public OffLedgerSums OffLedger { get; init; } = OffLedgerSums.None;

    /// <summary>What a balance that is above its transactions is known to come by.</summary>
    public string? DifferenceReason { get; init; }

    /// <summary>The lowest balances on the way, as far as the round's rows say; null where they were not read.</summary>
    public LowestBalances? Lowest { get; init; }

    /// <summary>Transactions that are listed and cannot be read.</summary>
    public IReadOnlyList<LedgerGap> Gaps { get; init; } = [];

    /// <summary>Balances of other assets.</summary>
    public AssetAnswers Assets { get; init; } = AssetAnswers.None;

    public Round Round => State.Round!;
}

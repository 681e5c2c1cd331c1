using Sync.Ledgers;
using Sync.Reconciliation;
using Sync.Walks.Rounds;

namespace Sync.Walks;

/// <summary>Why a round is begun anew instead of being concluded.</summary>
internal enum ReopenReason
{
    /// <summary>The chain or the address moved while the round was read.</summary>
    ChainMoved,

    /// <summary>Several providers answered it, and something may have been skipped where they met.</summary>
    SeveralProviders,

    /// <summary>A provider contradicted itself, and may have lied from the beginning.</summary>
    Contradiction,

    /// <summary>Nothing is lost: nothing was read yet.</summary>
    NothingRead,

    /// <summary>The provider that goes on does not hold the block at which the round began.</summary>
    StartNotHeld,

    /// <summary>It failed too often from the same place: the history itself may have changed.</summary>
    TriedInVain,
}

/// <summary>Where a walk stands: ledger, reconciliation, the round under way if there is one, and counters. Replaced, never edited.</summary>
internal sealed record WalkState(LedgerState Ledger, ReconciliationState Reconciliation, Round? Round, WalkCounters Counters)
{
    /// <summary>The provider that the walk has got; it stays with it from round to round.</summary>
    public string? Provider { get; init; }

    /// <summary>Whether nobody has drawn conclusions on the address yet and nothing of it is in dispute.</summary>
    public bool IsFirstReading => Ledger.Tip is null && Reconciliation.Escalation is null;

    /// <summary>The same, and what was kept from an earlier reading of it by others may be used.</summary>
    public bool MayServeKept => IsFirstReading && (Round is null or { Kind: RoundKind.First });

    /// <summary>Whether the round reads a history whole that was read before.</summary>
    public bool IsRereading => Round is { Kind: RoundKind.Repair } || (Round is { Kind: RoundKind.First } && Ledger.Tip is not null);

    /// <summary>Whether nothing at all was reported of the address here.</summary>
    public bool IsUnknown => Counters.Rounds == 0 && Ledger.Reported is null && MayServeKept;

    /// <summary>Gives the round up: the next one begins at the tip.</summary>
    public WalkState Reopened(ReopenReason reason, Claim claim, ILogger log)
    {
        log.LogInformation("Ledger {LedgerId} begins its round anew: {Reason}", claim.LedgerId, reason);
        return this with { Round = null };
    }

    public WalkState Counting(int requests) => this with { Counters = Counters with { Requests = Counters.Requests + requests } };
}

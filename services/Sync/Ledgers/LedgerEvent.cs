using Chains;
using Contracts;

namespace Sync.Ledgers;

/// <summary>What happened to the ledger of one tracked address; its stream is <c>ledger-{LedgerId}</c>.</summary>
internal abstract record LedgerEvent
{
    private LedgerEvent()
    {
    }

    public const string Category = "ledger";

    public sealed record LedgerTracked(Guid LedgerId, Guid WalletId, Guid AddressId, string Network, string Address, DateTimeOffset At) : LedgerEvent;

    public sealed record LedgerUntracked(Guid LedgerId, Guid WalletId, Guid AddressId, DateTimeOffset At) : LedgerEvent;

    public sealed record BalanceReported(
        Guid LedgerId, string Asset, Amount Confirmed, Amount Pending, long? TransactionCount, long TipHeight, string TipHash,
        string Provider, DateTimeOffset At) : LedgerEvent;

    public sealed record WalkStarted(Guid LedgerId, string Kind, DateTimeOffset At) : LedgerEvent;

    public sealed record TransactionObserved(Guid LedgerId, ObservedTransaction Transaction) : LedgerEvent;

    /// <summary>Somebody named the block of a transaction that was observed without it, and so its time.</summary>
    public sealed record TransactionPlaced(Guid LedgerId, PlacedTransaction Transaction) : LedgerEvent;

    /// <summary>Somebody listed more of a transaction than what was observed.</summary>
    public sealed record MovementAdded(Guid LedgerId, AddedMovement Movement) : LedgerEvent;

    public sealed record TransactionOrphaned(Guid LedgerId, OrphanedTransaction Transaction, DateTimeOffset At) : LedgerEvent;

    /// <summary>
    /// Who told the whole history again did not tell this, or tells other amounts by now, and the balance is what it reports only
    /// without it. What it tells instead is observed right after.
    /// </summary>
    public sealed record TransactionRetracted(Guid LedgerId, OrphanedTransaction Transaction, string Provider, DateTimeOffset At) : LedgerEvent;

    /// <summary>It is in no block yet; it ends by being observed in one, replaced or dropped.</summary>
    public sealed record TransactionPending(Guid LedgerId, PendingTransaction Transaction) : LedgerEvent;

    /// <summary>Another transaction spends one of its coins, so that it can never be in a block.</summary>
    public sealed record TransactionReplaced(Guid LedgerId, string Txid, int Incarnation, string ReplacedBy, DateTimeOffset At) : LedgerEvent;

    /// <summary>No provider knows it any more, for so long that it is not waited for; it may come back.</summary>
    public sealed record TransactionDropped(Guid LedgerId, string Txid, int Incarnation, DateTimeOffset At) : LedgerEvent;

    public sealed record TransactionConfirmed(Guid LedgerId, string Txid, long TipHeight, DateTimeOffset At) : LedgerEvent;

    public sealed record WalkCompleted(Guid LedgerId, string Kind, long TipHeight, string TipHash, DateTimeOffset At) : LedgerEvent;

    public sealed record BalanceReconciled(
        Guid LedgerId, string Verdict, string Asset, Amount Reported, Amount Derived, long? ReportedCount, long DerivedCount,
        long Height, string TipHash, string Provider, IReadOnlyList<BalanceDifference> Differences, DateTimeOffset At) : LedgerEvent;

    /// <summary>What a provider returned of the address was untrue: sums and history agree at that tip only without it.</summary>
    public sealed record ProviderContradicted(
        Guid LedgerId, string Provider, string By, long Height, string TipHash, IReadOnlyList<BalanceDifference> Differences,
        DateTimeOffset At) : LedgerEvent;

    /// <summary>
    /// A second provider was asked for the transactions up to that tip, as many as were compared. Where it does not agree with
    /// what <paramref name="Provider"/> was the last to verify, the oldest transaction that differs, and how.
    /// </summary>
    public sealed record CrossChecked(
        Guid LedgerId, string Provider, string By, long Height, string TipHash, long Transactions, bool Agrees,
        string? FirstTxid, long? FirstHeight, string? FirstKind, DateTimeOffset At) : LedgerEvent;

    /// <summary>A transaction is listed and cannot be read; everything around it is.</summary>
    public sealed record GapFound(Guid LedgerId, string Txid, long Height, string Provider, string Reason, DateTimeOffset At) : LedgerEvent;

    /// <summary>It was read after all, or is not listed any more.</summary>
    public sealed record GapClosed(Guid LedgerId, string Txid, DateTimeOffset At) : LedgerEvent;

    /// <summary>No provider answers, and what is known of the address may be out of date since then.</summary>
    public sealed record LedgerFellBehind(Guid LedgerId, DateTimeOffset Since, string Reason, DateTimeOffset At) : LedgerEvent;

    /// <summary>A provider was heard again and the address checked.</summary>
    public sealed record LedgerCaughtUp(Guid LedgerId, DateTimeOffset At) : LedgerEvent;

    /// <summary>The tombstone: nobody tracks the ledger any more and all before this is purged.</summary>
    public sealed record LedgerClosed(Guid LedgerId, DateTimeOffset At) : LedgerEvent;
}

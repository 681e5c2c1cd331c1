using System.Text.Json.Serialization;
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
        Guid LedgerId, string Asset, Amount Confirmed, Amount Pending, long? TransactionCount, long TipHeight, string TipHash, string Provider, DateTimeOffset At) : LedgerEvent;

    public sealed record WalkStarted(Guid LedgerId, string Kind, DateTimeOffset At) : LedgerEvent;

    public sealed record TransactionObserved(Guid LedgerId, ObservedTransaction Transaction) : LedgerEvent;

    /// <summary>Somebody told the block of a transaction that was observed without it, and so its time.</summary>
    public sealed record TransactionPlaced(Guid LedgerId, PlacedTransaction Transaction) : LedgerEvent;

    /// <summary>Somebody told more of a transaction than what was observed.</summary>
    public sealed record MovementAdded(Guid LedgerId, AddedMovement Movement) : LedgerEvent;

    public sealed record TransactionOrphaned(Guid LedgerId, OrphanedTransaction Transaction, DateTimeOffset At) : LedgerEvent;

    public sealed record TransactionConfirmed(Guid LedgerId, string Txid, long TipHeight, DateTimeOffset At) : LedgerEvent;

    public sealed record WalkCompleted(Guid LedgerId, string Kind, long TipHeight, string TipHash, DateTimeOffset At) : LedgerEvent;

    public sealed record BalanceReconciled(
        Guid LedgerId, string Verdict, string Asset, Amount Reported, Amount Derived, long? ReportedCount, long DerivedCount,
        long Height, string TipHash, string Provider, IReadOnlyList<BalanceDifference> Differences, DateTimeOffset At) : LedgerEvent;

    /// <summary>What a provider told of the address was untrue: sums and history agree at that tip only without it.</summary>
    public sealed record ProviderContradicted(
        Guid LedgerId, string Provider, string By, long Height, string TipHash, IReadOnlyList<BalanceDifference> Differences, DateTimeOffset At) : LedgerEvent;

    /// <summary>
    /// A second provider was asked for the transactions up to that tip, as many as were compared. Where it does not agree with
    /// what <paramref name="Provider"/> was the last to verify, the oldest transaction that differs, and how.
    /// </summary>
    public sealed record CrossChecked(
        Guid LedgerId, string Provider, string By, long Height, string TipHash, long Transactions, bool Agrees,
        string? FirstTxid, long? FirstHeight, string? FirstKind, DateTimeOffset At) : LedgerEvent;

    /// <summary>No provider answers, and what is known of the address may be out of date since then.</summary>
    public sealed record LedgerFellBehind(Guid LedgerId, DateTimeOffset Since, string Reason, DateTimeOffset At) : LedgerEvent;

    /// <summary>A provider was heard again and the address checked.</summary>
    public sealed record LedgerCaughtUp(Guid LedgerId, DateTimeOffset At) : LedgerEvent;

    /// <summary>The tombstone: nobody tracks the ledger any more and all before this is purged.</summary>
    public sealed record LedgerClosed(Guid LedgerId, DateTimeOffset At) : LedgerEvent;
}

/// <summary>What happened to a network as a whole; its stream is <c>chain-{id of the network}</c>.</summary>
internal abstract record ChainEvent
{
    private ChainEvent()
    {
    }

    public const string Category = "chain";

    public sealed record ChainTipAdvanced(string Network, long Height, string Hash, DateTimeOffset At) : ChainEvent;

    public sealed record AssetDescribed(string Network, string Asset, string Symbol, int Decimals, string Provider, DateTimeOffset At) : ChainEvent;
}

/// <summary>What happened to the syncing of one wallet; its stream is <c>wallet-sync-{WalletId}</c>.</summary>
internal abstract record SyncEvent
{
    private SyncEvent()
    {
    }

    public const string Category = "wallet-sync";

    public sealed record SyncStarted(Guid WalletId, Guid RunId, string Trigger, DateTimeOffset At) : SyncEvent;

    public sealed record SyncWaiting(Guid WalletId, Guid RunId, string Reason, DateTimeOffset Until, DateTimeOffset At) : SyncEvent;

    public sealed record SyncCompleted(Guid WalletId, Guid RunId, long Pages, long Found, DateTimeOffset At) : SyncEvent
    {
        // Nullable: runs that ended before these were recorded lack them.
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? Trigger { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public DateTimeOffset? StartedAt { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public long? Requests { get; init; }
    }

    public sealed record SyncFailed(Guid WalletId, Guid RunId, string Reason, DateTimeOffset NextTry, DateTimeOffset At) : SyncEvent
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? Trigger { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public DateTimeOffset? StartedAt { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public long? Pages { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public long? Requests { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public long? Found { get; init; }
    }

    /// <summary>The owner ended the run.</summary>
    public sealed record SyncCancelled(
        Guid WalletId, Guid RunId, string Trigger, DateTimeOffset StartedAt, long Pages, long Requests, long Found, DateTimeOffset At) : SyncEvent;

    /// <summary>The tombstone of a deleted wallet's syncing.</summary>
    public sealed record SyncErased(Guid WalletId, DateTimeOffset At) : SyncEvent;
}

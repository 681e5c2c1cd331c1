using Contracts;
using EventSourcing;
using Messaging;
using Sync.Ledgers;
using Sync.Networks;
using Sync.Providers.Budgets;
using Sync.WalletSyncs;

namespace Sync;

/// <summary>What the service tells the others of what is in its log.</summary>
internal sealed class SyncContractMap : IContractMap
{
    public Contract? Map(StoredEvent stored) => stored.Data switch
    {
        LedgerEvent.LedgerTracked e => new LedgerTracked(e.LedgerId, e.WalletId, e.AddressId, e.Network, e.Address, e.At),
        LedgerEvent.LedgerUntracked e => new LedgerUntracked(e.LedgerId, e.WalletId, e.AddressId, e.At),
        LedgerEvent.BalanceReported e =>
            new BalanceReported(e.LedgerId, e.Asset, e.Confirmed, e.Pending, e.TransactionCount, e.TipHeight, e.TipHash, e.Provider, e.At),
        LedgerEvent.WalkStarted e => new LedgerWalkStarted(e.LedgerId, e.Kind, e.At),
        LedgerEvent.TransactionObserved e => new TransactionsObserved(e.LedgerId, [e.Transaction]),
        LedgerEvent.TransactionPlaced e => new TransactionsPlaced(e.LedgerId, [e.Transaction]),
        LedgerEvent.MovementAdded e => new MovementsAdded(e.LedgerId, [e.Movement]),
        LedgerEvent.TransactionOrphaned e => new TransactionsOrphaned(e.LedgerId, [e.Transaction], e.At),
        // To whoever sums up, it is the same: the observation that is named does not count any more.
        LedgerEvent.TransactionRetracted e => new TransactionsOrphaned(e.LedgerId, [e.Transaction], e.At),
        LedgerEvent.TransactionPending e => new TransactionsPending(e.LedgerId, [e.Transaction]),
        LedgerEvent.TransactionReplaced e => new TransactionReplaced(e.LedgerId, e.Txid, e.Incarnation, e.ReplacedBy, e.At),
        LedgerEvent.TransactionDropped e => new TransactionDropped(e.LedgerId, e.Txid, e.Incarnation, e.At),
        LedgerEvent.TransactionConfirmed e => new TransactionsConfirmed(e.LedgerId, [e.Txid], e.TipHeight, e.At),
        LedgerEvent.WalkCompleted e => new LedgerWalkCompleted(e.LedgerId, e.Kind, e.TipHeight, e.TipHash, e.At),
        LedgerEvent.BalanceReconciled e => new BalanceReconciled(
            e.LedgerId, e.Verdict, e.Asset, e.Reported, e.Derived, e.ReportedCount, e.DerivedCount, e.Height, e.TipHash, e.Provider, e.Differences,
            e.At),
        LedgerEvent.LedgerFellBehind e => new LedgerFellBehind(e.LedgerId, e.Since, e.Reason, e.At),
        LedgerEvent.LedgerCaughtUp e => new LedgerCaughtUp(e.LedgerId, e.At),
        LedgerEvent.LedgerClosed e => new LedgerClosed(e.LedgerId, e.At),
        ChainEvent.ChainTipAdvanced e => new ChainTipAdvanced(e.Network, e.Height, e.Hash, e.At),
        ChainEvent.AssetDescribed e => new AssetDescribed(e.Network, e.Asset, e.Symbol, e.Decimals, e.Provider, e.At),
        ProviderEvent.BudgetAlerted { Networks: { Count: > 0 } networks } e =>
            new BudgetAlerted(e.Budget, e.Kind, e.Window, e.Requests, e.Limit, networks, e.At),
        SyncEvent.SyncStarted e => new WalletSyncStarted(e.WalletId, e.RunId, e.Trigger, e.At),
        SyncEvent.SyncWaiting e => new WalletSyncWaiting(e.WalletId, e.RunId, e.Reason, e.Until, e.At),
        SyncEvent.SyncCompleted e => new WalletSyncCompleted(e.WalletId, e.RunId, e.Pages, e.Found, e.At, e.Trigger, e.StartedAt, e.Requests),
        SyncEvent.SyncFailed e =>
            new WalletSyncFailed(e.WalletId, e.RunId, e.Reason, e.NextTry, e.At, e.Trigger, e.StartedAt, e.Pages, e.Requests, e.Found),
        SyncEvent.SyncCancelled e => new WalletSyncCancelled(e.WalletId, e.RunId, e.Trigger, e.StartedAt, e.Pages, e.Requests, e.Found, e.At),
        _ => null,
    };
}

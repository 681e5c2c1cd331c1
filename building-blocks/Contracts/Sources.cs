namespace Contracts;

/// <summary>Which service says which contracts. Every contract is said by exactly one, so that the spans of one log tile.</summary>
public static class Sources
{
    /// <summary>The log of users' wallets and addresses.</summary>
    public const string Wallets = "wallets";

    /// <summary>The log of ledgers and sync runs.</summary>
    public const string Sync = "sync";

    private static readonly Dictionary<string, Type[]> Contracts = new()
    {
        [Wallets] =
        [
            typeof(WalletCreated), typeof(WalletRenamed), typeof(WalletDeleted), typeof(AddressImported),
            typeof(AddressLabelled), typeof(AddressRemoved), typeof(SyncRequested), typeof(SyncCancelRequested),
        ],
        [Sync] =
        [
            typeof(LedgerTracked), typeof(LedgerUntracked), typeof(LedgerClosed), typeof(BalanceReported),
            typeof(LedgerWalkStarted), typeof(LedgerWalkCompleted), typeof(TransactionsObserved),
            typeof(TransactionsPlaced), typeof(MovementsAdded), typeof(TransactionsOrphaned), typeof(TransactionsConfirmed),
            typeof(BalanceReconciled), typeof(LedgerFellBehind), typeof(LedgerCaughtUp), typeof(ChainTipAdvanced), typeof(AssetDescribed),
            typeof(WalletSyncStarted), typeof(WalletSyncWaiting),
            typeof(WalletSyncCompleted), typeof(WalletSyncFailed), typeof(WalletSyncCancelled),
        ],
    };

    /// <summary>The sources there are.</summary>
    public static IReadOnlyCollection<string> All => Contracts.Keys;

    /// <summary>Every contract that a source says; none for a service that says nothing.</summary>
    public static IReadOnlyList<Type> ContractsOf(string source) => Contracts.GetValueOrDefault(source) ?? [];
}

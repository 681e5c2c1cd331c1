using System.Text.Json.Serialization;
using Chains;

namespace Contracts;

/// <summary>A wallet's address is followed by this ledger from now on. One ledger serves every wallet that tracks the address.</summary>
[SaidBy(Sources.Sync)]
public sealed record LedgerTracked(
    Guid LedgerId, Guid WalletId, Guid AddressId, string Network, string Address, DateTimeOffset At) : Contract;

/// <summary>A wallet no longer tracks this ledger.</summary>
[SaidBy(Sources.Sync)]
public sealed record LedgerUntracked(Guid LedgerId, Guid WalletId, Guid AddressId, DateTimeOffset At) : Contract;

/// <summary>Nobody tracks the ledger any more; what is known of it is purged everywhere.</summary>
[SaidBy(Sources.Sync)]
public sealed record LedgerClosed(Guid LedgerId, DateTimeOffset At) : Contract;

/// <summary>
/// What a provider says the address holds: confirmed balance and pending sum (both in base units), the number of its
/// confirmed transactions where the provider counts them, and the tip the answer belongs to.
/// </summary>
[SaidBy(Sources.Sync)]
public sealed record BalanceReported(
    Guid LedgerId, string Asset, Amount Confirmed, Amount Pending, long? TransactionCount,
    long TipHeight, string TipHash, string Provider, DateTimeOffset At) : Contract;

/// <summary>A walk over the ledger's history began; <paramref name="Kind"/> is <c>first</c>, <c>top</c> or <c>repair</c>.</summary>
[SaidBy(Sources.Sync)]
public sealed record LedgerWalkStarted(Guid LedgerId, string Kind, DateTimeOffset At) : Contract;

/// <summary>A walk ended: everything up to the tip it started from is known.</summary>
[SaidBy(Sources.Sync)]
public sealed record LedgerWalkCompleted(
    Guid LedgerId, string Kind, long TipHeight, string TipHash, DateTimeOffset At) : Contract;

/// <summary>
/// A side of a transaction: who, where that can be said (null for scripts without an address), and how much in base units of
/// the native asset, or of the one that is named.
/// </summary>
public sealed record Party(
    string? Address, Amount Value,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Asset = null);

/// <summary>A change of one asset of the ledger's address in one transaction, signed, in base units.</summary>
public sealed record Movement(string Part, string Asset, Amount Delta);

/// <summary>
/// A confirmed transaction as it concerns one address. <paramref name="Fee"/> is the whole transaction's, in base units
/// of the native asset. <paramref name="Position"/> is its place in the block where every provider of the chain gives it,
/// else null. <paramref name="BlockHash"/> is null where nobody reported it; then <paramref name="BlockTime"/> is only when the
/// provider first saw the transaction. <paramref name="Incarnation"/> counts how often it was orphaned before.
/// </summary>
public sealed record ObservedTransaction(
    string Txid, long Height, string? BlockHash, DateTimeOffset BlockTime, int? Position, Amount Fee,
    IReadOnlyList<Movement> Movements, IReadOnlyList<Party> From, IReadOnlyList<Party> To,
    bool Coinbase, int Incarnation, string Provider);

/// <summary>Transactions of one ledger became known, a page or several of them.</summary>
[SaidBy(Sources.Sync)]
public sealed record TransactionsObserved(Guid LedgerId, IReadOnlyList<ObservedTransaction> Transactions) : Contract
{
    // Parties make most of a message; so many are well below a megabyte, far from what a broker refuses.
    private const int MostParties = 6_000;

    private int Parties => Transactions.Sum(transaction => transaction.From.Count + transaction.To.Count);

    /// <inheritdoc/>
    public override Contract? MergedWith(Contract next) =>
        next is TransactionsObserved other && other.LedgerId == LedgerId && Parties + other.Parties <= MostParties
            ? this with { Transactions = [.. Transactions, .. other.Transactions] }
            : null;
}

/// <summary>The block and so the time of a transaction, naming the observation that lacked them.</summary>
public sealed record PlacedTransaction(string Txid, long Height, string BlockHash, DateTimeOffset BlockTime, int Incarnation);

/// <summary>The blocks of transactions that were observed without; their times replace those known before.</summary>
[SaidBy(Sources.Sync)]
public sealed record TransactionsPlaced(Guid LedgerId, IReadOnlyList<PlacedTransaction> Transactions) : Contract
{
    // They are small, and a walk may place a whole history.
    private const int Most = 2_000;

    /// <inheritdoc/>
    public override Contract? MergedWith(Contract next) =>
        next is TransactionsPlaced other && other.LedgerId == LedgerId && Transactions.Count + other.Transactions.Count <= Most
            ? this with { Transactions = [.. Transactions, .. other.Transactions] }
            : null;
}

/// <summary>
/// A movement of a transaction that was reported after the transaction itself, naming the observation that it belongs to: to be
/// added to what is known of it. <paramref name="Fee"/> is the part of it that is a fee.
/// </summary>
public sealed record AddedMovement(string Txid, int Incarnation, Movement Movement, Amount Fee, Party? From, Party? To, string Provider);

/// <summary>Transactions turned out to have moved more than was observed. A movement's part and asset name it within its transaction.</summary>
[SaidBy(Sources.Sync)]
public sealed record MovementsAdded(Guid LedgerId, IReadOnlyList<AddedMovement> Movements) : Contract
{
    private const int Most = 2_000;

    /// <inheritdoc/>
    public override Contract? MergedWith(Contract next) =>
        next is MovementsAdded other && other.LedgerId == LedgerId && Movements.Count + other.Movements.Count <= Most
            ? this with { Movements = [.. Movements, .. other.Movements] }
            : null;
}

/// <summary>A transaction that is not in the chain, or never was as it was observed, naming the observation that this cancels.</summary>
public sealed record OrphanedTransaction(string Txid, string? BlockHash, long Height, int Incarnation);

/// <summary>Transactions vanished from the chain, or are not told any more; their effect on every balance is taken back.</summary>
[SaidBy(Sources.Sync)]
public sealed record TransactionsOrphaned(Guid LedgerId, IReadOnlyList<OrphanedTransaction> Transactions, DateTimeOffset At) : Contract
{
    /// <inheritdoc/>
    public override Contract? MergedWith(Contract next) =>
        next is TransactionsOrphaned other && other.LedgerId == LedgerId
            ? this with { Transactions = [.. Transactions, .. other.Transactions], At = other.At }
            : null;
}

/// <summary>Transactions that were seen young have reached the network's required confirmations.</summary>
[SaidBy(Sources.Sync)]
public sealed record TransactionsConfirmed(Guid LedgerId, IReadOnlyList<string> Txids, long TipHeight, DateTimeOffset At) : Contract
{
    /// <inheritdoc/>
    public override Contract? MergedWith(Contract next) =>
        next is TransactionsConfirmed other && other.LedgerId == LedgerId && other.TipHeight == TipHeight
            ? this with { Txids = [.. Txids, .. other.Txids], At = other.At }
            : null;
}

/// <summary>
/// A transaction that is in no block yet, as it concerns one address. <paramref name="Fee"/> is the whole transaction's, in base
/// units of the native asset. <paramref name="Incarnation"/> counts how often it was taken back before.
/// </summary>
public sealed record PendingTransaction(
    string Txid, DateTimeOffset SeenAt, Amount Fee, IReadOnlyList<Movement> Movements, IReadOnlyList<Party> From, IReadOnlyList<Party> To,
    int Incarnation, string Provider);

/// <summary>
/// Transactions that wait for a block. Each stays pending until it is observed in one (the same txid in
/// <see cref="TransactionsObserved"/>), replaced or dropped.
/// </summary>
[SaidBy(Sources.Sync)]
public sealed record TransactionsPending(Guid LedgerId, IReadOnlyList<PendingTransaction> Transactions) : Contract;

/// <summary>
/// A pending transaction can never be in a block any more: <paramref name="ReplacedBy"/>, which need not concern the address, spends one of
/// the coins it spent.
/// </summary>
[SaidBy(Sources.Sync)]
public sealed record TransactionReplaced(Guid LedgerId, string Txid, int Incarnation, string ReplacedBy, DateTimeOffset At) : Contract;

/// <summary>A pending transaction was not seen any more for longer than the network's silence allows; it may come back.</summary>
[SaidBy(Sources.Sync)]
public sealed record TransactionDropped(Guid LedgerId, string Txid, int Incarnation, DateTimeOffset At) : Contract;

/// <summary>
/// A part of the difference between the reported and the derived balance, by its class; of a <c>gap</c>, which transaction cannot be
/// read and why.
/// </summary>
public sealed record BalanceDifference(
    string Class, Amount Balance, long Transactions,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason = null);

/// <summary>
/// The derived balance was compared with a provider's at one tip. <paramref name="Verdict"/> is <c>verified</c> (equal),
/// <c>explained</c> (the difference is listed by class) or <c>mismatch</c>. Transactions are compared where the provider
/// counts them.
/// </summary>
[SaidBy(Sources.Sync)]
public sealed record BalanceReconciled(
    Guid LedgerId, string Verdict, string Asset, Amount Reported, Amount Derived, long? ReportedCount, long DerivedCount,
    long Height, string TipHash, string Provider, IReadOnlyList<BalanceDifference> Differences, DateTimeOffset At) : Contract;

/// <summary>
/// What a provider says an asset is called and divided into, published once for each, and again where it was corrected. Anyone can
/// make a token of any name, so it is no proof of what the token is.
/// </summary>
[SaidBy(Sources.Sync)]
public sealed record AssetDescribed(string Network, string Asset, string Symbol, int Decimals, string Provider, DateTimeOffset At) : Contract;

/// <summary>No provider answers, and what is known of the address may be out of date since then.</summary>
[SaidBy(Sources.Sync)]
public sealed record LedgerFellBehind(Guid LedgerId, DateTimeOffset Since, string Reason, DateTimeOffset At) : Contract;

/// <summary>A provider was heard again: what is known of the address was checked.</summary>
[SaidBy(Sources.Sync)]
public sealed record LedgerCaughtUp(Guid LedgerId, DateTimeOffset At) : Contract;

/// <summary>A network's best chain reached another tip.</summary>
[SaidBy(Sources.Sync)]
public sealed record ChainTipAdvanced(string Network, long Height, string Hash, DateTimeOffset At) : Contract;

/// <summary>
/// What may be asked of a provider runs short: the month is projected to pass its limit (<c>projection</c>), or the provider refused again
/// and again on a day (<c>throttled</c>). Published once for each window, with the networks that are asked about there.
/// </summary>
[SaidBy(Sources.Sync)]
public sealed record BudgetAlerted(
    string Budget, string Kind, string Window, long Requests, long Limit, IReadOnlyList<string> Networks, DateTimeOffset At) : Contract;

/// <summary>A sync run of a wallet began.</summary>
[SaidBy(Sources.Sync)]
public sealed record WalletSyncStarted(Guid WalletId, Guid RunId, string Trigger, DateTimeOffset At) : Contract;

/// <summary>A sync run waits, for a stated reason, until a stated time.</summary>
[SaidBy(Sources.Sync)]
public sealed record WalletSyncWaiting(Guid WalletId, Guid RunId, string Reason, DateTimeOffset Until, DateTimeOffset At) : Contract;

/// <summary>
/// A sync run ended well; every address of the wallet that its owner did not pause is walked and reconciled. Pages and
/// transactions found are the run's. What came later into the contract is null where an older Sync published the run.
/// </summary>
[SaidBy(Sources.Sync)]
public sealed record WalletSyncCompleted(
    Guid WalletId, Guid RunId, long Pages, long Found, DateTimeOffset At,
    string? Trigger = null, DateTimeOffset? StartedAt = null, long? Requests = null) : Contract;

/// <summary>A sync run ended with some addresses not synced, for a stated reason; the next try has a time.</summary>
[SaidBy(Sources.Sync)]
public sealed record WalletSyncFailed(
    Guid WalletId, Guid RunId, string Reason, DateTimeOffset NextTry, DateTimeOffset At,
    string? Trigger = null, DateTimeOffset? StartedAt = null, long? Pages = null, long? Requests = null, long? Found = null) : Contract;

/// <summary>A sync run was ended by the wallet's owner; what it had stored by then is kept.</summary>
[SaidBy(Sources.Sync)]
public sealed record WalletSyncCancelled(
    Guid WalletId, Guid RunId, string Trigger, DateTimeOffset StartedAt, long Pages, long Requests, long Found, DateTimeOffset At) : Contract;

using System.ComponentModel;

namespace Portfolio.Transactions;

/// <summary>One side of a transaction; scripts without an address have none.</summary>
public sealed record PartyView(string? Address, Money Value);

/// <summary>A transaction as it concerns one address of a wallet and one asset.</summary>
public sealed record TransactionView(
    string Txid,
    string Network,
    Guid AddressId,
    string Address,
    [property: Description("`in`, `out`, or `self` where the address gained and lost nothing.")] string Direction,
    [property: Description("What the address gained, negative where it lost.")] Money Result,
    [property: Description("What the address held after it; null for an orphaned transaction and while nothing is reported yet.")] Money? Balance,
    [property: Description("The whole transaction's fee, in the network's own asset.")] Money Fee,
    IReadOnlyList<PartyView> From,
    IReadOnlyList<PartyView> To,
    long Height,
    [property: Description("Null while nobody has told the block's name.")] string? BlockHash,
    [property: Description("The block's time; see `timeProvisional`.")] DateTimeOffset Time,
    [property: Description("Whether `time` is not the block's yet but when a provider first saw the transaction, because nobody has named the block. Balances of the past and history go by the same time.")] bool TimeProvisional,
    [property: Description("Blocks from this one to the known tip, both counted; 0 for an orphaned transaction, null while no tip is known.")] long? Confirmations,
    [property: Description("`confirming`, `confirmed` or `orphaned`.")] string Status,
    bool Coinbase,
    [property: Description("Whether the balance may still change because the history is being read.")] bool Provisional);

/// <summary>A page of transactions. Totals are there where they are asked for: by <c>include=total</c>, or by <c>page</c>.</summary>
public sealed record TransactionPage(
    IReadOnlyList<TransactionView> Data, bool HasMore, string? Next, string? Prev,
    [property: Description("How many entries the list has.")] long? Total,
    [property: Description("The page asked for by its number, from 1.")] int? Page,
    int? PerPage,
    [property: Description("How many pages the list has.")] long? Pages);

/// <summary>What a transaction changed for one address and asset of one of the caller's wallets.</summary>
public sealed record TransactionChange(
    Guid WalletId,
    Guid AddressId,
    string Address,
    string? Label,
    [property: Description("The asset's CAIP-19 id.")] string Asset,
    [property: Description("`in`, `out`, or `self` where the address gained and lost nothing.")] string Direction,
    [property: Description("What the address gained, negative where it lost.")] Money Result,
    [property: Description("What the address held after it; null for an orphaned transaction and while nothing is reported yet.")] Money? Balance,
    [property: Description("`confirming`, `confirmed` or `orphaned`, as this address's history has it.")] string Status,
    [property: Description("Whether the balance may still change because the history is being read.")] bool Provisional);

/// <summary>A transaction with what it changed for each of the caller's addresses.</summary>
public sealed record TransactionDetailView(
    string Txid, string Network, Money Fee, IReadOnlyList<PartyView> From, IReadOnlyList<PartyView> To,
    long Height,
    [property: Description("Null while nobody has told the block's name.")] string? BlockHash,
    [property: Description("The block's time; see `timeProvisional`.")] DateTimeOffset Time,
    [property: Description("Whether `time` is not the block's yet but when a provider first saw the transaction, because nobody has named the block.")] bool TimeProvisional,
    long? Confirmations, string Status, bool Coinbase, IReadOnlyList<TransactionChange> Changes);

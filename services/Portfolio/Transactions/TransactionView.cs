using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Portfolio.Assets;
using ServiceDefaults;

namespace Portfolio.Transactions;

/// <summary>One side of a transaction; scripts without an address have none.</summary>
public sealed record PartyView(
    [property: Description("The address; null for a script without one.")] string? Address,
    [property: Description("How much.")] Money Value,
    [property: Description("The CAIP-19 id of what was moved: the network's own asset, or a token.")] string Asset,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull),
        Description("What you call the address, or else its wallet; left out where it is none of yours.")] string? Label = null);

/// <summary>A transaction as it concerns one address of a wallet and one asset.</summary>
public sealed record TransactionView(
    [property: Description("The transaction's id.")] string Txid,
    [property: Description("The network's slug.")] string Network,
    [property: Description("The wallet's id.")] Guid WalletId,
    [property: Description("The address's id in the wallet.")] Guid AddressId,
    [property: Description("The address.")] string Address,
    [property: Description("What you call the address, if anything.")] string? Label,
    [property: Description("The CAIP-19 id of the asset that `result` and `balance` are of. A transaction that moved several has an entry for " +
        "each.")] string Asset,
    [property: Description("`in`, `out`, or `self` where the address gained and lost nothing."),
        AllowedValues(Directions.In, Directions.Out, Directions.Self)] string Direction,
    [property: Description("What the address gained, negative where it lost.")] Money Result,
    [property: Description("What the address held after it; null for one that is in no block and while nothing is reported yet.")] Money? Balance,
    [property: Description("The whole transaction's fee, in the network's own asset; on a chain of accounts 0 where somebody else paid it.")]
    Money Fee,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull),
        Description("Whose coins it spent; left out with `view=compact`.")] IReadOnlyList<PartyView>? From,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull),
        Description("Who got what; left out with `view=compact`.")] IReadOnlyList<PartyView>? To,
    [property: Description("The block's height; null while it is in none, as only those have that are `pending`, `replaced` or `dropped`.")]
    long? Height,
    [property: Description("Null while nobody has told the block's name.")] string? BlockHash,
    [property: Description("The block's time; see `timeProvisional`.")] DateTimeOffset Time,
    [property: Description("Whether `time` is not the block's yet but when a provider first saw the transaction, because nobody has named the " +
        "block. Balances of the past and history go by the same time.")] bool TimeProvisional,
    [property: Description("Blocks from this one to the known tip, both counted; 0 for one that is in no block, null while no tip is known.")]
    long? Confirmations,
    [property: Description("Whether it has the confirmations that the network requires, was taken out of the chain by a reorganisation, or is in " +
        "no block: `pending`, `replaced` where another transaction spends one of its coins, `dropped` where it was not seen any more."),
        AllowedValues("confirming", "confirmed", "orphaned", "pending", "replaced", "dropped")] string Status,
    [property: Description("The id of the transaction that took its place, where it is `replaced`.")] string? ReplacedBy,
    [property: Description("Whether it made new coins.")] bool Coinbase,
    [property: Description("Whether the balance may still change because the history is being read.")] bool Provisional,
    [property: Description("Why it is to be looked at twice; null for most.")] RiskView? Risk = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull),
        Description("What you say of the transaction; left out where you never did.")] SaidOfTransaction? Said = null);

/// <summary>What a user says of a transaction.</summary>
public sealed record SaidOfTransaction(
    [property: Description("What you call it, if anything.")] string? Label,
    [property: Description("Its tags.")] IReadOnlyList<string> Tags,
    [property: Description("What you remark on it, if anything.")] string? Note);

/// <summary>A page of transactions. Totals are there where they are asked for: by <c>include=total</c>, or by <c>page</c>.</summary>
public sealed record TransactionPage(
    [property: Description(PageTexts.Data)] IReadOnlyList<TransactionView> Data,
    [property: Description(PageTexts.HasMore)] bool HasMore,
    [property: Description(PageTexts.Next)] string? Next,
    [property: Description(PageTexts.Prev)] string? Prev,
    [property: Description("How many entries the list has.")] long? Total,
    [property: Description("The page asked for by its number, from 1.")] int? Page,
    [property: Description("How many entries a numbered page holds.")] int? PerPage,
    [property: Description("How many pages the list has.")] long? Pages);

/// <summary>What a transaction changed for one address and asset of one of the caller's wallets.</summary>
public sealed record TransactionChange(
    [property: Description("The wallet's id.")] Guid WalletId,
    [property: Description("The address's id in the wallet.")] Guid AddressId,
    [property: Description("The address.")] string Address,
    [property: Description("What the user calls the address, if anything.")] string? Label,
    [property: Description("The asset's CAIP-19 id.")] string Asset,
    [property: Description("`in`, `out`, or `self` where the address gained and lost nothing."),
        AllowedValues(Directions.In, Directions.Out, Directions.Self)] string Direction,
    [property: Description("What the address gained, negative where it lost.")] Money Result,
    [property: Description("What the address held after it; null for one that is in no block and while nothing is reported yet.")] Money? Balance,
    [property: Description("The same as this address's history has it."), AllowedValues("confirming", "confirmed", "orphaned", "pending",
        "replaced", "dropped")] string Status,
    [property: Description("Whether the balance may still change because the history is being read.")] bool Provisional,
    [property: Description("Why it is to be looked at twice; null for most.")] RiskView? Risk = null,
    [property: Description("The provider that told it of this address first; null of one that is in no block.")] string? Provider = null);

/// <summary>A transaction with what it changed for each of the caller's addresses.</summary>
public sealed record TransactionDetailView(
    [property: Description("The transaction's id.")] string Txid,
    [property: Description("The network's slug.")] string Network,
    [property: Description("The whole transaction's fee, in the network's own asset; on a chain of accounts 0 where somebody else paid it.")]
    Money Fee,
    [property: Description("Whose coins it spent.")] IReadOnlyList<PartyView> From,
    [property: Description("Who got what.")] IReadOnlyList<PartyView> To,
    [property: Description("The block's height; null while it is in none, as only those have that are `pending`, `replaced` or `dropped`.")]
    long? Height,
    [property: Description("Null while nobody has told the block's name.")] string? BlockHash,
    [property: Description("The block's time; see `timeProvisional`.")] DateTimeOffset Time,
    [property: Description("Whether `time` is not the block's yet but when a provider first saw the transaction, because nobody has named the " +
        "block.")] bool TimeProvisional,
    [property: Description("Blocks from this one to the known tip, both counted; 0 for one that is in no block, null while no tip is known.")]
    long? Confirmations,
    [property: Description("Whether it has the confirmations that the network requires, was taken out of the chain by a reorganisation, or is in " +
        "no block: `pending`, `replaced` where another transaction spends one of its coins, `dropped` where it was not seen any more."),
        AllowedValues("confirming", "confirmed", "orphaned", "pending", "replaced", "dropped")] string Status,
    [property: Description("The id of the transaction that took its place, where it is `replaced`.")] string? ReplacedBy,
    [property: Description("Whether it made new coins.")] bool Coinbase,
    [property: Description("What it changed for each of the caller's addresses.")] IReadOnlyList<TransactionChange> Changes,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull),
        Description("What you say of the transaction; left out where you never did.")] SaidOfTransaction? Said = null);

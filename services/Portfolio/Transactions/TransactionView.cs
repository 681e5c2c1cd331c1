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
    [property: Description("Null where the provider that told the transaction does not name its block.")] string? BlockHash,
    [property: Description("The block's time; where a provider only knows when it first saw the transaction, that.")] DateTimeOffset Time,
    [property: Description("Blocks from this one to the known tip, both counted; 0 for an orphaned transaction, null while no tip is known.")] long? Confirmations,
    [property: Description("`confirming`, `confirmed` or `orphaned`.")] string Status,
    bool Coinbase,
    [property: Description("Whether the balance may still change because the history is being read.")] bool Provisional);

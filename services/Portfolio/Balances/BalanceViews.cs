using System.ComponentModel;

namespace Portfolio.Balances;

/// <summary>What a figure is as of: the provider's tip, and the place in the log that has been read.</summary>
public sealed record AsOf(
    [property: Description("The chain's height that the reported balance belongs to; the lowest one of a sum.")] long? Height,
    string? Hash,
    DateTimeOffset? At,
    [property: Description("How far the read model has read the log of syncing.")] long Position);

/// <summary>The block at which the derived balance was compared with a provider's.</summary>
public sealed record Verified(long Height, string Hash, DateTimeOffset At);

/// <summary>A part of the difference between reported and derived, with its class.</summary>
public sealed record DifferenceView(string Class, Money Balance, long Transactions);

/// <summary>What an address holds of an asset: as a provider reports it, and as our own transactions sum up to.</summary>
public sealed record BalanceView(
    Guid AddressId,
    string Network,
    string Address,
    string? Label,
    [property: Description("The asset's CAIP-19 id.")] string Asset,
    [property: Description("The confirmed balance that a provider reports; null until the first answer, and for the past, which no provider tells.")] Money? Reported,
    Money Derived,
    [property: Description("The sum of unconfirmed transactions that a provider reports.")] Money? Pending,
    long? ReportedTransactions,
    long DerivedTransactions,
    [property: Description("`importing`, `syncing`, `verified`, `explained` or `mismatch`.")] string Status,
    [property: Description("Whether the derived balance may still change because the history is being read.")] bool Provisional,
    Verified? Verified,
    [property: Description("Why reported and derived differ, where they do.")] IReadOnlyList<DifferenceView> Differences,
    AsOf AsOf);

/// <summary>What several addresses hold of an asset together, each address counted once.</summary>
public sealed record TotalView(
    string Network, string Asset, long Addresses, Money? Reported, Money Derived, Money? Pending,
    long? ReportedTransactions, long DerivedTransactions, string Status,
    [property: Description("Whether the derived sum may still change because a history is being read.")] bool Provisional,
    AsOf AsOf);

/// <summary>A page of a wallet's balances with the sums over all its addresses.</summary>
public sealed record WalletBalances(
    Guid WalletId, string Label,
    [property: Description("The instant asked for; null for the present.")] DateTimeOffset? At,
    string Status, IReadOnlyList<TotalView> Totals,
    IReadOnlyList<BalanceView> Data, bool HasMore, string? Next, string? Prev);

/// <summary>All that a user holds, by asset, each address counted once however many wallets hold it.</summary>
public sealed record PortfolioView(string Status, IReadOnlyList<TotalView> Totals);

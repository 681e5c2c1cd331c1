using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Chains;
using Portfolio.Prices;
using Portfolio.Valuation;
using ServiceDefaults;

namespace Portfolio.Balances;

/// <summary>What a figure is as of: the provider's tip, and the place in the log that has been read.</summary>
[Description("What the reported balance is as of. It is told anew when it changes and about once an hour while nothing does; checks in between " +
    "that find it unchanged are shown as `checkedAt` by the wallet's `sync`.")]
public sealed record AsOf(
    [property: Description("The chain's height that the reported balance was last told for; the lowest one of a sum.")] long? Height,
    [property: Description("The hash of the block at that height; null for a sum.")] string? Hash,
    [property: Description("When the provider told it; the earliest one of a sum.")] DateTimeOffset? At,
    [property: Description("How far the read model has read the log of syncing.")] long Position);

/// <summary>The block at which the derived balance was compared with a provider's.</summary>
[Description("The comparison with a provider's balance that the status comes from. It is told anew when the outcome changes and about once an " +
    "hour while it does not; checks in between are shown as `checkedAt` by the wallet's `sync`.")]
public sealed record Verified(
    [property: Description("The height of the tip at which they were compared.")] long Height,
    [property: Description("The tip's hash.")] string Hash,
    [property: Description("When they were compared.")] DateTimeOffset At);

/// <summary>A part of the difference between reported and derived, with its class.</summary>
public sealed record BalanceDifferenceView(
    [property: Description(
        "`balance` and `transactions` are unexplained. What comes to an account by no transaction: `withdrawals` of stake, " +
        "`block-rewards`, `state-sync` from the chain below, `rewards` of an account of Solana's stake or vote program, allocations of " +
        "the `genesis`. `token-contract`: " +
        "every movement of the token is known, and its contract tells a balance that is not their sum (it keeps a part of transfers, " +
        "or changes balances by itself); `wrapped-native`: the wrapped native coin, which moves in ways that no list tells. `disputed` " +
        "is what a later reading of known transactions makes otherwise, which changes nothing that is kept; `bip30-duplicate-coinbase` " +
        "are the two coinbases of 2010 that repeat an earlier txid. `below-zero`: both agree, but the balance was below zero on the way, as no " +
        "chain's ever is, so something is missing; its amount is the lowest one. `gap`: a transaction that is listed and that nobody tells " +
        "in a way that can be read; it is asked for again and again."),
    AllowedValues("balance", "transactions", "withdrawals", "block-rewards", "rewards", "genesis", "token-contract", "wrapped-native",
        "disputed", "bip30-duplicate-coinbase", "below-zero", "gap")]
    string Class,
    [property: Description("By how much the reported balance is higher.")] Money Balance,
    [property: Description("How many transactions more the provider counts.")] long Transactions,
    [property: Description("Of a `gap`, the transaction, the provider that lists it, and why it cannot be read.")] string? Reason = null);

/// <summary>What an address holds of an asset: as a provider reports it, and as our own transactions sum up to.</summary>
public sealed record BalanceView(
    [property: Description("The address's id in the wallet.")] Guid AddressId,
    [property: Description("The network's slug.")] string Network,
    [property: Description("The address.")] string Address,
    [property: Description("What the user calls it, if anything.")] string? Label,
    [property: Description("The asset's CAIP-19 id.")] string Asset,
    [property: Description("The confirmed balance that a provider reports; null until the first answer, and for the past, which no provider tells.")]
    Money? Reported,
    [property: Description("What the transactions read so far sum up to.")] Money Derived,
    [property: Description("What the address holds in blocks: the derived balance once its history has been read, the reported one until then; " +
        "null while neither is known.")] Money? Confirmed,
    [property: Description("What waits for a block, signed: the sum of the transactions that are known to wait, or where none is what a provider " +
        "reports; null for the past, and while nobody says.")] Money? Pending,
    [property: Description("What of the derived balance are coinbases too young to be spent by their network's rule; null for the past, and where " +
        "there is no such rule.")] Money? Immature,
    [property: Description("What can be spent: the confirmed balance without what is immature and what waiting transactions spend; null for the " +
        "past, and while nothing is confirmed.")] Money? Available,
    [property: Description("How many transactions a provider counts; null where none was asked.")] long? ReportedTransactions,
    [property: Description("How many transactions were read.")] long DerivedTransactions,
    [property: Description(
        "How far the balance can be trusted: not asked for yet, being read, `paused` by its owner before it was read, or what " +
        "the last comparison found; `unverified` where the " +
        "address was compared and this asset was not, because its contract tells no balance or its turn has not come."),
    AllowedValues(BalanceStatus.Importing, BalanceStatus.Syncing, BalanceStatus.Paused,
        BalanceStatus.Unverified, BalanceStatus.Verified, BalanceStatus.Explained,
        BalanceStatus.Mismatch)]
    string Status,
    [property: Description("Whether the derived balance may still change because the history is being read.")] bool Provisional,
    [property: Description("The comparison with a provider's balance that the status comes from, as it was last told; null before the first.")]
    Verified? Verified,
    [property: Description("Why reported and derived differ, where they do.")] IReadOnlyList<BalanceDifferenceView> Differences,
    [property: Description("What the reported balance is as of, as it was last told.")] AsOf AsOf,
    [property: Description("Since when it may be out of date, because no provider answers; null while one does, and for the past.")]
    DateTimeOffset? StaleSince,
    [property: Description("The provider that reported the balance; null until the first answer, and for the past.")] string? ReportedBy,
    [property: Description("What the address holds of it is worth, at the price that `totals` has of the asset; null where it has none.")]
    Worth? Value = null);

/// <summary>What several addresses hold of an asset together, each address counted once.</summary>
public sealed record BalanceTotalView(
    [property: Description("The network's slug.")] string Network,
    [property: Description("The asset's CAIP-19 id.")] string Asset,
    [property: Description("How many addresses are summed up.")] long Addresses,
    [property: Description("The sum of what providers report; null where none did, and for the past.")] Money? Reported,
    [property: Description("What the transactions read so far sum up to.")] Money Derived,
    [property: Description("What the addresses hold in blocks; null while it is known of none.")] Money? Confirmed,
    [property: Description("What waits for a block, signed; null for the past, and while nobody says.")] Money? Pending,
    [property: Description("What of the derived sum are coinbases too young to be spent by their network's rule; null for the past, and where " +
        "there is no such rule.")] Money? Immature,
    [property: Description("What can be spent: the confirmed sum without what is immature and what waiting transactions spend; null for the past, " +
        "and while nothing is confirmed.")] Money? Available,
    [property: Description("How many transactions providers count; null where none was asked.")] long? ReportedTransactions,
    [property: Description("How many transactions were read.")] long DerivedTransactions,
    [property: Description("The gravest status of all addresses that are summed up."), AllowedValues(BalanceStatus.Importing,
        BalanceStatus.Syncing, BalanceStatus.Paused,
        BalanceStatus.Unverified, BalanceStatus.Verified, BalanceStatus.Explained, BalanceStatus.Mismatch)]
    string Status,
    [property: Description("Whether the derived sum may still change because a history is being read.")] bool Provisional,
    [property: Description("Why reported and derived differ, where they do: what the addresses' differences of each class come to together. " +
        "The reasons of gaps stand with their addresses.")] IReadOnlyList<BalanceDifferenceView> Differences,
    [property: Description("What the reported sum is as of, as it was last told.")] AsOf AsOf,
    [property: Description("The earliest instant since when one of the addresses' balances may be out of date, because no provider answers; null " +
        "while one does, and for the past.")] DateTimeOffset? StaleSince,
    [property: Description("What one whole coin costs, of the day; null where nobody tells.")] DayPriceView? Price = null,
    [property: Description("What it is worth; null where it has no price or a part is not known yet, which is not nothing.")] Worth? Value = null,
    [property: Description("Why it is left out of values; null where it counts. See `/api/v1/assets`.")] string? LeftOut = null,
    [property: Description("Of how many of the addresses it is not known yet how much they hold.")] long Unknown = 0)
{
    /// <summary>What is valued: what is in blocks, as far as that is known.</summary>
    internal Amount Held => (Confirmed ?? Derived).Amount;
}

/// <summary>A page of a wallet's balances with the sums over all its addresses.</summary>
public sealed record WalletBalances(
    [property: Description("The wallet's id.")] Guid WalletId,
    [property: Description("What the user calls it.")] string Label,
    [property: Description("The instant asked for; null for the present.")] DateTimeOffset? At,
    [property: Description(
        "The gravest status of all, but for assets that are `unverified`; `empty` for a wallet without addresses."),
    AllowedValues(BalanceStatus.Empty, BalanceStatus.Importing, BalanceStatus.Syncing, BalanceStatus.Paused,
        BalanceStatus.Verified, BalanceStatus.Explained,
        BalanceStatus.Mismatch)]
    string Status,
    [property: Description("The earliest instant since when something of it may be out of date, because no provider answers; null while all is " +
        "checked, and for the past.")] DateTimeOffset? StaleSince,
    [property: Description("What all of it is worth, without what is left out.")] ValueView Value,
    [property: Description("The sums over all addresses, by network and asset.")] IReadOnlyList<BalanceTotalView> Totals,
    [property: Description("A page of balances, by address and asset.")] IReadOnlyList<BalanceView> Data,
    [property: Description(PageTexts.HasMore)] bool HasMore,
    [property: Description(PageTexts.Next)] string? Next,
    [property: Description(PageTexts.Prev)] string? Prev);

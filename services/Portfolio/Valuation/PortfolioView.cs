using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Portfolio.Balances;

namespace Portfolio.Valuation;

/// <summary>What a user holds on one network.</summary>
public sealed record NetworkValue(
    [property: Description("The network's slug.")] string Network,
    [property: Description("What it is worth.")] ValueView Value);

/// <summary>What one wallet holds.</summary>
public sealed record WalletValue(
    [property: Description("The wallet's id.")] Guid WalletId,
    [property: Description("What the user calls it.")] string Label,
    [property: Description("What it is worth; an address that is in several wallets counts in each.")] ValueView Value,
    [property: Description("What it holds, where that is of one asset only; null otherwise.")] Money? Coins,
    [property: Description("The gravest status of all that it holds, as the wallet's balances tell it; `empty` for a wallet without addresses."),
    AllowedValues(BalanceStatus.Empty, BalanceStatus.Importing, BalanceStatus.Syncing, BalanceStatus.Paused,
        BalanceStatus.Verified, BalanceStatus.Explained, BalanceStatus.Mismatch)]
    string Status,
    [property: Description("The earliest instant that a reported balance of it is of; null while there is none, and for the past.")]
    DateTimeOffset? AsOf,
    [property: Description("The earliest instant since when something of it may be out of date, because no provider answers; null while all is " +
        "checked, and for the past.")] DateTimeOffset? StaleSince);

/// <summary>What stands under one tag.</summary>
public sealed record TagValue(
    [property: Description("The tag, of wallets or of addresses.")] string Tag,
    [property: Description("What it is worth; an address under several tags counts under each.")] ValueView Value);

/// <summary>What a user holds of one coin, on whatever networks.</summary>
public sealed record CoinValue(
    [property: Description("The coin's short name.")] string Symbol,
    [property: Description("The CAIP-19 ids that it has on its networks. Tokens are put together by name only where they are well-known ones.")]
    IReadOnlyList<string> Assets,
    [property: Description("What it is worth.")] ValueView Value);

/// <summary>All that a user holds, by asset, each address counted once however many wallets hold it.</summary>
public sealed record PortfolioView(
    [property: Description("The instant asked for; null for the present.")] DateTimeOffset? At,
    [property: Description(
        "The gravest status of all, but for assets that are `unverified`; `empty` where there are no addresses."),
    AllowedValues(BalanceStatus.Empty, BalanceStatus.Importing, BalanceStatus.Syncing, BalanceStatus.Paused,
        BalanceStatus.Verified, BalanceStatus.Explained,
        BalanceStatus.Mismatch)]
    string Status,
    [property: Description("The earliest instant since when something of it may be out of date, because no provider answers; null while all is " +
        "checked, and for the past.")] DateTimeOffset? StaleSince,
    [property: Description("The currency that values are told in.")] string Currency,
    [property: Description("What all of it is worth, without what is left out.")] ValueView Value,
    [property: Description("The earliest instant that one of its prices is of; null where there is none.")] DateTimeOffset? PricesFrom,
    [property: Description("Whether a price is older than it should be.")] bool PricesStale,
    [property: Description("Held assets without a price, by their CAIP-19 ids; they are in no value.")] IReadOnlyList<string> Unpriced,
    [property: Description("By network.")] IReadOnlyList<NetworkValue> ByNetwork,
    [property: Description("By coin, across networks.")] IReadOnlyList<CoinValue> ByCoin,
    [property: Description("By wallet.")] IReadOnlyList<WalletValue> ByWallet,
    [property: Description("By tag.")] IReadOnlyList<TagValue> ByTag,
    [property: Description("The sums over all addresses, by network and asset.")] IReadOnlyList<BalanceTotalView> Totals);

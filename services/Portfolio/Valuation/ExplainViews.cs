using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Portfolio.Prices;
using ServiceDefaults;

namespace Portfolio.Valuation;

/// <summary>What was held of an asset at an instant.</summary>
public sealed record HeldView(
    [property: Description("How much.")] Money Quantity,
    [property: Description("The price of that instant's day; null where there is none.")] DayPriceView? Price,
    [property: Description("What it was worth, with all its digits; null where it has no price.")] Worth? Value);

/// <summary>What movements of one kind came to.</summary>
public sealed record MovedView(
    [property: Description("How much, never negative.")] Money Quantity,
    [property: Description("What it was worth, each movement at its day's price, with all its digits; null where one of them has no price.")]
    Worth? Value,
    [property: Description("In how many transactions; the list's entries of this asset and kind are they.")] int Transactions);

/// <summary>Why an asset is worth more or less than before.</summary>
[Description("`closing` is `opening` and `received` less `sent` less `fees`, in quantity. In value `change` is `received` less `sent` less `fees` " +
    "and `priceEffect`. Transfers between the caller's own addresses change nothing but by their fees.")]
public sealed record AssetChange(
    [property: Description("The network's slug.")] string Network,
    [property: Description("The asset's CAIP-19 id.")] string Asset,
    [property: Description("What was held at the beginning.")] HeldView Opening,
    [property: Description("What came from outside.")] MovedView Received,
    [property: Description("What went there.")] MovedView Sent,
    [property: Description("What transactions cost.")] MovedView Fees,
    [property: Description("What went from one own address to another.")] MovedView OwnTransfers,
    [property: Description("What prices changed of what was held meanwhile; null where a price is missing.")] Worth? PriceEffect,
    [property: Description("By how much its value changed; null where a price is missing.")] Worth? Change,
    [property: Description("What was held at the end.")] HeldView Closing);

/// <summary>What one transaction moved of one asset in one way.</summary>
public sealed record MovementView(
    [property: Description("The transaction's id.")] string Txid,
    [property: Description("The network's slug.")] string Network,
    [property: Description("The block's time.")] DateTimeOffset Time,
    [property: Description("The asset's CAIP-19 id.")] string Asset,
    [property: Description("What it was."), AllowedValues("received", "sent", "fee", "own-transfer")] string Kind,
    [property: Description("How much, never negative.")] Money Quantity,
    [property: Description("The price of its day; null where there is none.")] DayPriceView? Price,
    [property: Description("What it was worth, with all its digits; null where it has no price.")] Worth? Value);

/// <summary>Why what the caller holds is worth more or less than before, with a page of the movements that made it so, oldest first.</summary>
public sealed record ChangeExplained(
    [property: Description("The first instant.")] DateTimeOffset From,
    [property: Description("The second one.")] DateTimeOffset To,
    [property: Description("The currency that values are told in.")] string Currency,
    [property: Description("By how much all of it changed, with all its digits; null where a price is missing.")] Worth? Change,
    [property: Description("What came from outside less what went there, at the prices of its days.")] Worth? QuantityEffect,
    [property: Description("What prices changed.")] Worth? PriceEffect,
    [property: Description("What transactions cost.")] Worth? Fees,
    [property: Description("By asset.")] IReadOnlyList<AssetChange> Assets,
    [property: Description("Assets that are left out as spam, by their CAIP-19 ids.")] IReadOnlyList<string> LeftOut,
    [property: Description("Whether it may still change because a history is being read.")] bool Provisional,
    [property: Description(PageTexts.Data)] IReadOnlyList<MovementView> Data,
    [property: Description(PageTexts.HasMore)] bool HasMore,
    [property: Description(PageTexts.Next)] string? Next,
    [property: Description(PageTexts.Prev)] string? Prev);

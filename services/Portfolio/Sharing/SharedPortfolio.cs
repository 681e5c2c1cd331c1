using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Portfolio.Prices;

namespace Portfolio.Sharing;

/// <summary>What others see of somebody's wallets: neither ids nor addresses nor transactions.</summary>
[Description("With `percentages` every amount and value is null.")]
public sealed record SharedPortfolio(
    [property: Description("What its owner calls it.")] string Label,
    [property: Description("`amounts`, or `percentages` and no amount."), AllowedValues(SharedPortfolio.Amounts, SharedPortfolio.Percentages)]
    string Shows,
    [property: Description("When it was so, to the minute.")] DateTimeOffset AsOf,
    [property: Description("When the share ends; null for never.")] DateTimeOffset? ExpiresAt,
    [property: Description("The currency that values are told in.")] string Currency,
    [property: Description("What all of it is worth; null where a part has no price or is not known yet.")] Worth? Value,
    [property: Description("How many coins have no price; they are in no percentage.")] int Unpriced,
    [property: Description("What is held, by network, the most valuable first.")] IReadOnlyList<SharedCoin> Coins,
    [property: Description("The wallets shown; an address that is in several counts in each.")] IReadOnlyList<SharedWallet> Wallets,
    [property: Description("What it was worth, interval by interval, oldest first.")] IReadOnlyList<SharedPoint> History)
{
    internal const string Amounts = "amounts";
    internal const string Percentages = "percentages";
}

/// <summary>One coin of a share.</summary>
public sealed record SharedCoin(
    [property: Description("Its short name; `token` where it has none that can be told.")] string Symbol,
    [property: Description("Its name, where one is known.")] string? Name,
    [property: Description("The slug of the network that it is on.")] string? Network,
    [property: Description("How much of it is held.")] Money? Amount,
    [property: Description("What that is worth; null where it has no price or is not known yet.")] Worth? Value,
    [property: Description("Its part of all that has a price, in percent; null where it has none.")] string? Percent);

/// <summary>One wallet of a share.</summary>
public sealed record SharedWallet(
    [property: Description("What its owner calls it.")] string Label,
    [property: Description("What it holds is worth; null where a part has no price or is not known yet.")] Worth? Value,
    [property: Description("Its part of all that has a price, in percent; null where that is not known.")] string? Percent);

/// <summary>What a share was worth at one interval's end.</summary>
public sealed record SharedPoint(
    [property: Description("The interval's first day.")] DateOnly Start,
    [property: Description("What it was worth.")] Worth? Value,
    [property: Description("The same where the first that was worth anything is 100; null where that is not known.")] string? Index);

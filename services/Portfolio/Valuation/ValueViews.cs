using System.ComponentModel;
using System.Globalization;
using Portfolio.Prices;

namespace Portfolio.Valuation;

/// <summary>The price that something is valued by.</summary>
[Description("An asset has one price for each day, by UTC: that of the day's end; of the present day the latest one known.")]
public sealed record DayPriceView(
    [property: Description("What one whole coin cost: a decimal number as text.")] string Value,
    [property: Description("ISO 4217 code, or BTC.")] string Currency,
    [property: Description("Who told it: `manual` where the user set it; `×` stands between a price's source and that of the rate it was " +
        "converted by.")]
    string Source,
    [property: Description("The instant that it is of.")] DateTimeOffset At,
    [property: Description("Whether it is older than it should be, because nobody tells a newer one.")] bool Stale,
    [property: Description("What a reader should know, such as that a weekend is valued by Friday's rate; null for most.")] string? Note)
{
    internal static DayPriceView? Of(Price? price, Currency currency) => price is null ? null
        : new(price.Value.ToString(CultureInfo.InvariantCulture), currency.Code, price.Source, price.At, price.Stale, price.Note);
}

/// <summary>What several assets are worth together.</summary>
[Description("A sum with a part that has no price, or is not known yet, has no value: it is not told too low.")]
public sealed record ValueView(
    [property: Description("The whole value; null where a part of it has no price or is not known yet.")] Worth? Value,
    [property: Description("The value of what is known and has a price.")] Worth Priced,
    [property: Description("How many assets have no price.")] int Unpriced,
    [property: Description("How many balances are not known yet, because nobody has told them and their histories are being read.")] long Unknown);

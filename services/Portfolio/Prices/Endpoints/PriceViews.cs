using System.ComponentModel;
using System.Globalization;

namespace Portfolio.Prices.Endpoints;

/// <summary>A price as it is shown.</summary>
public sealed record PriceView
{
    [Description("The asset's CAIP-19 id.")]
    public required string Asset { get; init; }

    [Description("ISO 4217 code, or BTC.")]
    public required string Currency { get; init; }

    [Description("The day (UTC) that it is the price of: that of the day's end, or the latest one where the day is not over.")]
    public required DateOnly Day { get; init; }

    [Description("What one whole coin costs, as decimal text; null where nobody tells it. Never zero for want of a price.")]
    public string? Value { get; init; }

    [Description("Who told it: `manual`, or a source's name; `coingecko × ecb` where it was converted.")]
    public string? Source { get; init; }

    [Description("The instant that it is of.")]
    public DateTimeOffset? Time { get; init; }

    [Description("Seconds from that instant to now, or to the day's end where the day is over.")]
    public long? AgeSeconds { get; init; }

    [Description("Whether it is older than it should be because nobody tells a newer one.")]
    public bool Stale { get; init; }

    [Description("What to know of it, such as that a weekend's rates are Friday's.")]
    public string? Note { get; init; }

    [Description("Why there is none.")]
    public string? Reason { get; init; }
}

/// <summary>A price that a user set, as it is shown.</summary>
public sealed record ManualPriceView
{
    [Description("The price's id.")]
    public required Guid Id { get; init; }

    [Description("The asset's CAIP-19 id.")]
    public required string Asset { get; init; }

    [Description("ISO 4217 code, or BTC.")]
    public required string Currency { get; init; }

    [Description("What one whole coin costs, as decimal text.")]
    public required string Value { get; init; }

    [Description("The first day (UTC) that it is the price of.")]
    public required DateOnly From { get; init; }

    [Description("The last day; null for good.")]
    public DateOnly? To { get; init; }

    [Description("What was noted with it.")]
    public string? Note { get; init; }

    [Description("When it was set: of two for one day, the one set last counts.")]
    public required DateTimeOffset SetAt { get; init; }

    internal static ManualPriceView Of(ManualPrice price) => new()
    {
        Id = price.PriceId, Asset = price.Asset, Currency = price.Currency, Value = PriceText.Of(price.Value), From = price.FromDay, To = price.ToDay,
        Note = price.Note, SetAt = price.SetAt,
    };
}

/// <summary>Prices as decimal text, without zeros at their end.</summary>
internal static class PriceText
{
    public static string Of(decimal price) => price.ToString("0.############################", CultureInfo.InvariantCulture);
}

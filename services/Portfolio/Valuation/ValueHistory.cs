using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Fractions;
using Portfolio.Prices;

namespace Portfolio.Valuation;

/// <summary>What was held at one interval's end, in one currency.</summary>
public sealed record ValuePoint(
    [property: Description("The interval's first day.")] DateOnly Start,
    [property: Description("The whole value at its end, of the present interval now; null where a part of it has no price.")] Worth? Value,
    [property: Description("The value of what had a price.")] Worth Priced,
    [property: Description("How many assets had none.")] int Unpriced,
    [property: Description("Whether it may still change, because a history is being read or the day is not over.")] bool Provisional)
{
    /// <summary>What had a price, before it was rounded to be shown.</summary>
    internal Fraction Exact { get; init; }
}

/// <summary>Days for which an asset that was held has no price.</summary>
public sealed record PriceGap(
    [property: Description("The asset's CAIP-19 id.")] string Asset,
    [property: Description("The first interval without a price, by its first day.")] DateOnly From,
    [property: Description("The last one in a row.")] DateOnly To);

/// <summary>What a portfolio was worth, interval by interval.</summary>
public sealed record ValueHistory(
    [property: Description("The currency that values are told in.")] string Currency,
    [property: Description("The intervals told of: what was asked for, or the shortest of which there are not too many."),
        AllowedValues("day", "week", "month")] string Interval,
    [property: Description("Oldest first, without a hole; at most 2000.")] IReadOnlyList<ValuePoint> Points,
    [property: Description("Where prices are missing.")] IReadOnlyList<PriceGap> Gaps,
    [property: Description("Assets that are left out of it as spam, by their CAIP-19 ids.")] IReadOnlyList<string> LeftOut);

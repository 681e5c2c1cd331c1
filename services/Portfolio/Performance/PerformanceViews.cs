using System.ComponentModel;
using Portfolio.Prices;

namespace Portfolio.Performance;

/// <summary>A return with how it was counted.</summary>
public sealed record ReturnView(
    [property: Description("Of the whole range, in percent, as decimal text of six digits; null where there is none, as `reason` says.")]
    string? Percent,
    [property: Description("By the year, in percent, of the money-weighted return only; of a range of a few days it says little.")]
    string? AnnualPercent,
    [property: Description("Why there is none.")] string? Reason,
    [property: Description("How it was counted.")] string Formula);

/// <summary>What came from outside and went there on a day, valued by its prices.</summary>
public sealed record FlowView(
    [property: Description("The day, by UTC.")] DateOnly Day,
    [property: Description("What came in.")] Worth In,
    [property: Description("What went out.")] Worth Out);

/// <summary>Days in a row on which an asset that was held or moved has no price.</summary>
public sealed record PriceGapView(
    [property: Description("The network's slug.")] string Network,
    [property: Description("The asset's CAIP-19 id.")] string Asset,
    [property: Description("The first day.")] DateOnly From,
    [property: Description("The last day.")] DateOnly To);

/// <summary>Three returns of a range, and all that they were counted from.</summary>
public sealed record PerformanceView(
    [property: Description("The first day, by UTC.")] DateOnly From,
    [property: Description("The last day, by UTC.")] DateOnly To,
    [property: Description("The currency of all values.")] string Currency,
    [property: Description("Whether a history is still being read, so that all may change.")] bool Provisional,
    [property: Description("What was gained for each unit that was put in.")] ReturnView Simple,
    [property: Description("The rate at which what was put in would have become what came of it.")] ReturnView MoneyWeighted,
    [property: Description("The days' returns chained, whatever flowed in and out between.")] ReturnView TimeWeighted,
    [property: Description("What was held at the end of the day before, by its prices; null where something held has none.")] Worth? Opening,
    [property: Description("All that came from outside.")] Worth? In,
    [property: Description("All that went outside.")] Worth? Out,
    [property: Description("Fees, and what swaps brought less than they took by the day's prices, negative where more.")] Worth? Costs,
    [property: Description("What is held at the last day's end.")] Worth? Closing,
    [property: Description("On how many days something flowed.")] int FlowDays,
    [property: Description("Those days, the last 366 of them.")] IReadOnlyList<FlowView> Flows,
    [property: Description("How many gaps in prices there are.")] int GapCount,
    [property: Description("What has no price and when, the first 100 of them. With `unpriced=say` nothing can be told while there are any.")]
    IReadOnlyList<PriceGapView> Gaps,
    [property: Description("The assets, by CAIP-19 ids, that are left out: those marked as spam unless one is asked for, and with " +
        "`unpriced=exclude` those that lack a price.")]
    IReadOnlyList<string> LeftOut);

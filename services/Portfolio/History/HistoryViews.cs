using System.ComponentModel;

namespace Portfolio.History;

/// <summary>What one interval changed of an asset, over all addresses asked for.</summary>
public sealed record HistoryEntry(
    [property: Description("The interval's first day.")] DateOnly Start,
    [property: Description("The network's slug.")] string Network,
    [property: Description("The asset's CAIP-19 id.")] string Asset,
    [property: Description("What the interval's transactions changed.")] Money Change,
    [property: Description("What was held at the interval's end; of the present interval, what is held.")] Money Closing,
    [property: Description("How many transactions the interval holds.")] long Transactions,
    [property: Description("Whether it may still change because a history is being read.")] bool Provisional);

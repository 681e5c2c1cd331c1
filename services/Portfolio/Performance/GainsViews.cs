using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Portfolio.Prices;
using ServiceDefaults;

namespace Portfolio.Performance;

/// <summary>The part of a disposal that came from one lot.</summary>
public sealed record LotFractionView(
    [property: Description("When the lot was acquired, wherever it has been since; null where no acquisition is known.")] DateTimeOffset? AcquiredAt,
    [property: Description("How much of the lot was disposed of.")] Money Quantity,
    [property: Description("What it brought; null where the day has no price.")] Worth? Proceeds,
    [property: Description("What it had cost; null where that is not known.")] Worth? Cost,
    [property: Description("Proceeds less cost; null where either is.")] Worth? Gain,
    [property: Description("`long` where it was held for more than `longTermDays` days."), AllowedValues("short", "long")] string Term,
    [property: Description("Why the cost is not known: `unpriced`, the day of the acquisition has no price; `noHistory`, no acquisition is known; " +
        "null where it is known."), AllowedValues("unpriced", "noHistory")] string? Missing);

/// <summary>Something disposed of, with the lots that it came from.</summary>
public sealed record DisposalView(
    [property: Description("The network's slug.")] string Network,
    [property: Description("The asset's CAIP-19 id.")] string Asset,
    [property: Description("The transaction's id.")] string Txid,
    [property: Description("The block's time.")] DateTimeOffset Time,
    [property: Description("The wallet that disposed of it; of an address in several the one asked for, else the one made first.")] Guid WalletId,
    [property: Description("`sent` outside, `swapped` for other assets in the same transaction, `fee` of a transaction, or `transferFee` of a " +
        "transfer between own addresses."), AllowedValues("sent", "swapped", "fee", "transferFee")] string Kind,
    [property: Description("How much.")] Money Quantity,
    [property: Description("Its worth by the day's price, of what was swapped the worth of what came; null where the day has no price.")]
    Worth? Proceeds,
    [property: Description("What it had cost; null where that is not known.")] Worth? Cost,
    [property: Description("Proceeds less cost; null where either is.")] Worth? Gain,
    [property: Description("Whether the whole cost is `known`, only a `partial` one, or what is not known was `assumedZero`."),
        AllowedValues("known", "partial", "assumedZero")] string Basis,
    [property: Description("What is missing for the gain: `proceeds`, and of fractions `unpriced` and `noHistory`.")]
    IReadOnlyList<string> Missing,
    [property: Description("The lots that it came from, in the order they were taken.")] IReadOnlyList<LotFractionView> Fractions);

/// <summary>The year's disposals of one asset, kind and term.</summary>
public sealed record GainSumView(
    [property: Description("The network's slug.")] string Network,
    [property: Description("The asset's CAIP-19 id.")] string Asset,
    [property: Description("As of disposals."), AllowedValues("sent", "swapped", "fee", "transferFee")] string Kind,
    [property: Description("As of fractions."), AllowedValues("short", "long")] string Term,
    [property: Description("How many fractions of disposals.")] long Fractions,
    [property: Description("How many of them have no gain told; where any has, the sums that it belongs to are null.")] long Incomplete,
    [property: Description("How much.")] Money Quantity,
    [property: Description("What all brought.")] Worth? Proceeds,
    [property: Description("What all had cost.")] Worth? Cost,
    [property: Description("Proceeds less cost.")] Worth? Gain);

/// <summary>What was earned of an asset in the year.</summary>
public sealed record IncomeView(
    [property: Description("The network's slug.")] string Network,
    [property: Description("The asset's CAIP-19 id.")] string Asset,
    [property: Description("`mined`: coins that a block made."), AllowedValues("mined")] string Kind,
    [property: Description("How many times.")] long Times,
    [property: Description("How much.")] Money Quantity,
    [property: Description("Its worth by each day's price; null where one has none.")] Worth? Value);

/// <summary>The fees of transfers that were ignored.</summary>
public sealed record IgnoredFeesView(
    [property: Description("The network's slug.")] string Network,
    [property: Description("The asset's CAIP-19 id.")] string Asset,
    [property: Description("How much.")] Money Quantity,
    [property: Description("What is known of what it had cost.")] Worth Cost);

/// <summary>What is held of an asset at the year's end, or now.</summary>
public sealed record OpenLotsView(
    [property: Description("The network's slug.")] string Network,
    [property: Description("The asset's CAIP-19 id.")] string Asset,
    [property: Description("The wallet whose pool it is; null of one pool over all.")] Guid? WalletId,
    [property: Description("How many lots.")] long Lots,
    [property: Description("When the oldest was acquired.")] DateTimeOffset? Oldest,
    [property: Description("How much.")] Money Quantity,
    [property: Description("What it cost; null where a part of that is not known.")] Worth? Cost,
    [property: Description("What it is worth by the last day's price; null where that has none.")] Worth? Value,
    [property: Description("Value less cost: the gain not realised.")] Worth? Unrealised);

/// <summary>A year's gains: sums over all of it, and a page of its disposals.</summary>
public sealed record GainsView(
    [property: Description("The year, by UTC.")] int Year,
    [property: Description("The method that they were counted by.")] string Method,
    [property: Description("`universal` or `perWallet`.")] string Scope,
    [property: Description("What became of transfers' fees.")] string TransferFee,
    [property: Description("From how many days on a term is long.")] int LongTermDays,
    [property: Description("The currency of all values.")] string Currency,
    [property: Description("Whether a history is still being read, so that all may change.")] bool Provisional,
    [property: Description("The assets, by CAIP-19 ids, that are left out because they are marked as spam.")] IReadOnlyList<string> LeftOut,
    [property: Description("The sums of the year's disposals, by asset, kind and term.")] IReadOnlyList<GainSumView> Sums,
    [property: Description("What was earned.")] IReadOnlyList<IncomeView> Income,
    [property: Description("The fees of transfers with `transferFee=ignore`.")] IReadOnlyList<IgnoredFeesView> IgnoredFees,
    [property: Description("What is held at the year's end, or now; with `wallet` only where each wallet has its own lots.")]
    IReadOnlyList<OpenLotsView> OpenLots,
    [property: Description("A page of disposals, by time.")] IReadOnlyList<DisposalView> Data,
    [property: Description(PageTexts.HasMore)] bool HasMore,
    [property: Description(PageTexts.Next)] string? Next,
    [property: Description(PageTexts.Prev)] string? Prev);

using System.Numerics;
using Chains;
using Fractions;
using Portfolio.Prices;

namespace Portfolio.Performance;

/// <summary>A year's entries summed up exactly; only what is shown is rounded. A sum with a part that is not known is not known.</summary>
internal sealed class GainsSums(Currency currency)
{
    private readonly SortedDictionary<(string Network, string Asset, string Kind, string Term), (Asset Asset, Sum Sum)> sums = [];

    public void Add(AssetEntry one)
    {
        switch (one.Entry)
        {
            case LotEntry.Disposal disposal:
                foreach (var part in disposal.Fractions) Add(disposal.Kind, part.Term, part.Quantity, part.Proceeds, part.Cost);
                break;
            case LotEntry.Income income:
                Add(income.Kind, "income", income.Quantity, income.Value, Fraction.Zero);
                break;
            case LotEntry.Ignored ignored:
                Add("ignored", "ignored", ignored.Quantity, null, ignored.Cost);
                break;
        }

        void Add(string kind, string term, Fraction quantity, Fraction? proceeds, Fraction? cost)
        {
            var key = (one.Network, one.Asset.Caip19, kind, term);
            var sum = sums.TryGetValue(key, out var known) ? known.Sum : new(0, 0, Fraction.Zero, Fraction.Zero, Fraction.Zero);
            sums[key] = (one.Asset, new(
                sum.Times + 1, sum.Incomplete + (proceeds - cost is null ? 1 : 0), sum.Quantity + quantity, sum.Proceeds + proceeds,
                sum.Cost + cost));
        }
    }

    public IReadOnlyList<GainSumView> Disposals =>
    [
        .. sums.Where(one => one.Key.Term is "short" or "long").Select(one => new GainSumView(
            one.Key.Network, one.Key.Asset, one.Key.Kind, one.Key.Term, one.Value.Sum.Times, one.Value.Sum.Incomplete,
            MoneyOf(one.Value.Sum.Quantity, one.Value.Asset), WorthOf(one.Value.Sum.Proceeds), WorthOf(one.Value.Sum.Cost),
            WorthOf(one.Value.Sum.Proceeds - one.Value.Sum.Cost))),
    ];

    public IReadOnlyList<IncomeView> Income =>
    [
        .. sums.Where(one => one.Key.Term == "income").Select(one => new IncomeView(
            one.Key.Network, one.Key.Asset, one.Key.Kind, one.Value.Sum.Times, MoneyOf(one.Value.Sum.Quantity, one.Value.Asset),
            WorthOf(one.Value.Sum.Proceeds))),
    ];

    public IReadOnlyList<IgnoredFeesView> Ignored =>
    [
        .. sums.Where(one => one.Key.Term == "ignored").Select(one => new IgnoredFeesView(
            one.Key.Network, one.Key.Asset, MoneyOf(one.Value.Sum.Quantity, one.Value.Asset), WorthOf(one.Value.Sum.Cost)!)),
    ];

    public IReadOnlyList<OpenLotsView> Open(OpenReport report, LotRules rules, Guid? wallet, DateOnly day) =>
    [
        .. from one in report.Book.All
           where wallet is null || rules.PerWallet
           from pool in one.Lots.Open.GroupBy(open => open.Place, open => open.Lot)
           where wallet is null || pool.Key == wallet
           select Open(one.Network, one.Asset, rules.PerWallet ? pool.Key : null, [.. pool],
               report.Prices.Of(one.Asset.Caip19, day)?.Value, rules.AssumeZero),
    ];

    public DisposalView View(AssetEntry one)
    {
        var disposal = (LotEntry.Disposal)one.Entry;
        IEnumerable<string> missing = disposal.Fractions.Select(part => part.Missing).OfType<string>().Distinct();
        return new(
            one.Network, one.Asset.Caip19, disposal.Id, disposal.At, disposal.Place, disposal.Kind, MoneyOf(disposal.Quantity, one.Asset),
            WorthOf(disposal.Proceeds), WorthOf(disposal.Cost), WorthOf(disposal.Gain), disposal.Basis,
            [.. disposal.Proceeds is null ? missing.Prepend("proceeds") : missing],
            [
                .. disposal.Fractions.Select(part => new LotFractionView(
                    part.AcquiredAt, MoneyOf(part.Quantity, one.Asset), WorthOf(part.Proceeds), WorthOf(part.Cost), WorthOf(part.Gain), part.Term,
                    part.Missing)),
            ]);
    }

    /// <summary>Whole base units again: lots are never split finer.</summary>
    internal static Money MoneyOf(Fraction coins, Asset asset) =>
        Money.Of(new((coins * BigInteger.Pow(10, asset.Decimals)).ToBigInteger()), asset);

    private OpenLotsView Open(string network, Asset asset, Guid? place, IReadOnlyList<Lot> lots, decimal? price, bool assumeZero)
    {
        var quantity = lots.Aggregate(Fraction.Zero, (sum, lot) => sum + lot.Quantity);
        var cost = assumeZero || lots.All(lot => lot.Missing is null)
            ? lots.Aggregate(Fraction.Zero, (sum, lot) => sum + lot.Cost) : (Fraction?)null;
        var value = price is { } known ? quantity * (Fraction)known : (Fraction?)null;
        return new(
            network, asset.Caip19, place, lots.Count, lots.Min(lot => lot.AcquiredAt), MoneyOf(quantity, asset), WorthOf(cost), WorthOf(value),
            WorthOf(value - cost));
    }

    private Worth? WorthOf(Fraction? exact) => exact is { } known ? Worth.Of(known, currency) : null;

    private sealed record Sum(long Times, long Incomplete, Fraction Quantity, Fraction? Proceeds, Fraction? Cost);
}

using System.Numerics;
using Fractions;
using Portfolio.Balances;
using Portfolio.Prices;

namespace Portfolio.Valuation;

/// <summary>An asset on one day: how it is divided, its price, and why it counts for nothing, if it does.</summary>
internal sealed record AssetValue(int Decimals, Price? Price, string? LeftOut)
{
    /// <summary>The exact value of an amount; null where nobody knows. Of nothing it is nothing, whatever the price.</summary>
    public Fraction? Of(BigInteger amount) =>
        amount.IsZero ? Fraction.Zero : Price is { } price ? Worth.Exactly(amount, Decimals, price.Value) : null;
}

/// <summary>What assets, by their CAIP-19 ids, are worth on one day in one currency.</summary>
internal sealed class AssetValues(Currency currency, IReadOnlyDictionary<string, AssetValue> assets)
{
    public Currency Currency { get; } = currency;

    /// <summary>An asset; one that came into the books a moment after the others were read has no price.</summary>
    public AssetValue this[string asset] => assets.GetValueOrDefault(asset) ?? new(0, null, null);

    /// <summary>The earliest instant that one of the prices is of, and whether one is stale.</summary>
    public (DateTimeOffset? At, bool Stale) Age => (
        assets.Values.Min(asset => asset.Price?.At), assets.Values.Any(asset => asset.Price is { Stale: true }));

    /// <summary>The value of several amounts together, each asset counted once among those without a price.</summary>
    public ValueSum Sum(IEnumerable<(string Asset, BigInteger Amount)> amounts) => ValueSum.Of(
        from amount in amounts
        group amount.Amount by amount.Asset into same
        where this[same.Key].LeftOut is null
        select this[same.Key].Of(same.Aggregate(BigInteger.Zero, BigInteger.Add)));

    public ValueSum Sum(IReadOnlyCollection<BalanceTotalView> totals) =>
        Sum(totals.Select(total => (total.Asset, total.Held.Value))) with
        {
            Unknown = totals.Where(total => this[total.Asset].LeftOut is null).Sum(total => total.Unknown),
        };

    /// <summary>The same of what wallets or tags hold, where some hold what nobody knows yet, not even of which asset.</summary>
    public ValueSum Sum(IReadOnlyCollection<(string? Asset, BigInteger Amount, long Unknown)> held) =>
        Sum(held.Where(one => one.Asset is not null).Select(one => (one.Asset!, one.Amount))) with
        {
            Unknown = held.Where(one => one.Asset is null || this[one.Asset].LeftOut is null).Sum(one => one.Unknown),
        };

    public ValueView Of(IReadOnlyCollection<BalanceTotalView> totals) => Sum(totals).Shown(Currency);

    public BalanceTotalView Of(BalanceTotalView total)
    {
        var asset = this[total.Asset];
        return total with
        {
            Price = DayPriceView.Of(asset.Price, Currency),
            LeftOut = asset.LeftOut,
            Value = total.Unknown > 0 ? null : Shown(asset, total.Held.Value),
        };
    }

    public BalanceView Of(BalanceView balance) =>
        balance with { Value = balance.Confirmed is { } held ? Shown(this[balance.Asset], held.Amount.Value) : null };

    private Worth? Shown(AssetValue asset, BigInteger amount) => asset.Of(amount) is { } value ? Worth.Of(value, Currency) : null;
}

/// <summary>An exact sum of values, how many parts of it have no price, and how many balances are not known yet.</summary>
internal readonly record struct ValueSum(Fraction Priced, int Unpriced, long Unknown = 0)
{
    /// <summary>The whole; null where a part of it has no price or is not known yet.</summary>
    public Fraction? Whole => Unpriced == 0 && Unknown == 0 ? Priced : null;

    public ValueView Shown(Currency currency) =>
        new(Whole is { } whole ? Worth.Of(whole, currency) : null, Worth.Of(Priced, currency), Unpriced, Unknown);

    public static ValueSum Of(IEnumerable<Fraction?> parts) => parts.Aggregate(new ValueSum(Fraction.Zero, 0), (sum, part) =>
        part is { } known ? sum with { Priced = sum.Priced + known } : sum with { Unpriced = sum.Unpriced + 1 });
}

using System.Globalization;
using System.Numerics;
using Fractions;

namespace Portfolio.Prices;

/// <summary>What currencies cost on days: how much of each one euro was, by the last fixing, and what a bitcoin cost in dollars.</summary>
/// <param name="Fixings">By currency, in the order of their days.</param>
/// <param name="Bitcoin">Its price in dollars on a day; null where there is none.</param>
internal sealed record Rates(IReadOnlyDictionary<string, IReadOnlyList<(DateOnly Day, decimal PerEuro)>> Fixings, Func<DateOnly, Price?> Bitcoin)
{
    private const int Digits = 15;

    // Good Friday to Easter Monday are the most days in a row without a fixing; whatever is older was not kept up.
    private const int UsualGap = 5;
    public const int LongestGap = 10;

    /// <summary>
    /// A price in one currency as one in another, on a day; null where there is no rate of that day. Fiat money is converted by the euro's last
    /// fixing before the day's end, bitcoins by what they cost on that day. Exact, and then rounded to 15 significant digits.
    /// </summary>
    public Price? Convert(Price price, Currency from, Currency to, DateOnly day)
    {
        if (from == to) return price;
        var (source, at) = ((HashSet<string>)[], day);
        var (stale, factor) = (price.Stale, (Fraction)price.Value);
        foreach (var (currency, up) in new[] { (from, true), (to, false) })
        {
            if (currency == Currency.Usd) continue;
            if (PerDollar(currency, day) is not { } rate) return null;
            factor = up ? factor / rate.Value : factor * rate.Value;
            source.Add(rate.Source);
            stale |= rate.Stale;
            if (rate.Day < at) at = rate.Day;
        }

        var value = Rounded(factor);
        if (value is not > 0) return null;
        var note = at < day ? $"The euro's rates are those fixed on {at:yyyy-MM-dd}, the last before the day's end." : null;
        return new Price(value.Value, $"{price.Source} × {string.Join(" × ", source)}", price.At, stale,
            price.Note is null || note is null ? price.Note ?? note : $"{price.Note} {note}");
    }

    /// <summary>The nearest number of 15 significant digits, half away from zero; null where a decimal has no room for it.</summary>
    public static decimal? Rounded(Fraction exact)
    {
        if (exact.IsZero) return 0;
        var negative = exact.IsNegative;
        var (numerator, denominator) = (BigInteger.Abs(exact.Numerator), exact.Denominator);
        // So many digits stand before the point, or one more; below zero, so many zeros behind it.
        var places = Digits - (Length(numerator) - Length(denominator));
        var scaled = Scaled(places);
        if (scaled >= BigInteger.Pow(10, Digits)) scaled = Scaled(--places);
        // A decimal has no more digits behind the point.
        if (places > 28) scaled = Scaled(places = 28);
        if (places < -28 || (places < 0 && scaled * BigInteger.Pow(10, -places) > (BigInteger)decimal.MaxValue)) return null;
        var value = places >= 0 ? (decimal)scaled / Power(places) : (decimal)(scaled * BigInteger.Pow(10, -places));
        return negative ? -value : value;

        BigInteger Scaled(int by)
        {
            var (n, d) = by >= 0 ? (numerator * BigInteger.Pow(10, by), denominator) : (numerator, denominator * BigInteger.Pow(10, -by));
            var whole = BigInteger.DivRem(n, d, out var rest);
            return rest * 2 >= d ? whole + 1 : whole;
        }
    }

    private (Fraction Value, string Source, bool Stale, DateOnly Day)? PerDollar(Currency currency, DateOnly day)
    {
        if (currency == Currency.Btc)
            return Bitcoin(day) is { } bitcoin ? (Fraction.One / (Fraction)bitcoin.Value, bitcoin.Source, bitcoin.Stale, day) : null;
        if (PerEuro(Currency.Usd, day) is not { } dollar || PerEuro(currency, day) is not { } other) return null;
        var fixedOn = dollar.Day < other.Day ? dollar.Day : other.Day;
        return (other.Rate / dollar.Rate, "ecb", day.DayNumber - fixedOn.DayNumber > UsualGap, fixedOn);
    }

    private (Fraction Rate, DateOnly Day)? PerEuro(Currency currency, DateOnly day)
    {
        if (currency == Currency.Euro) return (Fraction.One, day);
        if (!Fixings.TryGetValue(currency.Code, out var fixings)) return null;
        var (low, high) = (0, fixings.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (fixings[middle].Day <= day) low = middle + 1;
            else high = middle;
        }

        if (low == 0) return null;
        var (fixedOn, perEuro) = fixings[low - 1];
        return day.DayNumber - fixedOn.DayNumber <= LongestGap ? ((Fraction)perEuro, fixedOn) : null;
    }

    private static int Length(BigInteger number) => number.ToString(CultureInfo.InvariantCulture).Length;

    private static decimal Power(int places)
    {
        var power = 1m;
        for (var i = 0; i < places; i++) power *= 10;
        return power;
    }
}

using System.ComponentModel;
using System.Globalization;
using System.Numerics;
using Chains;
using Fractions;

namespace Portfolio.Prices;

/// <summary>How much something is worth, rounded to the currency's smallest unit, half away from zero.</summary>
public sealed record Worth(
    [property: Description("Decimal number as text, such as 1234.50; never a float.")] string Amount,
    [property: Description("ISO 4217 code, or BTC.")] string Currency)
{
    /// <summary>The exact worth of an amount in base units at a price of one whole coin.</summary>
    internal static Fraction Exactly(BigInteger amount, int decimals, decimal price) =>
        new Fraction(amount, BigInteger.Pow(10, decimals)) * (Fraction)price;

    /// <inheritdoc cref="Exactly(BigInteger, int, decimal)"/>
    internal static Fraction Exactly(Amount amount, int decimals, decimal price) => Exactly(amount.Value, decimals, price);

    internal static Worth Of(Fraction exact, Currency currency) => new(Text(exact, currency.Digits), currency.Code);

    /// <summary>
    /// All digits of it, at least the currency's: amounts times prices end, and so do their sums.
    /// </summary>
    internal static Worth Whole(Fraction exact, Currency currency)
    {
        var digits = currency.Digits;
        while (digits < 100 && !(BigInteger.Pow(10, digits) % exact.Denominator).IsZero) digits++;
        return new(Text(exact, digits), currency.Code);
    }

    /// <summary>An exact number as decimal text of so many fraction digits, rounded half away from zero.</summary>
    internal static string Text(Fraction exact, int digits)
    {
        var scaled = exact * BigInteger.Pow(10, digits);
        var (whole, rest) = (BigInteger.DivRem(BigInteger.Abs(scaled.Numerator), scaled.Denominator, out var left), left);
        if (rest * 2 >= scaled.Denominator) whole++;
        var text = whole.ToString(CultureInfo.InvariantCulture).PadLeft(digits + 1, '0');
        var sign = scaled.IsNegative && !whole.IsZero ? "-" : "";
        return digits == 0 ? sign + text : $"{sign}{text[..^digits]}.{text[^digits..]}";
    }
}

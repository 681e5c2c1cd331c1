using System.Numerics;
using CsCheck;
using Fractions;
using Portfolio.Prices;
using Portfolio.Valuation;
using Shouldly;
using Xunit;

namespace Unit.Portfolio;

public sealed class ValuingAmounts
{
    [Theory]
    [InlineData("1.005", 2, "1.01")]
    [InlineData("-1.005", 2, "-1.01")]
    [InlineData("0.004", 2, "0.00")]
    [InlineData("-0.004", 2, "0.00")]
    [InlineData("0.5", 0, "1")]
    [InlineData("123456789012345678901234567890.125", 2, "123456789012345678901234567890.13")]
    public void values_are_rounded_once_half_away_from_zero(string exact, int digits, string text) =>
        Worth.Text(Fraction.FromString(exact, System.Globalization.CultureInfo.InvariantCulture), digits).ShouldBe(text);

    [Fact]
    public void a_value_is_the_amount_times_the_price_to_the_last_unit() => Gen.Select(Gen.Long, Gen.Int[0, 18], Gen.Decimal[0, 1_000_000]).Sample(
        (amount, decimals, price) =>
        {
            // By whole numbers alone: how many units of 10^-28 the price is.
            var scaled = (BigInteger)amount * Scaled(price);
            Worth.Exactly((BigInteger)amount, decimals, price).ShouldBe(new Fraction(scaled, BigInteger.Pow(10, decimals + 28)));
        });

    [Fact]
    public void a_sum_with_an_unpriced_part_has_no_value_and_nothing_of_what_has_no_price_needs_one()
    {
        var values = new AssetValues(Currency.Usd, new Dictionary<string, AssetValue>
        {
            ["a"] = new(2, new Price(1.5m, "test", default), null), ["b"] = new(0, null, null), ["spam"] = new(0, null, "spam"),
        });
        values.Sum([("a", 1000), ("spam", 7)]).Shown(Currency.Usd).Value!.Amount.ShouldBe("15.00");
        values.Sum([("a", 1000), ("b", 0)]).Shown(Currency.Usd).Value!.Amount.ShouldBe("15.00");
        values.Sum([("a", 1000), ("b", 1), ("b", 2)]).Shown(Currency.Usd).ShouldBe(new ValueView(null, new Worth("15.00", "USD"), 1, 0));
    }

    private static BigInteger Scaled(decimal price)
    {
        var bits = decimal.GetBits(price);
        var whole = ((BigInteger)(uint)bits[2] << 64) + ((BigInteger)(uint)bits[1] << 32) + (uint)bits[0];
        return whole * BigInteger.Pow(10, 28 - ((bits[3] >> 16) & 0xff));
    }
}

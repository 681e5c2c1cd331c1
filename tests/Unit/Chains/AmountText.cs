using System.Numerics;
using Chains;
using Shouldly;
using Xunit;

namespace Unit.Chains;

public sealed class AmountText
{
    private static readonly BigInteger Largest = BigInteger.Pow(2, 256) - 1;

    [Theory]
    [InlineData("0", "0")]
    [InlineData("-0", "0")]
    [InlineData("7", "7")]
    [InlineData("-7", "-7")]
    [InlineData("007", "7")]
    [InlineData("2100000000000000", "2100000000000000")]
    [InlineData("999999999999999999", "999999999999999999")]
    [InlineData("9223372036854775807", "9223372036854775807")]
    [InlineData("9223372036854775808", "9223372036854775808")]
    [InlineData("-9223372036854775808", "-9223372036854775808")]
    [InlineData("-9223372036854775809", "-9223372036854775809")]
    [InlineData("115792089237316195423570985008687907853269984665640564039457584007913129639935",
        "115792089237316195423570985008687907853269984665640564039457584007913129639935")]
    public void an_integer_is_read_and_written_exactly(string text, string written)
    {
        Amount.TryParse(text, out var amount).ShouldBeTrue();
        amount.ShouldBe(new Amount(BigInteger.Parse(text)));
        amount.ToString().ShouldBe(written);
        $"{amount}".ShouldBe(written);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("--1")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1.0")]
    [InlineData("1e3")]
    [InlineData("1,000")]
    [InlineData("0x10")]
    [InlineData("١٢")]
    [InlineData("NaN")]
    public void anything_but_an_integer_is_refused(string text)
    {
        Amount.TryParse(text, out _).ShouldBeFalse();
        Should.Throw<FormatException>(() => Amount.Parse(text));
    }

    [Fact]
    public void more_digits_than_a_256_bit_integer_has_are_refused()
    {
        Amount.TryParse(new string('9', 78), out _).ShouldBeTrue();
        Amount.TryParse("-" + new string('9', 78), out _).ShouldBeTrue();
        Amount.TryParse(new string('9', 79), out _).ShouldBeFalse();
        Amount.TryParse(new string('0', 1_000_000), out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("666601", 8, "0.00666601")]
    [InlineData("2100000000", 8, "21")]
    [InlineData("-150000000", 8, "-1.5")]
    [InlineData("0", 8, "0")]
    [InlineData("1", 8, "0.00000001")]
    [InlineData("-1", 18, "-0.000000000000000001")]
    [InlineData("100", 0, "100")]
    [InlineData("1000000000000000000001", 18, "1000.000000000000000001")]
    public void it_is_shown_in_whole_coins_without_trailing_zeros(string amount, int decimals, string shown) =>
        Amount.Parse(amount).ToDisplay(decimals).ShouldBe(shown);

    [Fact]
    public void it_adds_and_compares_beyond_any_machine_word()
    {
        var largest = new Amount(Largest);

        (largest + 1 - largest).ShouldBe((Amount)1);
        (-largest + largest).ShouldBe(Amount.Zero);
        (largest + 1 > largest).ShouldBeTrue();
        (largest <= largest - 1).ShouldBeFalse();
        new Amount[] { 3, -largest, ulong.MaxValue, 0 }.Order().ShouldBe([-largest, 0, 3, ulong.MaxValue]);
        (default(Amount) == Amount.Zero).ShouldBeTrue();
        (-largest).Sign.ShouldBe(-1);
        Amount.Zero.IsZero.ShouldBeTrue();
    }
}

using System.Numerics;
using Fractions;

namespace Portfolio.Performance;

/// <summary>
/// Arithmetic of growth over days in fixed point of 192 binary digits behind the point, some 57 decimal ones, where exact fractions would
/// grow without bound: a daily factor's powers are whole, so no root or logarithm of a rate is ever taken.
/// </summary>
internal static class Growth
{
    private const int Bits = 192;

    public static BigInteger One { get; } = BigInteger.One << Bits;

    public static BigInteger Of(Fraction value) => BigInteger.Divide(value.Numerator << Bits, value.Denominator);

    public static Fraction AsFraction(BigInteger value) => new(value, One);

    public static BigInteger Times(BigInteger one, BigInteger other) => (one * other) >> Bits;

    public static BigInteger Power(BigInteger factor, int exponent)
    {
        var (power, square) = (One, factor);
        for (; exponent > 0; exponent >>= 1)
        {
            if ((exponent & 1) == 1) power = Times(power, square);
            square = Times(square, square);
        }

        return power;
    }

    /// <summary>The root of that degree of a value, to the last digit but a few.</summary>
    public static BigInteger Root(BigInteger value, int degree)
    {
        var (low, high) = (BigInteger.Zero, BigInteger.Max(value, One) + 1);
        while (high - low > 1)
        {
            var middle = (low + high) >> 1;
            if (Power(middle, degree) <= value) low = middle;
            else high = middle;
        }

        return low;
    }
}

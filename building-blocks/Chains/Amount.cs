using System.Globalization;
using System.Numerics;
using System.Text.Json.Serialization;

namespace Chains;

/// <summary>A signed number of an asset's base units (satoshi, wei, lamport): exact, of any size, and a string in JSON.</summary>
[JsonConverter(typeof(AmountJsonConverter))]
public readonly record struct Amount(BigInteger Value) : IComparable<Amount>, ISpanFormattable
{
    /// <summary>The most digits that are read: as many as the largest 256-bit integer has.</summary>
    public const int MaxDigits = 78;

    private static readonly BigInteger Beyond = BigInteger.Pow(10, MaxDigits);

    public static Amount Zero => default;

    public bool IsZero => Value.IsZero;

    /// <summary>Whether it has at most <see cref="MaxDigits"/> digits. No chain has more of anything, and no log or row takes more.</summary>
    public bool IsPossible => TryLong(out _) || BigInteger.Abs(Value) < Beyond;

    /// <summary>-1, 0 or 1.</summary>
    public int Sign => Value.Sign;

    // Without this one a literal would be torn between long and ulong.
    public static implicit operator Amount(int value) => new(value);

    public static implicit operator Amount(long value) => new(value);

    public static implicit operator Amount(ulong value) => new(value);

    public static Amount operator +(Amount left, Amount right) => new(left.Value + right.Value);

    public static Amount operator -(Amount left, Amount right) => new(left.Value - right.Value);

    public static Amount operator -(Amount value) => new(-value.Value);

    public static bool operator <(Amount left, Amount right) => left.Value < right.Value;

    public static bool operator <=(Amount left, Amount right) => left.Value <= right.Value;

    public static bool operator >(Amount left, Amount right) => left.Value > right.Value;

    public static bool operator >=(Amount left, Amount right) => left.Value >= right.Value;

    public int CompareTo(Amount other) => Value.CompareTo(other.Value);

    /// <summary>Reads an optional '-' and one to 78 ASCII digits; anything else is a <see cref="FormatException"/>.</summary>
    public static Amount Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out var amount)
            ? amount
            : throw new FormatException($"An amount is an integer of at most {MaxDigits} digits.");

    /// <summary>Reads what <see cref="Parse"/> reads and answers false to anything else.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Amount amount)
    {
        amount = default;
        var digits = text is ['-', ..] ? text[1..] : text;
        if (digits.IsEmpty || digits.Length > MaxDigits || digits.ContainsAnyExceptInRange('0', '9')) return false;

        // Almost every amount fits, and a long is read without the big integer's buffers.
        if (digits.Length <= 18)
        {
            amount = new(long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
            return true;
        }

        amount = new(BigInteger.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
        return true;
    }

    public override string ToString() =>
        TryLong(out var small)
            ? small.ToString(CultureInfo.InvariantCulture)
            : Value.ToString(CultureInfo.InvariantCulture);

    // An amount has one spelling, so format and provider change nothing.
    string IFormattable.ToString(string? format, IFormatProvider? formatProvider) => ToString();

    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format = default, IFormatProvider? provider = null) =>
        TryLong(out var small)
            ? small.TryFormat(destination, out charsWritten, default, CultureInfo.InvariantCulture)
            : Value.TryFormat(destination, out charsWritten, default, CultureInfo.InvariantCulture);

    /// <summary>The amount in whole coins of so many decimals, without trailing zeros: 666601 of 8 decimals is "0.00666601".</summary>
    public string ToDisplay(int decimals)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(decimals);

        var digits = new Amount(BigInteger.Abs(Value)).ToString().PadLeft(decimals + 1, '0');
        var sign = Value.Sign < 0 ? "-" : "";
        var fraction = digits.AsSpan(digits.Length - decimals).TrimEnd('0');
        var whole = digits.AsSpan(0, digits.Length - decimals);
        return fraction.IsEmpty ? $"{sign}{whole}" : $"{sign}{whole}.{fraction}";
    }

    private bool TryLong(out long small)
    {
        var fits = Value >= long.MinValue && Value <= long.MaxValue;
        small = fits ? (long)Value : 0;
        return fits;
    }
}

namespace Chains;

/// <summary>The two checksums of a Bech32 text: BIP173 for witness version 0, BIP350 for every later one.</summary>
internal enum Bech32Variant
{
    Bech32,
    Bech32m,
}

/// <summary>Bech32 and Bech32m (BIP173, BIP350): a prefix, the separator '1', five bits a character and six characters of checksum.</summary>
internal static class Bech32
{
    public const int MaxLength = 90;
    public const int ChecksumLength = 6;

    private const string Alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    private const uint Bech32mConstant = 0x2bc830a3;

    private static ReadOnlySpan<uint> Generator => [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

    /// <summary>The text, in lower case, of a prefix in lower case and values of five bits.</summary>
    public static string Encode(Bech32Variant variant, string prefix, ReadOnlySpan<byte> values)
    {
        Span<char> text = stackalloc char[prefix.Length + 1 + values.Length + ChecksumLength];
        prefix.CopyTo(text);
        text[prefix.Length] = '1';
        var data = text[(prefix.Length + 1)..];
        for (var i = 0; i < values.Length; i++) data[i] = Alphabet[values[i]];

        var state = Polymod(PrefixState(prefix), values);
        for (var i = 0; i < ChecksumLength; i++) state = Step(state, 0);
        state ^= variant is Bech32Variant.Bech32 ? 1 : Bech32mConstant;
        for (var i = 0; i < ChecksumLength; i++)
            data[values.Length + i] = Alphabet[(int)((state >> (5 * (ChecksumLength - 1 - i))) & 31)];
        return new string(text);
    }

    /// <summary>Turns characters in lower case into values of five bits; answers the place of the first that is none, or -1.</summary>
    public static int ReadValues(ReadOnlySpan<char> data, Span<byte> values)
    {
        for (var i = 0; i < data.Length; i++)
        {
            var value = Alphabet.IndexOf(data[i], StringComparison.Ordinal);
            if (value < 0) return i;
            values[i] = (byte)value;
        }

        return -1;
    }

    /// <summary>Which of the two checksums the last six values are, or null if neither.</summary>
    public static Bech32Variant? Verify(ReadOnlySpan<char> prefix, ReadOnlySpan<byte> values) =>
        Polymod(PrefixState(prefix), values) switch
        {
            1 => Bech32Variant.Bech32,
            Bech32mConstant => Bech32Variant.Bech32m,
            _ => null,
        };

    /// <summary>Spreads bytes over values of five bits, the last one padded with zero bits; answers how many values.</summary>
    public static int ToValues(ReadOnlySpan<byte> bytes, Span<byte> values)
    {
        var (buffer, bits, count) = (0u, 0, 0);
        foreach (var b in bytes)
        {
            buffer = (buffer << 8) | b;
            for (bits += 8; bits >= 5; bits -= 5) values[count++] = (byte)((buffer >> (bits - 5)) & 31);
        }

        if (bits > 0) values[count++] = (byte)((buffer << (5 - bits)) & 31);
        return count;
    }

    /// <summary>Gathers values of five bits into bytes; answers how many, or -1 where the padding is longer than four bits or not zero.</summary>
    public static int ToBytes(ReadOnlySpan<byte> values, Span<byte> bytes)
    {
        var (buffer, bits, count) = (0u, 0, 0);
        foreach (var value in values)
        {
            buffer = (buffer << 5) | value;
            bits += 5;
            if (bits < 8) continue;
            bits -= 8;
            bytes[count++] = (byte)(buffer >> bits);
        }

        return bits >= 5 || (buffer & ((1u << bits) - 1)) != 0 ? -1 : count;
    }

    private static uint PrefixState(ReadOnlySpan<char> prefix)
    {
        var state = 1u;
        foreach (var c in prefix) state = Step(state, (uint)c >> 5);
        state = Step(state, 0);
        foreach (var c in prefix) state = Step(state, (uint)c & 31);
        return state;
    }

    private static uint Polymod(uint state, ReadOnlySpan<byte> values)
    {
        foreach (var value in values) state = Step(state, value);
        return state;
    }

    private static uint Step(uint state, uint value)
    {
        var top = state >> 25;
        state = ((state & 0x1ffffff) << 5) ^ value;
        for (var i = 0; i < Generator.Length; i++)
            if (((top >> i) & 1) != 0) state ^= Generator[i];
        return state;
    }
}

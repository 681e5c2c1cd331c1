namespace Wallets;

/// <summary>The eight characters behind a descriptor's <c>#</c>, which tell of any mistyped one (BIP380).</summary>
internal static class DescriptorChecksum
{
    public const int Length = 8;

    private const string Symbols = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

    // In groups of 32, so that what is often mistaken for one another differs in its group or in its place only.
    private const string Admitted =
        "0123456789()[],'/*abcdefgh@:$%{}" + "IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~" + "ijklmnopqrstuvwxyzABCDEFGH`#\"\\ ";

    private static readonly ulong[] Generator = [0xf5dee51989, 0xa9fdca3312, 0x1bab10e32d, 0x3706b1677a, 0x644d626ffd];

    /// <summary>The checksum of a descriptor without one; null where it has a character that no descriptor has.</summary>
    public static string? Of(ReadOnlySpan<char> descriptor)
    {
        var state = 1UL;
        var (groups, collected) = (0, 0);
        foreach (var character in descriptor)
        {
            var place = Admitted.IndexOf(character, StringComparison.Ordinal);
            if (place < 0) return null;
            state = Next(state, place & 31);
            groups = groups * 3 + (place >> 5);
            if (++collected % 3 != 0) continue;
            state = Next(state, groups);
            groups = 0;
        }

        if (collected % 3 != 0) state = Next(state, groups);
        for (var i = 0; i < Length; i++) state = Next(state, 0);
        state ^= 1;
        return string.Create(Length, state, (text, left) =>
        {
            for (var i = 0; i < Length; i++) text[i] = Symbols[(int)(left >> (5 * (Length - 1 - i))) & 31];
        });
    }

    private static ulong Next(ulong state, int value)
    {
        var top = state >> 35;
        state = ((state & 0x7ffffffff) << 5) ^ (ulong)value;
        for (var i = 0; i < Generator.Length; i++)
            if (((top >> i) & 1) != 0) state ^= Generator[i];
        return state;
    }
}

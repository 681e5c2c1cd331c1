using System.Globalization;
using System.Text;

namespace Portfolio.Assets;

/// <summary>
/// Compares names as a hurried reader does: by the skeleton that is left when letters of other scripts and digits that look like Latin
/// capitals are taken for these, and what is not seen is left out (after the confusables of Unicode Technical Standard #39).
/// </summary>
internal static class Lookalike
{
    // What looks like a Latin capital, or is one in its other case, of scripts that imitations are written in.
    private static readonly Dictionary<char, char> Latin = (
        "АA ВB СC ЕE НH ІI ЈJ КK МM ОO РP ЅS ТT ХX УY ԌG ԚQ ԜW ԀD ӀI ЁE ЇI ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX ϹC ՕO ՏS ՍU ꓐB " +
        "0O 1I |I !I $S 5S @A 3E ØO ₮T ₿B €E £I ¢C ᎪA ᏴB ᏟC ᎠD ᎬE ᎻH ᎫJ ᏞI ᎷM ᏢP ᏚS ᎢT ᏙV ᏃZ LI")
        .Split(' ').ToDictionary(pair => pair[0], pair => pair[1]);

    // The services run without the data that normalising takes, so what it would do to these is said here.
    private static readonly (string Accented, char Plain)[] Accents =
    [
        ("ÀÁÂÃÄÅĀĂĄǍ", 'A'), ("ÇĆĈĊČ", 'C'), ("ĎĐ", 'D'), ("ÈÉÊËĒĔĖĘĚ", 'E'), ("ĜĞĠĢ", 'G'), ("ĤĦ", 'H'), ("ÌÍÎÏĨĪĬĮİ", 'I'), ("Ĵ", 'J'), ("Ķ", 'K'),
        ("ĹĻĽĿŁ", 'I'), ("ÑŃŅŇ", 'N'), ("ÒÓÔÕÖŌŎŐ", 'O'), ("ŔŖŘ", 'R'), ("ŚŜŞŠȘ", 'S'), ("ŢŤŦȚ", 'T'), ("ÙÚÛÜŨŪŬŮŰŲ", 'U'), ("Ŵ", 'W'), ("ÝŶŸ", 'Y'),
        ("ŹŻŽ", 'Z'),
    ];

    public static string SkeletonOf(string name)
    {
        var skeleton = new StringBuilder(name.Length);
        // A small l, to the eye a capital I, becomes one too.
        foreach (var letter in name.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(letter) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark
                or UnicodeCategory.Format or UnicodeCategory.Control or UnicodeCategory.SpaceSeparator))
                skeleton.Append(Plain(letter));
        }

        return skeleton.ToString();
    }

    private static string Plain(Rune letter)
    {
        var narrow = letter.Value switch
        {
            // Wide letters, then the mathematical alphabets of 52 letters each and their digits.
            >= 0xff01 and <= 0xff5e => new Rune(letter.Value - 0xfee0),
            >= 0x1d400 and <= 0x1d6a3 => new Rune("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ"[(letter.Value - 0x1d400) % 52]),
            >= 0x1d7ce and <= 0x1d7ff => new Rune('0' + ((letter.Value - 0x1d7ce) % 10)),
            _ => letter,
        };
        var upper = Rune.ToUpperInvariant(narrow);
        if (!upper.IsBmp) return upper.ToString();
        var plain = (char)upper.Value;
        foreach (var (accented, without) in Accents)
        {
            if (accented.Contains(plain, StringComparison.Ordinal)) return without.ToString();
        }

        return Latin.GetValueOrDefault(plain, plain).ToString();
    }
}

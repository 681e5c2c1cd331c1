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
        "0O 1I |I !I $S 5S @A 3E ØO ĐD ŁI ₮T ₿B €E £I ¢C ᎪA ᏴB ᏟC ᎠD ᎬE ᎻH ᎫJ ᏞI ᎷM ᏢP ᏚS ᎢT ᏙV ᏃZ LI")
        .Split(' ').ToDictionary(pair => pair[0], pair => pair[1]);

    public static string SkeletonOf(string name)
    {
        var skeleton = new StringBuilder(name.Length);
        // Wide, mathematical and accented letters become plain ones and their marks; a small l, to the eye a capital I, becomes one too.
        foreach (var letter in name.Normalize(NormalizationForm.FormKD).ToUpperInvariant())
        {
            if (CharUnicodeInfo.GetUnicodeCategory(letter) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark
                or UnicodeCategory.Format or UnicodeCategory.Control or UnicodeCategory.SpaceSeparator))
                skeleton.Append(Latin.GetValueOrDefault(letter, letter));
        }

        return skeleton.ToString();
    }
}

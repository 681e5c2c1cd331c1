using System.Globalization;
using System.Text;
using ServiceDefaults;

namespace Wallets;

/// <summary>Names that people give to wallets, addresses and keys.</summary>
internal static class Label
{
    public const int MaxLength = 100;

    /// <summary>The label without surrounding blanks: 1 to 100 characters, one of them to be seen, none a control character.</summary>
    /// <exception cref="DomainException"><c>invalid-body</c>, pointing at the member.</exception>
    public static string Parse(string text, string pointer = "/label") => Read(text, pointer, "label", MaxLength);

    /// <summary>A short text of that kind, by the same rules as a label.</summary>
    /// <exception cref="DomainException"><c>invalid-body</c>, pointing at the member.</exception>
    public static string Read(string text, string pointer, string kind, int longest)
    {
        var label = text.Trim();
        // Bounded first, so that counting is.
        if (label.Length > 2 * longest || label.EnumerateRunes().Count() > longest)
            throw Wrong(pointer, $"{kind}-too-long", $"A {kind} has at most {longest} characters.");
        if (!label.EnumerateRunes().Any(IsVisible)) throw Wrong(pointer, $"{kind}-empty", $"A {kind} has something to be seen.");
        if (label.EnumerateRunes().Any(IsInvisibleControl))
            throw Wrong(pointer, $"{kind}-characters", $"A {kind} has no control characters.");
        return label;
    }

    /// <summary>The label, or null where there is none.</summary>
    public static string? ParseOptional(string? text, string pointer = "/label") => text is null ? null : Parse(text, pointer);

    // Zero-width characters, marks without a letter, and letters whose sign is a blank show nothing.
    private static bool IsVisible(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.SpaceSeparator
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark
            or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate)
        && rune.Value is not (0x115F or 0x1160 or 0x2800 or 0x3164 or 0xFFA0);

    // Bidirectional overrides (Unicode TR 9) can make one label look like another.
    private static bool IsInvisibleControl(Rune rune) =>
        rune == Rune.ReplacementChar
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        || rune.Value is (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);

    internal static DomainException Wrong(string pointer, string code, string detail) =>
        new("invalid-body", $"{pointer}: {detail}", [new(pointer, code, detail)]);
}

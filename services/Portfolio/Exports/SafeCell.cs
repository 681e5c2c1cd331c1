namespace Portfolio.Exports;

/// <summary>Texts as they may stand in a cell: what a spreadsheet would take for a formula is made a text by an apostrophe before it.</summary>
internal static class SafeCell
{
    public static string Of(string? text) => text is null or "" ? ""
        : text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' ? $"'{text}" : text;
}

using System.Text;

namespace Portfolio.Exports;

/// <summary>
/// Texts as they may stand in a cell: what a spreadsheet would take for a formula is made a text by an apostrophe before it. Not only where the text
/// begins: where cells are parted by semicolons or tabs, a file parted by commas has cells that begin inside of a text.
/// </summary>
internal static class SafeCell
{
    public static string Of(string? text)
    {
        if (text is null or "") return "";
        var safe = new StringBuilder(text.Length + 1);
        var begins = true;
        foreach (var letter in text)
        {
            var parts = letter is ';' or '\t' or '\r' or '\n';
            if (begins && (IsFormula(letter) || (safe.Length == 0 && parts && letter != ';'))) safe.Append('\'');
            // Quotes and blanks before it are passed over by one program or another.
            begins = parts || (begins && !IsFormula(letter) && (letter == '"' || char.IsWhiteSpace(letter)));
            safe.Append(letter);
        }

        return safe.ToString();
    }

    // With the full-width forms, which some programs read alike.
    private static bool IsFormula(char letter) =>
        letter is '=' or '+' or '-' or '@' or '\uFF1D' or '\uFF0B' or '\uFF0D' or '\uFF20';
}

using System.Text;
using CsvHelper;
using ServiceDefaults;

namespace Wallets;

/// <summary>
/// Reads a table of separated values: with commas, semicolons or tabs, whichever the first line has most of; in UTF-8, or in UTF-16 with the mark
/// at its beginning that says so.
/// </summary>
internal static class CsvTable
{
    private static readonly char[] Delimiters = [',', ';', '\t'];

    /// <summary>The records with the numbers of their first lines, one after the other.</summary>
    /// <exception cref="DomainException"><c>invalid-file</c>, also in the middle.</exception>
    public static IEnumerable<(int Line, string[] Cells)> Read(byte[] content, ImportOptions options)
    {
        var text = Decode(content);
        var delimiter = DelimiterOf(text, options);
        var isOpen = false;
        using var reader = CsvReader.FromText(text, new CsvReaderOptions
        {
            Separator = delimiter, HasHeader = false, TrackLineNumbers = true,
            // What quotes are left over inside a cell is the cell's own matter.
            OnMalformedRecord = record => isOpen |= record.Reason is CsvMalformedReason.UnterminatedQuote,
        });
        while (reader.Read())
        {
            if (reader.FieldCount > options.MaxColumns) throw TooWide(options);
            if (isOpen) throw BadFile.Because("quote", $"A quote that begins near line {reader.LineNumber} is never closed.");
            yield return ((int)reader.LineNumber, CellsOf(reader, options));
        }
    }

    private static string[] CellsOf(CsvReader reader, ImportOptions options)
    {
        var cells = new string[reader.FieldCount];
        for (var i = 0; i < cells.Length; i++)
        {
            // So much in one cell is no table; a little too much is its row's own matter.
            if (reader.GetRawSpan(i).Length > options.MaxCellLength * 10)
                throw BadFile.Because("cell-too-long", $"A cell near line {reader.LineNumber} is far longer than a cell may be.");
            cells[i] = reader.GetString(i);
        }

        return cells;
    }

    private static string Decode(byte[] content)
    {
        Encoding encoding = content switch
        {
            [0xFF, 0xFE, 0, 0, ..] or [0, 0, 0xFE, 0xFF, ..] => throw BadFile.Because("encoding", "This is UTF-32; save it as UTF-8."),
            [0xFF, 0xFE, ..] => new UnicodeEncoding(bigEndian: false, byteOrderMark: true, throwOnInvalidBytes: true),
            [0xFE, 0xFF, ..] => new UnicodeEncoding(bigEndian: true, byteOrderMark: true, throwOnInvalidBytes: true),
            _ => new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true),
        };
        try
        {
            var text = encoding.GetString(content).TrimStart('\uFEFF');
            return text.Contains('\0', StringComparison.Ordinal)
                ? throw BadFile.Because("encoding", "The file holds zero characters: it is no text, or UTF-16 without its mark. Save it as UTF-8.")
                : text;
        }
        catch (DecoderFallbackException failure)
        {
            throw BadFile.Because("encoding", $"The bytes at {failure.Index} are no {encoding.WebName.ToUpperInvariant()}; save the file as UTF-8.");
        }
    }

    // Of the header alone, outside its quotes: in the rows below a comma may be part of a label.
    private static char DelimiterOf(string text, ImportOptions options)
    {
        var counts = new int[Delimiters.Length];
        var quoted = false;
        foreach (var letter in text.AsSpan().TrimStart())
        {
            if (letter == '"') quoted = !quoted;
            else if (!quoted && letter is '\r' or '\n') break;
            else if (!quoted && Array.IndexOf(Delimiters, letter) is >= 0 and var at && ++counts[at] >= options.MaxColumns) throw TooWide(options);
        }

        return Delimiters[Array.IndexOf(counts, counts.Max())];
    }

    private static DomainException TooWide(ImportOptions options) =>
        BadFile.Because("too-many-columns", $"A table has at most {options.MaxColumns} columns.");
}

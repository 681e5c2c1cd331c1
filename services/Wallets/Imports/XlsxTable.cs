using System.Globalization;
using System.Text;
using ExcelDataReader;
using ExcelDataReader.Exceptions;
using ServiceDefaults;

namespace Wallets;

/// <summary>Reads the first sheet of a spreadsheet: the values that its cells hold, as text.</summary>
internal static class XlsxTable
{
    // The reader names a code page of old spreadsheets before it knows that this is a new one.
    static XlsxTable() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>Whether it is packed as spreadsheets are, whatever anybody calls it.</summary>
    public static bool Is(byte[] content) => content is [(byte)'P', (byte)'K', 3, 4, ..];

    /// <summary>Whether it is a spreadsheet of before 2007, or one under a password.</summary>
    public static bool IsOld(byte[] content) => content is [0xD0, 0xCF, 0x11, 0xE0, ..];

    /// <summary>The rows that hold anything, with their numbers, one after the other.</summary>
    /// <exception cref="DomainException"><c>invalid-file</c>, also in the middle.</exception>
    public static IEnumerable<(int Line, string[] Cells)> Read(byte[] content, ImportOptions options, CancellationToken ct)
    {
        XlsxGuard.Check(content, options);
        using var reader = Guarded(() => ExcelReaderFactory.CreateOpenXmlReader(new MemoryStream(content, writable: false)));
        // What was looked over has neither; this holds whatever the library takes for a sheet.
        if (reader.FieldCount > options.MaxColumns) throw BadFile.Because("too-many-columns", $"A table has at most {options.MaxColumns} columns.");
        for (var line = 1; Guarded(reader.Read); line++)
        {
            ct.ThrowIfCancellationRequested();
            if (line > XlsxGuard.LastRow) throw BadFile.Because("too-many-rows", $"A sheet has at most {XlsxGuard.LastRow} rows.");
            var cells = new string[reader.FieldCount];
            for (var column = 0; column < cells.Length; column++) cells[column] = TextOf(reader.GetValue(column));
            if (cells.Any(cell => cell.Length > 0)) yield return (line, cells);
        }
    }

    private static string TextOf(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    private static T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is ExcelReaderException or System.Xml.XmlException or InvalidDataException or FormatException or OverflowException
            or ArgumentException or IndexOutOfRangeException or NullReferenceException or KeyNotFoundException)
        {
            // Whatever the library trips over, the file is at fault.
            throw BadFile.Because("damaged", "The spreadsheet is damaged: it cannot be read to its end.");
        }
    }
}

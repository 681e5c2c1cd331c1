using System.IO.Compression;
using System.Xml;
using ServiceDefaults;

namespace Wallets;

/// <summary>
/// Looks a spreadsheet over before anything makes objects of it: how much it unpacks to, whether a cell is a formula, whether it claims cells
/// beyond all bounds, whether its parts define entities. Reads it as a stream, in constant memory.
/// </summary>
internal static class XlsxGuard
{
    private const int MostEntries = 500;
    private const int MostTimesPacked = 200;
    private const int LastRow = 1_048_576;

    // What is held in memory as a whole: texts and styles.
    private const long LargestShared = 32L * 1024 * 1024;

    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, IgnoreComments = true, IgnoreWhitespace = true,
    };

    /// <exception cref="DomainException"><c>invalid-file</c>, with the reason.</exception>
    public static void Check(byte[] content, ImportOptions options)
    {
        try
        {
            using var archive = new ZipArchive(new MemoryStream(content, writable: false), ZipArchiveMode.Read);
            CheckSizes(archive, content.Length, options);
            if (archive.GetEntry("xl/workbook.xml") is null) throw BadFile.Because("not-a-spreadsheet", "This is a packed file, but no spreadsheet (XLSX).");
            if (archive.Entries.Any(entry => entry.FullName.EndsWith("vbaProject.bin", StringComparison.OrdinalIgnoreCase)))
                throw BadFile.Because("macros", "The spreadsheet holds macros; save it as XLSX without them.");
            foreach (var entry in archive.Entries.Where(entry => IsXml(entry.FullName))) CheckEntry(entry, options);
        }
        catch (Exception e) when (e is InvalidDataException or NotSupportedException)
        {
            throw BadFile.Because("damaged", "The spreadsheet is damaged, encrypted, or no spreadsheet at all.");
        }
        catch (XmlException)
        {
            throw BadFile.Because("damaged", "A part of the spreadsheet is not what it should be (XML without definitions of its own).");
        }
    }

    private static void CheckSizes(ZipArchive archive, long packed, ImportOptions options)
    {
        if (archive.Entries.Count > MostEntries) throw BadFile.Because("too-many-parts", $"A spreadsheet has at most {MostEntries} parts.");
        // What an entry claims binds: it is unpacked no further than that.
        var unpacked = archive.Entries.Sum(entry => (decimal)entry.Length);
        if (unpacked > options.MaxUnpackedBytes || unpacked > (decimal)packed * MostTimesPacked)
            throw BadFile.Because("unpacks-too-large", $"The spreadsheet unpacks to {unpacked:0} bytes, which is more than {options.MaxUnpackedBytes} or " +
                $"more than {MostTimesPacked} times its size.");
        if (archive.Entries.Any(entry => !IsSheet(entry.FullName) && entry.Length > LargestShared))
            throw BadFile.Because("unpacks-too-large", $"A part of the spreadsheet unpacks to more than {LargestShared} bytes.");
    }

    private static void CheckEntry(ZipArchiveEntry entry, ImportOptions options)
    {
        using var stream = entry.Open();
        using var reader = XmlReader.Create(stream, Settings);
        var isSheet = IsSheet(entry.FullName);
        var (rows, hasCells) = (0, false);
        while (reader.Read())
        {
            if (!isSheet || reader.NodeType is not XmlNodeType.Element) continue;
            switch (reader.LocalName)
            {
                case "row":
                    if (reader.GetAttribute("r") is { } number && !(int.TryParse(number, out var at) && at is >= 1 and <= LastRow))
                        throw BadFile.Because("too-many-rows", $"A sheet has at most {LastRow} rows.");
                    hasCells = false;
                    break;
                case "c":
                    if (reader.GetAttribute("r") is { } place && ColumnOf(place) > options.MaxColumns)
                        throw BadFile.Because("too-many-columns", $"A table has at most {options.MaxColumns} columns.");
                    break;
                case "f":
                    throw BadFile.Because("formula", "A cell holds a formula. Formulas are not worked out here: paste their values and save again.");
                case "v" or "is" when !hasCells:
                    hasCells = true;
                    if (++rows > options.MaxRows + 1) throw BadFile.Because("too-many-rows", $"A table has at most {options.MaxRows} rows.");
                    break;
            }
        }
    }

    // Of C7 it is 3; beyond what any sheet has, it is far too much.
    private static int ColumnOf(string place)
    {
        var column = 0;
        foreach (var letter in place.TakeWhile(char.IsAsciiLetterUpper))
        {
            column = (column * 26) + (letter - 'A' + 1);
            if (column > LastRow) return int.MaxValue;
        }

        return column == 0 ? int.MaxValue : column;
    }

    private static bool IsSheet(string name) => name.StartsWith("xl/worksheets/", StringComparison.OrdinalIgnoreCase);

    private static bool IsXml(string name) =>
        name.EndsWith(".xml", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".rels", StringComparison.OrdinalIgnoreCase);
}

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
    public const int LastRow = 1_048_576;
    private const int Deepest = 64;
    private const int MostBesideCells = 200_000;

    // The longest text or tag: whatever is longer would have to be held as a whole.
    private const int LongestPiece = 64 * 1024;

    // What is held in memory as a whole: texts; and what only says how things look or are called.
    private const long LargestTexts = 32L * 1024 * 1024;
    private const long LargestOther = 4L * 1024 * 1024;

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
            if (archive.GetEntry("xl/workbook.xml") is null || archive.Entries.Any(entry => IsNamed(entry, "workbook.bin")))
                throw BadFile.Because("not-a-spreadsheet", "This is a packed file, but no spreadsheet (XLSX).");
            if (archive.Entries.Any(entry => IsNamed(entry, "vbaProject.bin")))
                throw BadFile.Because("macros", "The spreadsheet holds macros; save it as XLSX without them.");
            var names = archive.Entries.Select(entry => NameOf(entry)).ToHashSet(StringComparer.OrdinalIgnoreCase);
            if (names.Count < archive.Entries.Count) throw Damaged();
            foreach (var entry in archive.Entries.Where(entry => IsXml(entry.FullName)))
            {
                CheckPieces(entry);
                CheckEntry(entry, names, options);
            }
        }
        catch (Exception e) when (e is InvalidDataException or NotSupportedException)
        {
            throw Damaged();
        }
        catch (XmlException)
        {
            throw Damaged();
        }
    }

    private static void CheckSizes(ZipArchive archive, long packed, ImportOptions options)
    {
        if (archive.Entries.Count > MostEntries) throw BadFile.Because("too-many-parts", $"A spreadsheet has at most {MostEntries} parts.");
        // What the parts claim; that they unpack to no more is seen when they are read.
        var unpacked = archive.Entries.Sum(entry => (decimal)entry.Length);
        if (unpacked > options.MaxUnpackedBytes || unpacked > (decimal)packed * MostTimesPacked)
            throw BadFile.Because("unpacks-too-large", $"The spreadsheet unpacks to {unpacked:0} bytes: more than {options.MaxUnpackedBytes}, or " +
                $"more than {MostTimesPacked} times its size.");
        if (archive.Entries.FirstOrDefault(entry => IsXml(entry.FullName) && !IsSheet(NameOf(entry)) && entry.Length > LargestOf(entry))
            is { } large)
            throw BadFile.Because("unpacks-too-large", $"A part of the spreadsheet unpacks to more than {LargestOf(large)} bytes.");
    }

    private static long LargestOf(ZipArchiveEntry entry) => IsNamed(entry, "sharedStrings.xml") ? LargestTexts : LargestOther;

    // A text or tag ends with one of the two; no part that a spreadsheet's programs write has zeros.
    private static void CheckPieces(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        var (buffer, piece, all) = (new byte[64 * 1024], 0, 0L);
        while (stream.Read(buffer) is > 0 and var read)
        {
            var bytes = buffer.AsSpan(0, read);
            if ((all += read) > entry.Length || bytes.Contains((byte)0)) throw Damaged();
            while (bytes.Length > 0)
            {
                var end = bytes.IndexOfAny((byte)'<', (byte)'>');
                piece += end < 0 ? bytes.Length : end;
                if (piece > LongestPiece)
                    throw BadFile.Because("cell-too-long", $"A part of the spreadsheet has a text of more than {LongestPiece} bytes.");
                if (end < 0) break;
                piece = 0;
                bytes = bytes[(end + 1)..];
            }
        }
    }

    private static void CheckEntry(ZipArchiveEntry entry, IReadOnlySet<string> parts, ImportOptions options)
    {
        using var stream = entry.Open();
        using var reader = XmlReader.Create(stream, Settings);
        var (isSheet, names) = (IsSheet(NameOf(entry)), entry.FullName.EndsWith(".rels", StringComparison.OrdinalIgnoreCase));
        var (rows, filled, cells, others, isFilled) = (0, 0, 0, 0, false);
        while (reader.Read())
        {
            if (reader.Depth > Deepest) throw Damaged();
            if (reader.NodeType is not XmlNodeType.Element) continue;
            if (names) CheckTarget(reader, parts);
            if (!isSheet) continue;
            switch (reader.LocalName)
            {
                case "row":
                    if (++rows > LastRow
                        || (reader.GetAttribute("r") is { } number && !(int.TryParse(number, out var at) && at is >= 1 and <= LastRow)))
                        throw BadFile.Because("too-many-rows", $"A sheet has at most {LastRow} rows.");
                    (cells, isFilled) = (0, false);
                    break;
                case "c":
                    if (++cells > options.MaxColumns || (reader.GetAttribute("r") is { } place && ColumnOf(place) > options.MaxColumns))
                        throw BadFile.Because("too-many-columns", $"A table has at most {options.MaxColumns} columns.");
                    break;
                case "f":
                    throw BadFile.Because("formula", "A cell holds a formula. Formulas are not worked out here: paste their values and save again.");
                case "v" or "is" when !isFilled:
                    isFilled = true;
                    if (++filled > options.MaxRows + 1) throw BadFile.Because("too-many-rows", $"A table has at most {options.MaxRows} rows.");
                    break;
                case "v" or "is" or "t" or "r" or "rPr" or "rPh":
                    break;
                default:
                    if (++others > MostBesideCells)
                        throw BadFile.Because("too-many-parts", "A sheet has more beside its cells than any table needs.");
                    break;
            }
        }
    }

    // Where the sheets, their texts and styles are: nowhere but where they were looked over.
    private static void CheckTarget(XmlReader reader, IReadOnlySet<string> parts)
    {
        if (reader.LocalName != "Relationship" || reader.GetAttribute("Type")?.Split('/')[^1] is not { } type) return;
        var target = reader.GetAttribute("Target") ?? "";
        var isGood = type switch
        {
            "worksheet" => (target.StartsWith('/') ? target[1..] : $"xl/{target}") is var name && IsSheet(name) && parts.Contains(name),
            "officeDocument" => target.TrimStart('/') == "xl/workbook.xml",
            "sharedStrings" or "styles" => true,
            _ => true,
        };
        if (!isGood || (type is "worksheet" or "sharedStrings" or "styles"
            && (target.Contains("..", StringComparison.Ordinal) || !target.EndsWith(".xml", StringComparison.OrdinalIgnoreCase))))
            throw Damaged();
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

    private static bool IsSheet(string name) =>
        name.StartsWith("xl/worksheets/", StringComparison.OrdinalIgnoreCase) && !name.Contains("_rels/", StringComparison.OrdinalIgnoreCase);

    // Some programs part folders as their system does.
    private static string NameOf(ZipArchiveEntry entry) => entry.FullName.Replace('\\', '/');

    private static bool IsNamed(ZipArchiveEntry entry, string name) => entry.FullName.EndsWith(name, StringComparison.OrdinalIgnoreCase);

    private static DomainException Damaged() =>
        BadFile.Because("damaged", "The spreadsheet is damaged, encrypted, or has parts that none has (such as definitions of its own).");

    private static bool IsXml(string name) =>
        name.EndsWith(".xml", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".rels", StringComparison.OrdinalIgnoreCase);
}

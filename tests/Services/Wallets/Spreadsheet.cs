using System.IO.Compression;
using System.Security;
using System.Text;

namespace Services.Wallets;

/// <summary>Makes spreadsheets, good ones and hostile ones, part by part.</summary>
internal static class Spreadsheet
{
    /// <summary>A sheet with these rows of texts.</summary>
    public static byte[] Of(IEnumerable<string[]> rows)
    {
        var text = new StringBuilder();
        foreach (var (index, row) in rows.Index())
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"<row r=\"{index + 1}\">");
            foreach (var (column, cell) in row.Index())
                text.Append(System.Globalization.CultureInfo.InvariantCulture,
                    $"<c r=\"{(char)('A' + column)}{index + 1}\" t=\"inlineStr\"><is><t>{SecurityElement.Escape(cell)}</t></is></c>");
            text.Append("</row>");
        }

        return WithSheet($"<sheetData>{text}</sheetData>");
    }

    /// <summary>A spreadsheet whose only sheet has this inside, with further parts beside it.</summary>
    public static byte[] WithSheet(string inside, string before = "", params (string Name, byte[] Content)[] more) =>
        At("worksheets/sheet1.xml", "xl/worksheets/sheet1.xml", inside, before, more);

    /// <summary>The same whose workbook says that the sheet is at the target, while the part is called something else, perhaps.</summary>
    public static byte[] At(string target, string part, string inside, string before = "", params (string Name, byte[] Content)[] more)
    {
        const string main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        const string relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        const string package = "http://schemas.openxmlformats.org/package/2006";
        using var file = new MemoryStream();
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add("[Content_Types].xml", $"""
                <Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/>
                <Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
                <Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
                <Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>
                </Types>
                """);
            Add("_rels/.rels", $"""
                <Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>
                """);
            Add("xl/workbook.xml", $"""
                <workbook xmlns="{main}" xmlns:r="{relations}"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>
                """);
            Add("xl/_rels/workbook.xml.rels", $"""
                <Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{relations}/worksheet" Target="{target}"/></Relationships>
                """);
            Add(part, $"""{before}<worksheet xmlns="{main}">{inside}</worksheet>""");
            foreach (var (name, content) in more)
            {
                using var other = archive.CreateEntry(name).Open();
                other.Write(content);
            }

            void Add(string name, string text)
            {
                using var one = archive.CreateEntry(name, CompressionLevel.Fastest).Open();
                one.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return file.ToArray();
    }
}

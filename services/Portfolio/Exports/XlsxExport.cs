using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Portfolio.Exports;

/// <summary>
/// A spreadsheet (ECMA-376) of texts, written as a stream: each sheet is packed while its rows come, another begins where one is full, and what
/// names the sheets comes last. Amounts are texts, since the numbers of spreadsheets keep 15 digits.
/// </summary>
internal sealed class XlsxExport(Stream outside, ExportColumns columns, int sheetRows = XlsxExport.MostRows) : IExportWriter
{
    public const int MostRows = 1_048_576;

    private const string Main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    private const string Relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    private const string Package = "http://schemas.openxmlformats.org/package/2006";
    private const string Parts = "application/vnd.openxmlformats-officedocument.spreadsheetml";
    private const string Declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>";

    private readonly HeldWrites body = new(outside);
    private readonly StringBuilder text = new();
    private ZipArchive? archive;
    private Stream? sheet;
    private int sheets;
    private int rows;

    public async Task WriteAsync(IReadOnlyList<ExportedTransaction> batch, CancellationToken ct)
    {
        foreach (var one in batch)
        {
            if (sheet is null || rows == sheetRows) await BeginSheetAsync(ct);
            AppendRow(columns.Cells(one));
            if (text.Length > 32 * 1024) await WriteOutAsync(ct);
        }

        await WriteOutAsync(ct);
        await body.FlushAsync(ct);
    }

    public async Task EndAsync(CancellationToken ct)
    {
        if (sheet is null) await BeginSheetAsync(ct);
        await EndSheetAsync(ct);
        var numbers = Enumerable.Range(1, sheets).Select(number => number.ToString(CultureInfo.InvariantCulture)).ToList();
        await PartAsync("xl/workbook.xml", $"""
            {Declaration}<workbook xmlns="{Main}" xmlns:r="{Relations}"><sheets>
            {Each("""<sheet name="Transactions {0}" sheetId="{0}" r:id="rId{0}"/>""")}</sheets></workbook>
            """, ct);
        await PartAsync("xl/_rels/workbook.xml.rels", $"""
            {Declaration}<Relationships xmlns="{Package}/relationships">
            {Each("<Relationship Id=\"rId{0}\" Type=\"" + Relations + "/worksheet\" Target=\"worksheets/sheet{0}.xml\"/>")}</Relationships>
            """, ct);
        await PartAsync("_rels/.rels", $"""
            {Declaration}<Relationships xmlns="{Package}/relationships">
            <Relationship Id="rId1" Type="{Relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>
            """, ct);
        await PartAsync("[Content_Types].xml", $"""
            {Declaration}<Types xmlns="{Package}/content-types">
            <Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
            <Override PartName="/xl/workbook.xml" ContentType="{Parts}.sheet.main+xml"/>
            {Each("<Override PartName=\"/xl/worksheets/sheet{0}.xml\" ContentType=\"" + Parts + ".worksheet+xml\"/>")}</Types>
            """, ct);
        await archive!.DisposeAsync();
        archive = null;
        await body.FlushAsync(ct);

        string Each(string part) => string.Concat(numbers.Select(number => part.Replace("{0}", number, StringComparison.Ordinal)));
    }

    // One that broke off is left without its end, so that nobody takes it for whole.
    public ValueTask DisposeAsync() => body.DisposeAsync();

    private async Task BeginSheetAsync(CancellationToken ct)
    {
        if (sheet is not null) await EndSheetAsync(ct);
        archive ??= await ZipArchive.CreateAsync(body, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, ct);
        sheets++;
        rows = 0;
        var entry = archive.CreateEntry($"xl/worksheets/sheet{sheets.ToString(CultureInfo.InvariantCulture)}.xml", CompressionLevel.Fastest);
        sheet = await entry.OpenAsync(ct);
        text.Append(CultureInfo.InvariantCulture, $"{Declaration}<worksheet xmlns=\"{Main}\"><sheetData>");
        AppendRow([.. columns.All.Select(column => column.Name)]);
    }

    private async Task EndSheetAsync(CancellationToken ct)
    {
        text.Append("</sheetData></worksheet>");
        await WriteOutAsync(ct);
        await sheet!.DisposeAsync();
        sheet = null;
    }

    private void AppendRow(ReadOnlySpan<string> cells)
    {
        rows++;
        text.Append("<row>");
        foreach (var cell in cells)
        {
            if (cell.Length == 0)
            {
                text.Append("<c/>");
                continue;
            }

            text.Append("<c t=\"inlineStr\"><is><t xml:space=\"preserve\">");
            foreach (var letter in cell) AppendLetter(letter);
            text.Append("</t></is></c>");
        }

        text.Append("</row>");
    }

    private void AppendLetter(char letter)
    {
        switch (letter)
        {
            case '&': text.Append("&amp;"); break;
            case '<': text.Append("&lt;"); break;
            case '>': text.Append("&gt;"); break;
            // XML has no such characters, and a provider's token may be called anything.
            case < ' ' and not ('\t' or '\n' or '\r') or '\uFFFE' or '\uFFFF': text.Append('\uFFFD'); break;
            default: text.Append(letter); break;
        }
    }

    private async Task WriteOutAsync(CancellationToken ct)
    {
        if (text.Length == 0) return;
        await sheet!.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), ct);
        text.Clear();
    }

    private async Task PartAsync(string name, string content, CancellationToken ct)
    {
        await using var part = await archive!.CreateEntry(name, CompressionLevel.Fastest).OpenAsync(ct);
        await part.WriteAsync(Encoding.UTF8.GetBytes(content), ct);
    }
}

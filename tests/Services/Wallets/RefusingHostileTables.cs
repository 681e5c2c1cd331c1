using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Chains;
using ServiceDefaults;
using Shouldly;
using Wallets;
using Xunit;

namespace Services.Wallets;

[Collection(nameof(WalletsService))]
public sealed class RefusingHostileTables(WalletsService service)
{
    private const string Cell = "<c r=\"A1\" t=\"inlineStr\"><is><t>address</t></is></c>";

    public static TheoryData<string, byte[], string> Files => new()
    {
        { "nothing", [], "empty" },
        { "only a header", Text("address\n\n\n"), "empty" },
        { "no header", Text($"{Api.Genesis}\n{Api.Segwit}"), "header-missing" },
        { "two columns of addresses", Text("address,Wallet Address\na,b"), "header-twice" },
        { "Latin-1", [.. Text("address,label\n"), .. Text(Api.Genesis), (byte)',', 0xE4, 0xF6], "encoding" },
        { "UTF-16 without a mark", Encoding.Unicode.GetBytes("address\nx"), "encoding" },
        { "UTF-32", [0xFF, 0xFE, 0, 0, .. Encoding.UTF32.GetBytes("address\nx")], "encoding" },
        { "half a character of UTF-16", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("address\n"), 0x3D, 0xD8], "encoding" },
        { "zeros", new byte[1000], "encoding" },
        { "a million columns", Text("address" + new string(',', 1_000_000)), "too-many-columns" },
        { "a million columns below the header", Text("address\n" + new string(',', 1_000_000)), "too-many-columns" },
        { "a quote that is never closed", Text($"address,label\n{Api.Genesis},\"open\nmore\n"), "quote" },
        { "a cell of megabytes", Text($"address\n\"{new string('x', 2_000_000)}\""), "cell-too-long" },
        { "50,001 rows", Text("address\n" + string.Join('\n', Enumerable.Repeat("x", 50_001))), "too-many-rows" },
        { "an old spreadsheet", [0xD0, 0xCF, 0x11, 0xE0, 1, 2, 3], "old-spreadsheet" },
        { "a packed file that is none", Zip(("a.txt", Text("x"))), "not-a-spreadsheet" },
        { "half a spreadsheet", Spreadsheet.Of([["address"], ["x"]])[..400], "damaged" },
        { "a formula", Sheet("<row r=\"1\">" + Cell + "</row><row r=\"2\"><c r=\"A2\"><f>1+1</f><v>2</v></c></row>"), "formula" },
        { "a cell in column ZZZZZZ", Sheet("<row r=\"1\">" + Cell + "<c r=\"ZZZZZZ1\"><v>1</v></c></row>"), "too-many-columns" },
        { "a row beyond all", Sheet("<row r=\"2000000000\">" + Cell + "</row>"), "too-many-rows" },
        { "entities", Spreadsheet.WithSheet(
            "<sheetData/>", "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b SYSTEM \"file:///etc/passwd\">]>"), "damaged" },
        { "a bomb", Spreadsheet.WithSheet("<sheetData/>", "", ("xl/media/big.bin", new byte[200_000_000])), "unpacks-too-large" },
        { "a bomb of texts", Spreadsheet.WithSheet("<sheetData/>", "", ("xl/sharedStrings.xml", Padded(40_000_000))), "unpacks-too-large" },
        { "a thousand parts", Zip([.. Enumerable.Range(0, 1000).Select(i => ($"xl/p{i}.xml", Text("<x/>")))]), "too-many-parts" },
        { "cells without a place", Sheet($"<row>{string.Concat(Enumerable.Repeat("<c/>", 60))}</row>"), "too-many-columns" },
        { "a text of megabytes", Sheet($"<row><c t=\"inlineStr\"><is><t>{Noise(3_000_000)}</t></is></c></row>"), "cell-too-long" },
        { "an attribute of megabytes", Sheet($"<row spans=\"{Noise(3_000_000)}\"/>"), "cell-too-long" },
        { "a million merged cells", Sheet("</sheetData><mergeCells>"
            + string.Concat(Enumerable.Range(0, 300_000).Select(i => $"<mergeCell ref=\"A{i}:B{i}\"/>"))
            + "</mergeCells><sheetData>"), "too-many-parts" },
        { "elements inside each other without end", Sheet(string.Concat(Enumerable.Range(0, 500_000).Select(i => $"<a{i}>"))), "damaged" },
        { "a sheet where none is looked for", Spreadsheet.WithSheet("<sheetData/>", "", ("xl/_rels/x.rels",
            Text("<Relationships><Relationship Id=\"r\" Type=\"x/worksheet\" Target=\"worksheets/../media/a.xml\"/></Relationships>"))), "damaged" },
        { "a sheet in a folder that is called alike", Elsewhere("/other/worksheets/sheet1.xml", "other/worksheets/sheet1.xml", "XFD1"), "damaged" },
        { "a sheet below that folder", Elsewhere("other/worksheets/sheet1.xml", "xl/other/worksheets/sheet1.xml", "FXSHRXW1"), "damaged" },
        { "a sheet where only names are", Elsewhere("worksheets/_rels/sheet1.xml", "xl/worksheets/_rels/sheet1.xml", "ZZZZZ1"), "damaged" },
        { "a sheet that is not there", Elsewhere("worksheets/sheet2.xml", "xl/worksheets/sheet1.xml", "A1"), "damaged" },
        { "a sheet whose folders are parted otherwise", Elsewhere("worksheets/sheet1.xml", @"xl\worksheets\sheet1.xml", "XFD1"), "too-many-columns" },
        { "UTF-16 inside", Spreadsheet.WithSheet("<sheetData/>", "", ("xl/styles.xml", Encoding.Unicode.GetBytes("<a/>"))), "damaged" },
        { "parts that claim to be smaller than they are", Lying(
            Sheet($"<row><c><v>{string.Concat(Enumerable.Range(0, 100_000))}</v></c></row>")), "damaged" },
        { "macros", Spreadsheet.WithSheet("<sheetData/>", "", ("xl/vbaProject.bin", [1])), "macros" },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void a_file_that_cannot_be_read_as_a_table_is_refused_with_the_reason(string what, byte[] content, string code)
    {
        var refused = Should.Throw<DomainException>(() => content.Length == 0
            ? throw BadFile.Because("empty", "x")
            : StartImport.Read(Networks.Shipped, content, null, new ImportOptions()), what);
        refused.Problem.Code.ShouldBe("invalid-file", what);
        refused.Errors.ShouldHaveSingleItem().Code.ShouldBe(code, what);
    }

    [Fact]
    public async Task a_file_of_100_megabytes_or_of_another_kind_is_refused_and_a_refused_one_leaves_nothing()
    {
        using var client = service.As(TestIdentity.Someone());
        using var large = new ByteArrayContent(new byte[100_000_000]) { Headers = { ContentType = new MediaTypeHeaderValue("text/csv") } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/wallets/import") { Content = large };
        // So that the refusal can be heard before all is sent.
        request.Headers.ExpectContinue = true;
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        await answer.Problem("body-too-large");

        await client.SendForProblem(
            HttpMethod.Post, "/api/v1/wallets/import", new StringContent("{}", null, "application/json"), "unsupported-media-type");
        await client.SendForProblem(HttpMethod.Post, "/api/v1/wallets/import", new StringContent("", null, "text/csv"), "invalid-file");
        await client.SendForProblem(HttpMethod.Post, "/api/v1/wallets/import", new StringContent("no table", null, "text/csv"), "invalid-file");
        using var form = new MultipartFormDataContent { { new StringContent("x"), "other" } };
        await client.SendForProblem(HttpMethod.Post, "/api/v1/wallets/import", form, "invalid-file");
        (await client.GetOk("/api/v1/imports"))["data"]!.AsArray().ShouldBeEmpty();
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Sheet(string rows) => Spreadsheet.WithSheet($"<sheetData>{rows}</sheetData>");

    private static byte[] Elsewhere(string target, string part, string place) => Spreadsheet.At(
        target, part, $"<sheetData><row r=\"1\">{Cell}<c r=\"{place}\"><v>1</v></c></row><row r=\"2147483647\"/></sheetData>");

    // Packs badly, so that it is not refused for how far it unpacks.
    private static string Noise(int length)
    {
        var random = new Random(1);
        return string.Create(length, random, static (text, random) =>
        {
            for (var i = 0; i < text.Length; i++) text[i] = (char)('a' + random.Next(26));
        });
    }

    // The central directory has each part's size unpacked at byte 24 of its entry.
    private static byte[] Lying(byte[] archive)
    {
        for (var at = 0; at + 28 < archive.Length; at++)
        {
            if (archive.AsSpan(at, 4).SequenceEqual((byte[])[(byte)'P', (byte)'K', 1, 2])) BitConverter.GetBytes(100).CopyTo(archive, at + 24);
        }

        return archive;
    }

    private static byte[] Padded(int size) => Text($"<sst>{new string(' ', size)}</sst>");

    private static byte[] Zip(params (string Name, byte[] Content)[] parts)
    {
        using var file = new MemoryStream();
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in parts)
            {
                using var part = archive.CreateEntry(name).Open();
                part.Write(content);
            }
        }

        return file.ToArray();
    }
}

using System.Globalization;
using System.Numerics;
using System.Text;
using Chains;
using Contracts;
using CsCheck;
using ExcelDataReader;
using Portfolio;
using Portfolio.Exports;
using Portfolio.Prices;
using Portfolio.Transactions;
using ServiceDefaults;
using Shouldly;
using Xunit;

namespace Unit.Portfolio.Exports;

public sealed class WritingExports
{
    private static readonly DateTimeOffset At = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static readonly Guid Wallet = new("0190aaaa-0000-7000-8000-000000000001");
    private static readonly string Coin = Networks.Bitcoin.Native.Caip19;

    [Fact]
    public void whatever_a_text_is_its_cell_begins_no_formula_and_it_is_still_in_it() =>
        Gen.OneOf(Gen.Char, Gen.Char["=+-@\t\r\n;,\" '\uFF1D\uFF0B\uFF0D\uFF20ab"]).Array[0, 40].Sample(letters =>
        {
            var text = new string(letters);
            var cell = SafeCell.Of(text);
            (cell.Length == 0 || !"\t\r\n".Contains(cell[0], StringComparison.Ordinal)).ShouldBeTrue(text);
            foreach (var part in cell.Split(';', '\t', '\r', '\n'))
            {
                var begin = part.TrimStart().TrimStart('"');
                (begin.Length == 0 || !"=+-@\uFF1D\uFF0B\uFF0D\uFF20".Contains(begin[0], StringComparison.Ordinal)).ShouldBeTrue(text);
            }

            cell.Replace("'", "", StringComparison.Ordinal).ShouldBe(text.Replace("'", "", StringComparison.Ordinal));
        });

    [Theory]
    [InlineData("a;=1+1", "a;'=1+1")]
    [InlineData("a; \"=1+1", "a; \"'=1+1")]
    [InlineData("a\n+1", "a\n'+1")]
    [InlineData("\uFF1D1", "'\uFF1D1")]
    [InlineData("a-b, c+d; e=f", "a-b, c+d; e=f")]
    public void a_cell_may_begin_inside_of_a_text(string text, string cell) => SafeCell.Of(text).ShouldBe(cell);

    [Fact]
    public void a_cursor_is_read_back_as_it_was_written_and_a_mangled_one_is_refused() =>
        Gen.Select(Gen.Guid, Gen.Long[0, long.MaxValue], Gen.ULong, Gen.Long[0, DateTime.MaxValue.Ticks - 10], Gen.UInt).Sample(
            (ledger, height, mark, ticks, network) =>
        {
            var cursor = new ExportCursor(ledger, height, mark, new DateTimeOffset(ticks, TimeSpan.Zero), network);
            var text = cursor.Write();
            text.Length.ShouldBe(59);
            ExportCursor.Read(text).ShouldBe(cursor);
            Should.Throw<DomainException>(() => ExportCursor.Read(text[1..])).Problem.Code.ShouldBe("cursor-invalid");
            Should.Throw<DomainException>(() => ExportCursor.Read($"{text[..^1]}!")).Problem.Code.ShouldBe("cursor-invalid");
        });

    [Fact]
    public void a_cursor_of_the_end_of_all_time_is_refused()
    {
        foreach (var ticks in new[] { DateTime.MaxValue.Ticks, DateTime.MaxValue.Ticks - 9 })
        {
            var text = new ExportCursor(Wallet, 1, 2, new DateTimeOffset(ticks, TimeSpan.Zero), 3).Write();
            Should.Throw<DomainException>(() => ExportCursor.Read(text)).Problem.Code.ShouldBe("cursor-invalid");
        }
    }

    [Fact]
    public async Task a_full_sheet_is_followed_by_another_with_the_header_again()
    {
        using var file = new MemoryStream();
        var columns = Columns("A & <B> \u0001\u00e4");
        await using var export = new XlsxExport(file, columns, sheetRows: 4);
        await export.WriteAsync([.. Enumerable.Range(1, 7).Select(number => Row(number, number))], Token);
        await export.EndAsync(Token);

        var sheets = Sheets(file.ToArray());
        sheets.Select(sheet => sheet.Count).ShouldBe([4, 4, 2]);
        sheets.ShouldAllBe(sheet => sheet[0].SequenceEqual(columns.All.Select(column => column.Name)));
        var wallet = sheets[0][0].IndexOf("wallet");
        sheets[2][1][wallet].ShouldBe("A & <B> \uFFFD\u00e4");
        sheets.SelectMany(sheet => sheet.Skip(1)).Select(row => row[sheets[0][0].IndexOf("height")]).ShouldBe(["1", "2", "3", "4", "5", "6", "7"]);
    }

    [Fact]
    public async Task an_export_of_nothing_has_its_header()
    {
        using var sheet = new MemoryStream();
        await using (var export = new XlsxExport(sheet, Columns("w"))) await export.EndAsync(Token);
        Sheets(sheet.ToArray()).ShouldHaveSingleItem().ShouldHaveSingleItem()[0].ShouldBe("time");

        using var table = new MemoryStream();
        await using (var export = new CsvExport(table, Columns("w"))) await export.EndAsync(Token);
        Encoding.UTF8.GetString(table.ToArray()).ShouldBe(string.Join(',', Columns("w").All.Select(column => column.Name)) + "\r\n");
    }

    [Fact]
    public void a_value_is_the_amount_at_its_days_price_with_who_told_it()
    {
        var columns = Columns("w");
        var priced = Row(1, -150_000_000) with { Price = new Price(65_432.105m, "coingecko", At) };
        var cells = columns.All.Zip(columns.Cells(priced)).ToDictionary(cell => cell.First.Name, cell => cell.Second);
        (cells["amount"], cells["value"], cells["price"], cells["priceSource"], cells["currency"])
            .ShouldBe(("-1.5", "-98148.16", "65432.105", "coingecko", "USD"));
        cells = columns.All.Zip(columns.Cells(Row(1, 5))).ToDictionary(cell => cell.First.Name, cell => cell.Second);
        (cells["value"], cells["price"], cells["currency"]).ShouldBe(("", "", ""), "what has no price is worth nobody knows what, never nothing");
    }

    [Fact]
    public void counterparties_are_ten_at_most_and_how_many_more()
    {
        var others = Enumerable.Range(0, 13).Select(number => new Party($"a{number}", 1));
        var many = Row(1, 5, [.. others, new Party("own", 1), new Party(null, 1), new Party("a0", 1)]);
        var columns = Columns("w");
        var place = columns.All.Index().Single(column => column.Item.Name == "counterparties").Index;
        columns.Cells(many)[place].ShouldBe("a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 +3");
    }

    private static ExportColumns Columns(string wallet) => new(
        new([Wallet], ["bitcoin"], new Dictionary<Guid, (string, string[])> { [Wallet] = (wallet, []) }, new Dictionary<Guid, string[]>()),
        Currency.Usd);

    private static ExportedTransaction Row(long height, BigInteger delta, IReadOnlyList<Party>? from = null)
    {
        var key = new TransactionKey(height, 0, 0, $"{height:x64}", Coin, Guid.Empty);
        var row = new TransactionRow(
            key, Guid.Empty, "own", "bitcoin", delta, At, true, false, "h", 7, false, from ?? [], [], 100, 10, false, Wallet, null);
        var view = RunningBalances.Views(
            Networks.Shipped, new AssetNames(Networks.Shipped, new Dictionary<(string, string), Asset>()), [row], backward: true)[0].View;
        return new(row, view, null, null, ExportCursor.Of(key, (At, "bitcoin")));
    }

    private static List<List<List<string>>> Sheets(byte[] file)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        using var reader = ExcelReaderFactory.CreateOpenXmlReader(new MemoryStream(file));
        var sheets = new List<List<List<string>>>();
        do
        {
            var sheet = new List<List<string>>();
            while (reader.Read())
                sheet.Add([.. Enumerable.Range(0, reader.FieldCount)
                    .Select(column => Convert.ToString(reader.GetValue(column), CultureInfo.InvariantCulture) ?? "")]);
            sheets.Add(sheet);
        }
        while (reader.NextResult());
        return sheets;
    }
}

using System.Globalization;
using System.IO.Compression;
using CsvHelper;
using Fractions;
using Portfolio.Exports;
using Portfolio.Prices;
using ServiceDefaults;

namespace Portfolio.Performance;

/// <summary>A year's gains as CSV, a row for each lot of each disposal and for each income.</summary>
internal sealed class ExportGains(GainsReport report, WalletAccess access, TimeProvider time)
{
    private const string ContentType = "text/csv";

    private static readonly string[] Columns =
    [
        "time", "network", "asset", "symbol", "txid", "wallet", "kind", "acquired", "quantity", "proceeds", "cost", "gain", "currency", "term",
        "basis", "missing", "provisional",
    ];

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/portfolio/gains.csv", (
                HttpContext context, Caller caller, [AsParameters] GainsRequest request, ExportGains export, CancellationToken ct) =>
                export.SendAsync(context, caller, request, ct))
            .RequireScope(Scopes.PortfolioRead)
            .WithProblems("wallet-not-found", "invalid-parameter")
            .Produces<string>(StatusCodes.Status200OK, ContentType)
            .WithName("ExportGains")
            .WithTags("Portfolio")
            .WithSummary("Tells a year's gains as CSV: a row for each lot of each disposal, and for each income")
            .WithDescription("Network by network in the order of the chain. What is not known is an empty cell. " + GetGains.Rules);

    private async Task SendAsync(HttpContext context, Caller caller, GainsRequest asked, CancellationToken ct)
    {
        var query = GainsQuery.Read(asked, time);
        if (query.Wallet is { } wallet) await access.RequireAsync(caller, wallet, ct);
        var open = await report.OpenAsync(caller, query, ct);

        await using var rows = Spool();
        await using (var packed = new GZipStream(rows, CompressionLevel.Fastest, leaveOpen: true))
        await using (var csv = CsvWriter.Create(packed, CsvWriterOptions.Default, leaveOpen: true))
        {
            await WriteAsync(csv, Columns, ct);
            await foreach (var entry in report.ReadAsync(caller, query, open, ct))
            {
                foreach (var row in Rows(entry, query.Currency, open.Provisional)) await WriteAsync(csv, row, ct);
            }
        }

        rows.Position = 0;
        context.Response.ContentType = $"{ContentType}; charset=utf-8; header=present";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"gains-{query.Year}.csv\"";
        await using var unpacked = new GZipStream(rows, CompressionMode.Decompress);
        await unpacked.CopyToAsync(context.Response.Body, ct);
    }

    // All rows are there before the first is sent: whoever reads slowly would hold a connection of the database. Packed, since the place for
    // temporary files may be small and may be memory.
    private static FileStream Spool() => new(
        Path.GetTempFileName(), FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 4096,
        FileOptions.DeleteOnClose | FileOptions.Asynchronous);

    internal static IEnumerable<string?[]> Rows(AssetEntry one, Currency currency, bool provisional)
    {
        switch (one.Entry)
        {
            case LotEntry.Income income:
                yield return Row(
                    income.Kind, null, income.Quantity, income.Value, Fraction.Zero, "income", "known", income.Value is null ? "proceeds" : null);
                break;
            case LotEntry.Ignored ignored:
                yield return Row("ignoredFee", null, ignored.Quantity, null, ignored.Cost, null, null, null);
                break;
            case LotEntry.Disposal disposal:
                foreach (var part in disposal.Fractions)
                {
                    var missing = string.Join(' ', new[] { part.Proceeds is null ? "proceeds" : null, part.Missing }.OfType<string>());
                    yield return Row(
                        disposal.Kind, part.AcquiredAt, part.Quantity, part.Proceeds, part.Cost, part.Term, disposal.Basis, missing);
                }

                break;
        }

        string?[] Row(
            string kind, DateTimeOffset? acquired, Fraction quantity, Fraction? proceeds, Fraction? cost, string? term, string? basis,
            string? missing) =>
        [
            Time(one.Entry.At), one.Network, one.Asset.Caip19, SafeCell.Of(one.Asset.Symbol), one.Entry.Id, one.Entry.Place.ToString(), kind,
            Time(acquired),
            GainsSums.MoneyOf(quantity, one.Asset).Display, Text(proceeds), Text(cost), Text(proceeds - cost), currency.Code, term, basis, missing,
            provisional ? "true" : "false",
        ];

        string? Text(Fraction? exact) => exact is { } known ? Worth.Text(known, currency.Digits) : null;
    }

    private static string? Time(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static async Task WriteAsync(CsvWriter csv, string?[] row, CancellationToken ct)
    {
        foreach (var cell in row) csv.WriteField(cell);
        await csv.EndRecordAsync(ct);
    }
}

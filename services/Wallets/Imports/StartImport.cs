using System.ComponentModel;
using Chains;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Npgsql;
using ServiceDefaults;

namespace Wallets;

/// <summary>
/// A table of addresses is taken in. It is read and judged at once, as far as that goes without knowing any wallet, so that a file that cannot be
/// read is refused as a whole and what stands in a refused row is kept nowhere; wallets are changed in the background.
/// </summary>
internal static class StartImport
{
    /// <summary>The rows of a file, each judged as far as it can be.</summary>
    /// <exception cref="DomainException"><c>invalid-file</c>.</exception>
    public static IReadOnlyList<PlannedRow> Read(
        NetworkCatalogue networks, byte[] content, Guid? wallet, ImportOptions options, CancellationToken ct = default)
    {
        if (XlsxTable.IsOld(content))
            throw BadFile.Because("old-spreadsheet", "This is a spreadsheet of an old kind (XLS), or one under a password; save it as XLSX.");
        var rows = new List<PlannedRow>();
        TableColumns? columns = null;
        foreach (var (line, cells) in XlsxTable.Is(content) ? XlsxTable.Read(content, options, ct) : CsvTable.Read(content, options))
        {
            if (columns is null)
            {
                columns = TableColumns.Read(cells);
                continue;
            }

            if (columns.Row(line, cells) is not { } row) continue;
            if (rows.Count == options.MaxRows) throw BadFile.Because("too-many-rows", $"A table has at most {options.MaxRows} rows.");
            rows.Add(PlannedRow.Of(networks, row, wallet?.ToString(), options.MaxCellLength));
        }

        return rows.Count > 0 ? rows : throw BadFile.Because("empty", "The table has no rows below its header.");
    }

    public static void Map(IEndpointRouteBuilder app)
    {
        var largest = app.ServiceProvider.GetRequiredService<IOptions<ImportOptions>>().Value.MaxUploadBytes + Uploads.FormOverhead;
        app.MapPost("/wallets/import", async Task<Accepted<ImportView>> (
                [Description("Change nothing; say what would become of each row.")] bool? dryRun,
                [Description("The wallet of rows that name none, by its id.")] Guid? walletId,
                HttpRequest request, Caller caller, BeginImport begin, NetworkCatalogue networks, NpgsqlDataSource database,
                IOptions<ImportOptions> options, CancellationToken ct) =>
            {
                if (walletId is { } wallet) await GetWallet.ReadAsync(database, caller, wallet, ct);
                return await begin.RunAsync(
                    request, caller, ImportKinds.Addresses, dryRun ?? false, content => Read(networks, content, walletId, options.Value, ct), ct);
            })
            .RequireScope(Scopes.WalletsWrite)
            .Accepts<byte[]>("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/octet-stream",
                "multipart/form-data")
            .WithMetadata(new RequestSizeLimitAttribute(largest))
            .WithSummary("Imports a table of addresses, CSV or XLSX; the Location shows its progress and each row's verdict.")
            .WithDescription("The first row names the columns: `address`, and beside it `wallet` (a label or an id; one that you have none of is " +
                "made), `network`, `label`, `tags`, in any order and case. Separated by commas, semicolons or tabs; in UTF-8, or UTF-16 with its " +
                "mark. The file is the body itself, or the file of a form. At most 20 MB, 50,000 rows and 50 columns. Sent again it changes nothing.")
            .WithProblems("wallet-not-found", "invalid-file", "too-many", "body-too-large", "request-timeout", "rate-limited",
                "unsupported-media-type");
    }
}

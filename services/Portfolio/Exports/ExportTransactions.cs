using System.Diagnostics;
using Chains;
using Microsoft.Extensions.Options;
using Npgsql;
using Portfolio.Assets;
using ServiceDefaults;

namespace Portfolio.Exports;

/// <summary>
/// Sends all transactions of some wallets as one file, however many they are: read, written and sent batch by batch. A file that breaks off ends
/// without the end that its transfer has, and goes on behind any of its rows.
/// </summary>
internal sealed class ExportTransactions(
    NpgsqlDataSource database, WalletAccess access, TransactionHistory history, AssetMarks marks, NetworkCatalogue networks,
    IOptions<ExportOptions> options)
{
    private static readonly TimeSpan SoonEnough = TimeSpan.FromSeconds(30);
    private readonly UserPlaces places = new(options.Value.AtOnce, options.Value.AtOnceOfUser);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v1/export/transactions", (
                HttpContext context, Caller caller, [AsParameters] ExportRequest request, ExportTransactions export, NetworkCatalogue networks) =>
                export.SendAsync(context, caller, ExportFilter.Read(networks, request.Format, request.Wallet, request.Rest)))
            .RequireScope(Scopes.PortfolioRead)
            .WithProblems("wallet-not-found", "invalid-parameter", "unknown-network", "cursor-invalid", "rate-limited")
            .AsFleeting()
            .Produces<string>(StatusCodes.Status200OK, "text/csv", "application/x-ndjson",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
            .WithName("ExportTransactions")
            .WithTags("Exports")
            .WithSummary("Exports all transactions, oldest first, without a cap")
            .WithDescription("A row says what one transaction changed for one address and one asset, the address's balance after it, and what it " +
                "was worth by its day's price. What is in no block is left out, and so is what a reorganisation took out of the chain. An " +
                "address in several wallets is there once. `koinly` and `cointracking` have a line for what a transaction did to all wallets " +
                "together, and leave out what is marked as spam, which the other formats name in `leftOut` and give no value. Each row " +
                "of the other formats has its `cursor`: an export that breaks off goes on with `after`. No cell begins a formula.");

        app.MapGet("/api/v1/wallets/{id:guid}/transactions.csv", (
                HttpContext context, Guid id, Caller caller, [AsParameters] WalletExportRequest request, ExportTransactions export,
                NetworkCatalogue networks) =>
                export.SendAsync(context, caller, ExportFilter.Read(networks, ExportFormats.Csv, id, request)))
            .RequireScope(Scopes.PortfolioRead)
            .WithProblems("wallet-not-found", "invalid-parameter", "unknown-network", "cursor-invalid", "rate-limited")
            .AsFleeting()
            .Produces<string>(StatusCodes.Status200OK, "text/csv")
            .WithName("ExportWallet")
            .WithTags("Exports")
            .WithSummary("Exports all transactions of a wallet as CSV, oldest first, without a cap")
            .WithDescription("The same as `/export/transactions?format=csv&wallet=…`.");
    }

    private async Task SendAsync(HttpContext context, Caller caller, ExportFilter filter)
    {
        var ct = context.RequestAborted;
        if (filter.Wallet is { } wallet) await access.RequireAsync(caller, wallet, ct);
        using var place = places.TryTake(caller.UserId)
            ?? throw new DomainException("rate-limited", "No more exports are written here at a time; try again soon.") { RetryAfter = SoonEnough };
        var tags = new TagList { { "format", filter.Format } };
        PortfolioMetrics.ExportsRunning.Add(1);
        var outcome = "broken";
        try
        {
            var scope = await ExportScope.ReadAsync(database, marks, caller, filter, ct);
            await using var batches = history.ReadAsync(caller.UserId, scope, filter, ct).GetAsyncEnumerator(ct);
            // Before the answer begins, so that what cannot be read is a problem and not half a file.
            var more = await batches.MoveNextAsync();
            var response = context.Response;
            response.ContentType = ExportFormats.ContentType(filter.Format);
            response.Headers.ContentDisposition = $"attachment; filename=\"transactions.{ExportFormats.Extension(filter.Format)}\"";
            response.Headers.CacheControl = "no-store";
            await using var writer = Writer(response.Body, scope, filter);
            for (; more; more = await batches.MoveNextAsync())
            {
                await writer.WriteAsync(batches.Current, ct);
                PortfolioMetrics.ExportRows.Add(batches.Current.Count, tags);
            }

            await writer.EndAsync(ct);
            outcome = "whole";
        }
        finally
        {
            PortfolioMetrics.ExportsRunning.Add(-1);
            PortfolioMetrics.Exports.Add(1, new TagList { { "outcome", outcome } });
        }
    }

    private IExportWriter Writer(Stream body, ExportScope scope, ExportFilter filter)
    {
        var columns = new ExportColumns(scope, filter.Currency);
        return filter.Format switch
        {
            ExportFormats.JsonLines => new JsonLinesExport(body, columns),
            ExportFormats.Xlsx => new XlsxExport(body, columns),
            ExportFormats.Koinly or ExportFormats.CoinTracking => new TaxToolExport(body, networks, scope.Own, filter.Currency, filter.Format),
            _ => new CsvExport(body, columns),
        };
    }
}

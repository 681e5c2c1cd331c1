using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using NpgsqlTypes;
using ServiceDefaults;

namespace Portfolio.Transactions;

/// <summary>The transactions of a wallet's addresses, newest first, with the balance each of them left.</summary>
internal sealed class ListTransactions(NpgsqlDataSource database, WalletAccess access)
{
    private const string Orphaned = "orphaned";

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/wallets/{id:guid}/transactions", async Task<Ok<Page<TransactionView>>> (
                Guid id, Caller caller, [AsParameters] PageRequest page, ListTransactions list, CancellationToken ct,
                [Description("Only this address's transactions, by its id in the wallet.")] Guid? address = null,
                [Description("`orphaned`: also transactions that a reorganisation took out of the chain.")] string? include = null) =>
                TypedResults.Ok(await list.ReadAsync(caller, id, page, address, include, ct)))
            .RequireScope(Scopes.PortfolioRead)
            .WithProblems("wallet-not-found", "address-not-found", "limit-out-of-range", "cursor-invalid", "invalid-parameter")
            .WithName("ListTransactions")
            .WithTags("Transactions")
            .WithSummary("Lists a wallet's transactions, newest first")
            .WithDescription("Each entry says what one transaction changed for one address of the wallet, and the address's balance after it.");

    public async Task<Page<TransactionView>> ReadAsync(
        Caller caller, Guid wallet, PageRequest request, Guid? address, string? include, CancellationToken ct)
    {
        if (include is not (null or Orphaned))
            throw new DomainException("invalid-parameter", "The only thing to include is 'orphaned'.", "?include");

        var place = request.In("transactions", wallet.ToString(), address?.ToString(), include);
        await access.RequireAsync(caller, wallet, ct);
        if (address is { } id) await access.RequireAddressAsync(wallet, id, ct);

        var rows = RunningBalances.Views(await RowsAsync(wallet, address, include is Orphaned, place, ct), place.Backward);
        var page = place.PageOf(rows, row => row.Key.Parts());
        return new([.. page.Data.Select(row => row.View)], page.HasMore, page.Next, page.Prev);
    }

    private async Task<IReadOnlyList<TransactionRow>> RowsAsync(
        Guid wallet, Guid? address, bool orphaned, PagePlace place, CancellationToken ct)
    {
        await using var command = Command(database, wallet, address, orphaned, place);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<TransactionRow>(place.Fetch);
        while (await reader.ReadAsync(ct)) rows.Add(TransactionRow.Read(reader));
        return rows;
    }

    internal static NpgsqlCommand Command(NpgsqlDataSource database, Guid wallet, Guid? address, bool orphaned, PagePlace place)
    {
        var command = database.CreateCommand(TransactionQuery.Page(place.IsStart, place.Backward));
        var parameters = command.Parameters;
        parameters.Add(new() { Value = wallet });
        parameters.Add(new() { Value = (long)place.Fetch });
        parameters.Add(new() { Value = (object?)address ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        parameters.Add(new() { Value = orphaned });
        if (place.IsStart) return command;

        var key = TransactionKey.Of(place);
        parameters.Add(new() { Value = key.Height });
        parameters.Add(new() { Value = key.Position });
        parameters.Add(new() { Value = key.Side });
        parameters.Add(new() { Value = key.Txid });
        parameters.Add(new() { Value = key.Asset });
        parameters.Add(new() { Value = key.LedgerId });
        return command;
    }
}

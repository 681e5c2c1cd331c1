using Chains;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using ServiceDefaults;

namespace Portfolio.Transactions;

/// <summary>The transactions of a wallet's addresses, newest first, with the balance each of them left.</summary>
internal sealed class ListTransactions(NpgsqlDataSource database, WalletAccess access, NetworkCatalogue networks, KnownAssets assets)
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/wallets/{id:guid}/transactions", async Task<Ok<TransactionPage>> (
                Guid id, Caller caller, [AsParameters] PageRequest page, [AsParameters] TransactionFilterRequest filter,
                [AsParameters] NumberedPageRequest numbered, ListTransactions list, NetworkCatalogue networks, CancellationToken ct) =>
                TypedResults.Ok(await list.ReadAsync(caller, id, page, numbered, TransactionFilter.Read(networks, filter), ct)))
            .RequireScope(Scopes.PortfolioRead)
            .WithProblems(
                "wallet-not-found", "address-not-found", "limit-out-of-range", "cursor-invalid", "invalid-parameter", "unknown-network")
            .WithName("ListTransactions")
            .WithTags("Transactions")
            .WithSummary("Lists a wallet's transactions, newest first")
            .WithDescription("Each entry says what one transaction changed for one address of the wallet, and the address's balance after it, "
                + "whatever entries a filter leaves out. Cursors cost the same at any depth and stay in place while transactions arrive; "
                + "numbered pages count from the newest at the moment of asking.");

    public async Task<TransactionPage> ReadAsync(
        Caller caller, Guid wallet, PageRequest request, NumberedPageRequest numbered, TransactionFilter filter, CancellationToken ct)
    {
        if (numbered.IsAsked) request = numbered.AsPageRequest(request);
        var place = request.In("transactions", [wallet.ToString(), .. filter.Key]);
        await access.RequireAsync(caller, wallet, ct);
        if (filter.AddressId is { } id) await access.RequireAddressAsync(wallet, id, ct);
        if (filter.Address is { } spellings) await access.RequireAddressAsync(wallet, spellings, ct);

        await using var command = TransactionQuery.Page(database, wallet, filter, place, numbered.Offset);
        var rows = await TransactionRow.ReadAllAsync(command, ct);
        var names = await assets.NamesAsync(rows.SelectMany(row => row.Assets), ct);
        var page = place.PageOf(RunningBalances.Views(networks, names, rows, place.Backward, filter.LeavesOut), row => row.Key.Parts());
        IReadOnlyList<TransactionView> data = [.. page.Data.Select(row => filter.Compact ? row.View with { From = null, To = null } : row.View)];
        if (!numbered.IsAsked)
            return new(data, page.HasMore, page.Next, page.Prev, filter.Total ? await CountAsync(wallet, filter, ct) : null, null, null, null);

        var total = await CountAsync(wallet, filter, ct);
        var pages = (total + numbered.Size - 1) / numbered.Size;
        return new(data, page.HasMore, null, null, total, numbered.Number, numbered.Size, pages);
    }

    private async Task<long> CountAsync(Guid wallet, TransactionFilter filter, CancellationToken ct)
    {
        await using var command = TransactionQuery.Count(database, wallet, filter);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }
}

using Chains;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using Portfolio.Assets;
using ServiceDefaults;

namespace Portfolio.Transactions;

/// <summary>The transactions of a wallet's addresses, newest first, with the balance each of them left.</summary>
internal sealed class ListTransactions(
    NpgsqlDataSource database, WalletAccess access, NetworkCatalogue networks, KnownAssets assets, SaidOfTransactions sayings, Risks risks)
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
        if (numbered.IsAsked && filter.Pending) throw Instant.Invalid("include", "has 'pending' with cursors only, not with 'page'.");
        if (numbered.IsAsked) request = numbered.AsPageRequest(request);
        var place = request.In("transactions", [wallet.ToString(), .. filter.Key]);
        await access.RequireAsync(caller, wallet, ct);
        if (filter.AddressId is { } id) await access.RequireAddressAsync(wallet, id, ct);
        if (filter.Address is { } spellings) await access.RequireAddressAsync(wallet, spellings, ct);

        var (waiting, rows) = await RowsAsync(wallet, filter, place, numbered.Offset, ct);
        var names = await assets.NamesAsync(waiting.Concat(rows).SelectMany(row => row.Assets), ct);
        var views = RunningBalances.Views(networks, names, rows, place.Backward, filter.LeavesOut);
        var early = RunningBalances.Waiting(networks, names, waiting);
        var found = await risks.ReadAsync(caller.UserId, [.. waiting, .. rows], ct);
        var page = place.PageOf([.. place.Backward ? views.Concat(early) : early.Concat(views)], row => row.Key.Parts());
        var said = await sayings.ReadAsync(caller.UserId, [.. page.Data.Select(row => (row.View.Network, row.View.Txid))], ct);
        IReadOnlyList<TransactionView> data =
        [
            .. page.Data.Select(row => (row.Key, View: filter.Compact ? row.View with { From = null, To = null } : row.View))
                .Select(row => row.View with
                {
                    Risk = found.GetValueOrDefault(row.Key), Said = said.GetValueOrDefault((row.View.Network, row.View.Txid)),
                }),
        ];
        if (!numbered.IsAsked)
            return new(data, page.HasMore, page.Next, page.Prev, filter.Total ? await CountAsync(wallet, filter, ct) : null, null, null, null);

        var total = await CountAsync(wallet, filter, ct);
        var pages = (total + numbered.Size - 1) / numbered.Size;
        return new(data, page.HasMore, null, null, total, numbered.Number, numbered.Size, pages);
    }

    // What waits comes before everything in a block: the first rows of a page, or of one read backwards the last.
    private async Task<(IReadOnlyList<TransactionRow> Waiting, IReadOnlyList<TransactionRow> InBlocks)> RowsAsync(
        Guid wallet, TransactionFilter filter, PagePlace place, long offset, CancellationToken ct)
    {
        var isAmongWaiting = filter.Pending && !place.IsStart && PendingQuery.Holds(place);
        IReadOnlyList<TransactionRow> waiting = [], rows = [];
        if (filter.Pending && !place.Backward && (place.IsStart || isAmongWaiting)) waiting = await WaitingAsync(place.Fetch);
        if (waiting.Count < place.Fetch && !(place.Backward && isAmongWaiting))
        {
            await using var command = TransactionQuery.Page(database, wallet, filter, place, offset);
            rows = await TransactionRow.ReadAllAsync(command, ct);
            if (rows.Count > place.Fetch - waiting.Count) rows = [.. rows.Take(place.Fetch - waiting.Count)];
        }

        if (filter.Pending && place.Backward && rows.Count < place.Fetch) waiting = await WaitingAsync(place.Fetch - rows.Count);
        return (waiting, rows);

        async Task<IReadOnlyList<TransactionRow>> WaitingAsync(int most)
        {
            await using var command = PendingQuery.Page(database, wallet, filter, place, most);
            return await PendingQuery.ReadAllAsync(command, ct);
        }
    }

    private async Task<long> CountAsync(Guid wallet, TransactionFilter filter, CancellationToken ct)
    {
        await using var command = TransactionQuery.Count(database, wallet, filter);
        var count = (long)(await command.ExecuteScalarAsync(ct))!;
        if (!filter.Pending) return count;

        await using var waiting = PendingQuery.Count(database, wallet, filter);
        return count + (long)(await waiting.ExecuteScalarAsync(ct))!;
    }
}

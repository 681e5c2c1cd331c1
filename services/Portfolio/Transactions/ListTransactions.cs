using System.ComponentModel;
using Chains;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using Portfolio.Assets;
using ServiceDefaults;

namespace Portfolio.Transactions;

/// <summary>The transactions of a wallet's addresses, or of all wallets', newest first, with the balance each of them left.</summary>
internal sealed class ListTransactions(
    NpgsqlDataSource database, WalletAccess access, NetworkCatalogue networks, KnownAssets assets, SaidOfTransactions sayings, Risks risks,
    OwnAddresses own)
{
    public static void Map(IEndpointRouteBuilder app)
    {
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
        app.MapGet("/api/v1/transactions", async Task<Ok<TransactionPage>> (
                Caller caller, [AsParameters] PageRequest page, [AsParameters] TransactionFilterRequest filter, ListTransactions list,
                NetworkCatalogue networks, CancellationToken ct,
                [Description("Only transactions of this wallet, by its id.")] Guid? wallet = null) =>
                TypedResults.Ok(await list.ReadAllAsync(caller, wallet, page, TransactionFilter.Read(networks, filter), ct)))
            .RequireScope(Scopes.PortfolioRead)
            .WithProblems("wallet-not-found", "limit-out-of-range", "cursor-invalid", "invalid-parameter", "unknown-network")
            .WithName("ListAllTransactions")
            .WithTags("Transactions")
            .WithSummary("Lists the transactions of all wallets, newest first by their blocks' times")
            .WithDescription("As a wallet's list, over all wallets the key may see, across networks: what goes by heights there goes by time here, "
                + "since heights of different chains say nothing of each other. What an address did that is in several wallets is there once. "
                + "Cursors cost the same at any depth.");
    }

    public async Task<TransactionPage> ReadAsync(
        Caller caller, Guid wallet, PageRequest request, NumberedPageRequest numbered, TransactionFilter filter, CancellationToken ct)
    {
        if (numbered.IsAsked && filter.Pending) throw Instant.Invalid("include", "has 'pending' with cursors only, not with 'page'.");
        if (numbered.IsAsked) request = numbered.AsPageRequest(request);
        var place = request.In("transactions", [wallet.ToString(), .. filter.Key]);
        await access.RequireAsync(caller, wallet, ct);
        if (filter.AddressId is { } id) await access.RequireAddressAsync(wallet, id, ct);
        if (filter.Address is { } spellings) await access.RequireAddressAsync(wallet, spellings, ct);

        var page = await ReadAsync(
            caller, [wallet], numbered.IsAsked ? filter with { Total = false } : filter, place, byTime: false, numbered.Offset, ct);
        if (!numbered.IsAsked) return page;

        var total = await CountAsync([wallet], filter, ct);
        var pages = (total + numbered.Size - 1) / numbered.Size;
        return page with { Next = null, Prev = null, Total = total, Page = numbered.Number, PerPage = numbered.Size, Pages = pages };
    }

    /// <summary>The same over all wallets that the caller may see, or the one that is asked for, by time.</summary>
    public async Task<TransactionPage> ReadAllAsync(
        Caller caller, Guid? wallet, PageRequest request, TransactionFilter filter, CancellationToken ct)
    {
        var scope = caller.Wallets is { } some ? string.Join(' ', some.Order()) : null;
        var place = request.In("all transactions", [caller.UserId.ToString(), scope, wallet?.ToString(), .. filter.Key]);
        return await ReadAsync(caller, await access.ListAsync(caller, wallet, ct), filter, place, byTime: true, 0, ct);
    }

    private async Task<TransactionPage> ReadAsync(
        Caller caller, IReadOnlyList<Guid> wallets, TransactionFilter filter, PagePlace place, bool byTime, long offset, CancellationToken ct)
    {
        var (waiting, rows) = await RowsAsync(wallets, filter, TransactionPlace.Of(place, byTime), offset, ct);
        var names = await assets.NamesAsync(waiting.Concat(rows).SelectMany(row => row.Assets), ct);
        var views = RunningBalances.Views(networks, names, rows, place.Backward, byTime || filter.LeavesOut);
        var early = RunningBalances.Waiting(networks, names, waiting);
        var found = await risks.ReadAsync(caller.UserId, [.. waiting, .. rows], ct);
        var page = place.PageOf(
            [.. place.Backward ? views.Concat(early) : early.Concat(views)],
            row => byTime ? [.. row.Key.Parts(), row.View.Time.ToString("O")] : row.Key.Parts());
        var said = await sayings.ReadAsync(caller.UserId, [.. page.Data.Select(row => (row.View.Network, row.View.Txid))], ct);
        var called = await own.ReadAsync(caller, filter.Compact ? [] : page.Data.Select(row => row.View), ct);
        IReadOnlyList<TransactionView> data =
        [
            .. page.Data.Select(row => (filter.Compact ? row.View with { From = null, To = null } : called.Named(row.View)) with
            {
                Risk = found.GetValueOrDefault(row.Key), Said = said.GetValueOrDefault((row.View.Network, row.View.Txid)),
            }),
        ];
        return new(
            data, page.HasMore, page.Next, page.Prev, filter.Total ? await CountAsync(wallets, filter, ct) : null, null, null, null);
    }

    // What waits comes before everything in a block: the first rows of a page, or of one read backwards the last.
    private async Task<(IReadOnlyList<TransactionRow> Waiting, IReadOnlyList<TransactionRow> InBlocks)> RowsAsync(
        IReadOnlyList<Guid> wallets, TransactionFilter filter, TransactionPlace place, long offset, CancellationToken ct)
    {
        var isAmongWaiting = filter.Pending && PendingQuery.Holds(place);
        IReadOnlyList<TransactionRow> waiting = [], rows = [];
        if (filter.Pending && !place.Backward && (place.Key is null || isAmongWaiting)) waiting = await WaitingAsync(place.Fetch);
        if (waiting.Count < place.Fetch && !(place.Backward && isAmongWaiting))
        {
            // From among those that wait a list goes on with all that is in blocks.
            await using var command = TransactionQuery.Page(database, wallets, filter, isAmongWaiting ? place with { Key = null } : place, offset);
            rows = await TransactionRow.ReadAllAsync(command, ct);
            if (rows.Count > place.Fetch - waiting.Count) rows = [.. rows.Take(place.Fetch - waiting.Count)];
        }

        if (filter.Pending && place.Backward && rows.Count < place.Fetch) waiting = await WaitingAsync(place.Fetch - rows.Count);
        return (waiting, rows);

        async Task<IReadOnlyList<TransactionRow>> WaitingAsync(int most)
        {
            await using var command = PendingQuery.Page(database, wallets, filter, place, most);
            return await PendingQuery.ReadAllAsync(command, ct);
        }
    }

    private async Task<long> CountAsync(IReadOnlyList<Guid> wallets, TransactionFilter filter, CancellationToken ct)
    {
        await using var command = TransactionQuery.Count(database, wallets, filter);
        var count = (long)(await command.ExecuteScalarAsync(ct))!;
        if (!filter.Pending) return count;

        await using var waiting = PendingQuery.Count(database, wallets, filter);
        return count + (long)(await waiting.ExecuteScalarAsync(ct))!;
    }
}

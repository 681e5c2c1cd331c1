using Chains;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using NpgsqlTypes;
using ServiceDefaults;

namespace Portfolio.Deposits;

/// <summary>The deposits to a user's addresses, newest first.</summary>
internal sealed class ListDeposits(NpgsqlDataSource database, WalletAccess access, KnownAssets assets)
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/deposits", async Task<Ok<Page<DepositView>>> (
                Caller caller, [AsParameters] PageRequest page, [AsParameters] DepositFilterRequest filter, ListDeposits list,
                NetworkCatalogue networks, CancellationToken ct) =>
                TypedResults.Ok(await list.ReadAsync(caller, page, DepositFilter.Read(networks, filter), ct)))
            .RequireScope(Scopes.PortfolioRead)
            .WithProblems("wallet-not-found", "limit-out-of-range", "cursor-invalid", "invalid-parameter", "unknown-network")
            .WithName("ListDeposits")
            .WithTags("Deposits")
            .WithSummary("Lists deposits to the caller's addresses, newest first")
            .WithDescription("A deposit is what one transaction pays one address of a wallet of one asset; coins that a block makes are none. What "
                + "lay in the chain when the address was imported is `completed`, and listed once its history has been read. Over all wallets the "
                + "key may see.");

    public async Task<Page<DepositView>> ReadAsync(Caller caller, PageRequest request, DepositFilter filter, CancellationToken ct)
    {
        var scope = caller.Wallets is { } some ? string.Join(' ', some.Order()) : null;
        var place = request.In("deposits", [caller.UserId.ToString(), scope, .. filter.Key]);
        if (filter.Wallet is { } wallet) await access.RequireAsync(caller, wallet, ct);

        await using var command = Command(database, caller, filter, place);
        var rows = await ReadAsync(command, ct);
        var names = await assets.NamesAsync(rows.Select(row => (row.Deposit.Key.Network, (string?)row.Deposit.Key.Asset)), ct);
        var page = place.PageOf(rows, row => [row.Deposit.FirstSeen.ToString("O"), row.Deposit.Key.Id.ToString()]);
        return new(
            [
                .. page.Data.Select(row => DepositView.Of(
                    row.Deposit, row.Tip, row.Label, names.Of(row.Deposit.Key.Network, row.Deposit.Key.Asset))),
            ],
            page.HasMore, page.Next, page.Prev);
    }

    /// <summary>Deposits with the tip of their network and what their address is called.</summary>
    internal static async Task<List<(Deposit Deposit, long? Tip, string? Label)>> ReadAsync(NpgsqlCommand command, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<(Deposit, long?, string?)>();
        while (await reader.ReadAsync(ct))
            rows.Add((DepositRows.Read(reader), reader.IsDBNull(20) ? null : reader.GetInt64(20), reader.IsDBNull(21) ? null : reader.GetString(21)));
        return rows;
    }

    // As the list of transactions: of many addresses only those with the newest heads are read, and of each no more than the page holds.
    internal static NpgsqlCommand Command(NpgsqlDataSource database, Caller caller, DepositFilter filter, PagePlace place)
    {
        var command = database.CreateCommand();
        var wallets = command.Placed(
            filter.Wallet is { } one ? [one] : caller.Wallets?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid);
        var (order, side) = place.Backward ? ("asc", '>') : ("desc", '<');
        var chosen = $"w.owner_id = {command.Placed(caller.UserId)} and ({wallets}::uuid[] is null or w.wallet_id = any({wallets}))";
        if (filter.AddressId is { } id) chosen += $" and a.address_id = {command.Placed(id)}";
        if (filter.Address is { } spellings) chosen += $" and a.address = any({command.Placed(spellings.ToArray())})";
        if (filter.Network is { } network) chosen += $" and a.network = {command.Placed(network)}";
        if (filter.Tag is { } tag)
            chosen += $" and exists (select from unnest(a.tags || w.tags) g (tag) where lower(g.tag) = lower({command.Placed(tag)}))";

        var wanted = "";
        if (filter.Asset is { } asset) wanted += $" and d.asset = {command.Placed(asset)}";
        // Said as the index of those that are not completed says it.
        if (filter.Status is { } status) wanted += $" and d.status = '{status}'";
        if (filter.Status is not (null or DepositStatus.Completed)) wanted += " and d.status <> 'completed'";
        if (filter.From is { } from) wanted += $" and d.first_seen >= {command.Placed(from)}";
        if (filter.To is { } to) wanted += $" and d.first_seen < {command.Placed(to)}";
        if (!place.IsStart)
        {
            var (at, deposit) = (command.Placed(place.Key<DateTimeOffset>(0)), command.Placed(place.Key<Guid>(1)));
            wanted += $" and (d.first_seen, d.deposit_id) {side} ({at}, {deposit})";
        }

        var fetch = command.Placed((long)place.Fetch);
        command.CommandText = $"""
            with chosen as materialized (
                select a.address_id, a.label from wallets w join addresses a on a.wallet_id = w.wallet_id where {chosen}
            ), heads as materialized (
                select c.address_id, c.label, head.* from chosen c cross join lateral (
                    select d.first_seen, d.deposit_id from deposits d where d.address_id = c.address_id {wanted}
                    order by d.first_seen {order}, d.deposit_id {order} limit 1) head
                order by head.first_seen {order}, head.deposit_id {order} limit {fetch}
            )
            select {DepositRows.Columns}, tip.height, c.label
            from heads c cross join lateral (
                select * from deposits d where d.address_id = c.address_id {wanted}
                order by d.first_seen {order}, d.deposit_id {order} limit {fetch}) d
            left join chain_tips tip on tip.network = d.network
            order by d.first_seen {order}, d.deposit_id {order} limit {fetch}
            """;
        return command;
    }
}

using System.ComponentModel;
using System.Numerics;
using System.Text.Json;
using Chains;
using Contracts;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using NpgsqlTypes;
using Portfolio.Ledgers;
using Portfolio.Prices;
using Portfolio.Valuation;
using ServiceDefaults;

namespace Portfolio.Balances;

/// <summary>What a wallet's addresses hold, by address and asset, with the sums over all of them.</summary>
internal sealed class GetWalletBalances(
    NpgsqlDataSource database, WalletAccess access, BalanceTotals totals, KnownAssets assets, ImmatureCoins immature, Valuer valuer,
    TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/wallets/{id:guid}/balances", async Task<Ok<WalletBalances>> (
                Guid id, Caller caller, [AsParameters] PageRequest page, GetWalletBalances balances, CancellationToken ct,
                [InstantOrDay, Description("An instant of the past: what the blocks came to whose times, and those of the blocks below them, are " +
                    "not later; of a day, its end in UTC, as far as it has come.")] string? at = null,
                [Description(Currency.Described)] string? currency = null) =>
                TypedResults.Ok(await balances.ReadAsync(caller, id, page, at, Currency.Read(currency), ct)))
            .RequireScope(Scopes.PortfolioRead)
            .WithProblems("wallet-not-found", "limit-out-of-range", "cursor-invalid", "invalid-parameter")
            .WithName("GetWalletBalances")
            .WithTags("Balances")
            .WithSummary("Lists a wallet's balances by address and asset")
            .WithDescription("The reported balance is there at once; the derived one catches up while the history is read, and is then compared " +
                "with it. "
                + "With `at` derived balances are those of that instant by block time, nothing before the first transaction, provisional while " +
                    "the history is being read; an instant in the future is refused. Values are by the prices of that instant's day.");

    public async Task<WalletBalances> ReadAsync(Caller caller, Guid wallet, PageRequest request, string? at, Currency currency, CancellationToken ct)
    {
        DateTimeOffset? instant = at is null ? null : Instant.ReadPast(at, nameof(at), time);
        var place = request.In("balances", wallet.ToString(), at, currency.Code);
        var label = await access.RequireAsync(caller, wallet, ct);
        var sums = await totals.ReadAsync(caller.UserId, [wallet], instant, ct);
        var values = await valuer.ReadAsync(caller.UserId, sums, currency, instant, ct);
        var page = place.PageOf(await RowsAsync(wallet, instant, place, ct), row => [row.AddressId.ToString(), row.Asset]);
        return new(
            wallet, label, instant, BalanceStatus.OfAssets(sums.Select(sum => sum.Status)), sums.Min(sum => sum.StaleSince),
            values.Of(sums), [.. sums.Select(values.Of)],
            [.. (await ViewsAsync(page.Data, past: instant is not null, ct)).Select(values.Of)], page.HasMore, page.Next, page.Prev);
    }

    private async Task<IReadOnlyList<Row>> RowsAsync(
        Guid wallet, DateTimeOffset? at, PagePlace place, CancellationToken ct)
    {
        await using var command = Command(database, wallet, at, place);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<Row>(place.Fetch);
        while (await reader.ReadAsync(ct)) rows.Add(Row.Read(reader));
        return rows;
    }

    internal static NpgsqlCommand Command(NpgsqlDataSource database, Guid wallet, DateTimeOffset? at, PagePlace place)
    {
        var past = at is not null;
        var (order, side) = place.Backward ? ("desc", '<') : ("asc", '>');
        var beyond = place.IsStart ? "" : $"and a.address_id {side}= $4 and (a.address_id, coalesce(b.asset, '')) {side} ($4, $5)";
        var command = database.CreateCommand($"""
            select a.address_id, a.network, a.address, a.label, coalesce(b.asset, ''), {(past ? "null::numeric" : "b.reported")},
                   coalesce({(past ? "past.change" : "b.derived")}, 0), {(past ? "null::numeric" : PendingSums.Known)},
                   {(past ? "null::bigint" : "b.reported_count")},
                   coalesce({(past ? "past.transactions" : "b.derived_count")}, 0), {BalanceStatus.Sql},
                   b.verified_height, b.verified_hash, b.verified_at, b.differences,
                   b.reported_height, b.reported_hash, b.reported_at,
                   coalesce((select read_to from inbox_checkpoints where source = 'sync'), 0),
                   {BalanceStatus.Provisional("$3")}, {(past ? "null::timestamptz" : "l.stale_since")},
                   {(past ? "past.change" : BalanceTotals.Confirmed)}, {(past ? "0::numeric" : PendingSums.Spent)},
                   {(past ? "null::text" : "b.provider")}
            from addresses a
            left join ledger_trackers t on t.address_id = a.address_id and not t.ended
            left join ledgers l on l.ledger_id = t.ledger_id
            left join balances b on b.ledger_id = l.ledger_id
            {(past ? $"left join lateral ({SumsByTime.Until("b.ledger_id", "b.asset", "$3")}) past on true" : PendingSums.Joined)}
            where a.wallet_id = $1 {beyond}
            order by a.address_id {order}, coalesce(b.asset, '') {order}
            limit $2
            """);
        command.Parameters.Add(new() { Value = wallet });
        command.Parameters.Add(new() { Value = (long)place.Fetch });
        command.Parameters.Add(new() { Value = at ?? DateTimeOffset.MaxValue, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        if (!place.IsStart)
        {
            command.Parameters.Add(new() { Value = place.Key<Guid>(0) });
            command.Parameters.Add(new() { Value = place.Key<string>(1) });
        }

        return command;
    }

    private async Task<IReadOnlyList<BalanceView>> ViewsAsync(IReadOnlyList<Row> rows, bool past, CancellationToken ct)
    {
        var names = await assets.NamesAsync(rows.Select(row => (row.Network, row.Name)), ct);
        var young = await immature.ReadAsync(past ? [] : rows.Select(row => (row.AddressId, row.Network)), ct);
        return [.. rows.Select(row => View(row, names.Of(row.Network, row.Name), young.TryGetValue(row.AddressId, out var sum) ? sum : null, past))];
    }

    private static BalanceView View(Row row, Asset asset, BigInteger? immature, bool past)
    {
        return new(
            row.AddressId, row.Network, row.Address, row.Label, asset.Caip19, MoneyOf(row.Reported), MoneyOf(row.Derived)!,
            MoneyOf(row.Confirmed), MoneyOf(row.Pending), MoneyOf(immature),
            MoneyOf(past ? null : BalanceTotals.Available(row.Confirmed, immature, row.Spent)),
            row.ReportedCount, row.DerivedCount, row.Status, row.Provisional, row.Verified, Differences(row.Differences, asset), row.AsOf,
            row.StaleSince, row.ReportedBy);

        Money? MoneyOf(BigInteger? amount) => amount is { } known ? Money.Of(new(known), asset) : null;
    }

    private static List<BalanceDifferenceView> Differences(string? json, Asset asset) => json is null ? [] :
        [.. JsonSerializer.Deserialize<List<BalanceDifference>>(json)!
            .Select(difference => new BalanceDifferenceView(
                difference.Class, Money.Of(difference.Balance, asset), difference.Transactions, difference.Reason))];

    // Asset is empty where nothing is known yet of the address, which then stands for its network's own.
    private sealed record Row(
        Guid AddressId, string Network, string Address, string? Label, string Asset, BigInteger? Reported, BigInteger Derived, BigInteger? Pending,
        long? ReportedCount, long DerivedCount, string Status, Verified? Verified, string? Differences, AsOf AsOf, bool Provisional,
        DateTimeOffset? StaleSince, BigInteger? Confirmed, BigInteger Spent,
        string? ReportedBy)
    {
        public string? Name => Asset is "" ? null : Asset;

        public static Row Read(NpgsqlDataReader row)
        {
            return new(
                row.GetGuid(0), row.GetString(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3), row.GetString(4),
                Number(5), row.GetFieldValue<BigInteger>(6), Number(7), row.IsDBNull(8) ? null : row.GetInt64(8), row.GetInt64(9), row.GetString(10),
                row.IsDBNull(11) ? null : new(row.GetInt64(11), row.GetString(12), row.GetFieldValue<DateTimeOffset>(13)),
                row.IsDBNull(14) ? null : row.GetString(14),
                new(row.IsDBNull(15) ? null : row.GetInt64(15), row.IsDBNull(16) ? null : row.GetString(16),
                    row.IsDBNull(17) ? null : row.GetFieldValue<DateTimeOffset>(17), row.GetInt64(18)),
                row.GetBoolean(19), row.IsDBNull(20) ? null : row.GetFieldValue<DateTimeOffset>(20),
                Number(21), row.GetFieldValue<BigInteger>(22), row.IsDBNull(23) ? null : row.GetString(23));

            BigInteger? Number(int column) => row.IsDBNull(column) ? null : row.GetFieldValue<BigInteger>(column);
        }
    }
}

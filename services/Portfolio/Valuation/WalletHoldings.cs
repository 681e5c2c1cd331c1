using System.Numerics;
using Npgsql;
using NpgsqlTypes;
using Portfolio.Balances;
using Portfolio.Ledgers;

namespace Portfolio.Valuation;

/// <summary>
/// How much of one asset a wallet's addresses hold, of how many of them it is not known, how far that can be trusted and what it is as of; no
/// asset where nothing is.
/// </summary>
internal sealed record WalletHolding(
    Guid WalletId, string Label, string? Asset, BigInteger Amount, long Unknown, IReadOnlyList<string> Statuses, DateTimeOffset? AsOf,
    DateTimeOffset? StaleSince);

/// <summary>How much of one asset the addresses under one tag hold, and of how many of them it is not known.</summary>
internal sealed record TagHolding(string Tag, string? Asset, BigInteger Amount, long Unknown);

/// <summary>What each wallet of a user holds and what stands under each tag, as <see cref="BalanceTotals"/> sums it up over all of them.</summary>
internal sealed class WalletHoldings(NpgsqlDataSource database)
{
    private static string WalletsSql(bool past) => $"""
        select w.wallet_id, w.label, b.asset, {Held(past)}, count(a.address_id) filter (where {BalanceTotals.Unknown(past)}),
               array_agg(distinct {BalanceStatus.Sql}) filter (where a.address_id is not null), min(b.reported_at), min(l.stale_since)
        from wallets w
        left join addresses a on a.wallet_id = w.wallet_id
        left join ledger_trackers t on t.address_id = a.address_id and not t.ended
        left join ledgers l on l.ledger_id = t.ledger_id
        left join balances b on b.ledger_id = l.ledger_id
        {Past(past)}
        where w.owner_id = $1 and ($2::uuid[] is null or w.wallet_id = any($2)) and ($3::timestamptz is null or true)
        group by w.wallet_id, w.label, b.asset
        order by w.wallet_id, b.asset
        """;

    // Under one tag an address counts once, whether it has the tag itself or by one of its wallets.
    private static string TagsSql(bool past) => $"""
        with tagged as materialized (
            select lower(g.tag) as tag, min(g.tag collate "C") as written, a.network, a.address, t.ledger_id
            from wallets w
            join addresses a on a.wallet_id = w.wallet_id
            cross join unnest(a.tags || w.tags) g (tag)
            left join ledger_trackers t on t.address_id = a.address_id and not t.ended
            where w.owner_id = $1 and ($2::uuid[] is null or w.wallet_id = any($2)) and ($3::timestamptz is null or true)
            group by 1, 3, 4, 5
        )
        select min(g.written), b.asset, {Held(past)}, count(*) filter (where {BalanceTotals.Unknown(past)})
        from tagged g
        left join ledgers l on l.ledger_id = g.ledger_id
        left join balances b on b.ledger_id = l.ledger_id
        {Past(past)}
        group by g.tag, b.asset
        order by g.tag, b.asset
        """;

    private static string Held(bool past) => $"coalesce(sum({(past ? "past.change" : $"coalesce({BalanceTotals.Confirmed}, b.derived)")}), 0)";

    private static string Past(bool past) =>
        past ? $"left join lateral ({SumsByTime.Until("b.ledger_id", "b.asset", "$3")}) past on true" : "";

    /// <summary>By wallet; an address that is in several counts in each.</summary>
    public Task<IReadOnlyList<WalletHolding>> ReadAsync(
        Guid owner, IReadOnlyCollection<Guid>? wallets, DateTimeOffset? at, CancellationToken ct) => ReadAsync(
        WalletsSql(at is not null), owner, wallets, at,
        row => new WalletHolding(row.GetGuid(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2), row.GetFieldValue<BigInteger>(3),
            row.GetInt64(4), row.IsDBNull(5) ? [] : row.GetFieldValue<string[]>(5),
            row.IsDBNull(6) ? null : row.GetFieldValue<DateTimeOffset>(6), row.IsDBNull(7) ? null : row.GetFieldValue<DateTimeOffset>(7)), ct);

    /// <summary>By tag of wallets and addresses, whatever capitals it is written in.</summary>
    public Task<IReadOnlyList<TagHolding>> ReadTagsAsync(
        Guid owner, IReadOnlyCollection<Guid>? wallets, DateTimeOffset? at, CancellationToken ct) => ReadAsync(
        TagsSql(at is not null), owner, wallets, at,
        row => new TagHolding(
            row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1), row.GetFieldValue<BigInteger>(2), row.GetInt64(3)), ct);

    private async Task<IReadOnlyList<T>> ReadAsync<T>(
        string sql, Guid owner, IReadOnlyCollection<Guid>? wallets, DateTimeOffset? at, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        await using var command = database.CreateCommand(sql);
        command.Placed(owner);
        command.Placed(wallets?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid);
        command.Placed(at, NpgsqlDbType.TimestampTz);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var holdings = new List<T>();
        while (await reader.ReadAsync(ct)) holdings.Add(read(reader));
        return holdings;
    }
}

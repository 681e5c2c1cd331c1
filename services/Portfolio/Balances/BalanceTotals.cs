using System.Numerics;
using System.Text.Json;
using Chains;
using Contracts;
using Npgsql;
using NpgsqlTypes;
using Portfolio.Ledgers;

namespace Portfolio.Balances;

/// <summary>Sums over many addresses; an address in several wallets counts once.</summary>
internal sealed class BalanceTotals(NpgsqlDataSource database, KnownAssets assets, ImmatureCoins immature)
{
    /// <summary>What a ledger <c>l</c> holds in blocks by its balance <c>b</c>.</summary>
    public const string Confirmed = "case when l.first_walk_done then b.derived else b.reported end";

    /// <summary>Whether it is not known yet what a ledger <c>l</c>, which may be missing, holds or held by its balance <c>b</c>.</summary>
    public static string Unknown(bool past) => past ? "l.first_walk_done is not true" : $"({Confirmed}) is null";

    /// <summary>What can be spent. Who spends what waits itself has nothing of that in a block.</summary>
    public static BigInteger? Available(BigInteger? confirmed, BigInteger? immature, BigInteger spent) =>
        confirmed is { } held ? BigInteger.Max(held - (immature ?? 0) - spent, 0) : null;

    private static string Sql(bool past) => $"""
        with held as materialized (
            select distinct on (a.network, a.address) a.network, a.address, a.address_id, t.ledger_id,
                bool_and(a.paused) over (partition by a.network, a.address) as paused
            from wallets w
            join addresses a on a.wallet_id = w.wallet_id
            left join ledger_trackers t on t.address_id = a.address_id and not t.ended
            where w.owner_id = $1 and ($2::uuid[] is null or w.wallet_id = any($2))
            order by a.network, a.address, t.ledger_id
        )
        select a.network, b.asset, count(*), {Present("sum(b.reported)", "numeric", past)}, {Present($"sum({PendingSums.Known})", "numeric", past)},
               coalesce(sum({(past ? "past.change" : "b.derived")}), 0), {Present("sum(b.reported_count)::bigint", "bigint", past)},
               coalesce(sum({(past ? "past.transactions" : "b.derived_count")}), 0)::bigint, array_agg(distinct {BalanceStatus.Sql}),
               min(b.reported_height), min(b.reported_at), bool_or({BalanceStatus.Provisional("$3")}),
               coalesce((select read_to from inbox_checkpoints where source = 'sync'), 0), {Present("min(l.stale_since)", "timestamptz", past)},
               array_agg(b.differences::text) filter (where b.differences <> '[]'),
               {Present("""
                    array_agg(a.address_id) filter (where exists (
                        select from transaction_details d where d.ledger_id = a.ledger_id and d.coinbase))
                    """, "uuid[]", past)},
               {(past ? "coalesce(sum(past.change), 0)" : $"sum({Confirmed})")}, {(past ? "0::numeric" : $"coalesce(sum({PendingSums.Spent}), 0)")},
               count(*) filter (where {Unknown(past)})
        from held a
        left join ledgers l on l.ledger_id = a.ledger_id
        left join balances b on b.ledger_id = l.ledger_id
        {(past ? $"left join lateral ({SumsByTime.Until("b.ledger_id", "b.asset", "$3")}) past on true" : PendingSums.Joined)}
        group by a.network, b.asset
        order by a.network, b.asset
        """;

    /// <summary>The sums over a user's wallets, or over some of them, at present or at a past instant.</summary>
    public async Task<IReadOnlyList<BalanceTotalView>> ReadAsync(
        Guid owner, IReadOnlyCollection<Guid>? wallets, DateTimeOffset? at, CancellationToken ct)
    {
        await using var command = Command(database, owner, wallets, at);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var sums = new List<Sum>();
        while (await reader.ReadAsync(ct)) sums.Add(Read(reader));

        // Addresses of which nothing is known yet have no asset's name; they hold their network's own.
        var names = await assets.NamesAsync(sums.Select(sum => (sum.Network, sum.Asset)), ct);
        // Few addresses ever mined.
        var young = at is null ? await immature.ReadAsync(sums.SelectMany(sum => sum.Miners.Select(miner => (miner, sum.Network))), ct)
            : new Dictionary<Guid, BigInteger>();
        return [.. sums.GroupBy(sum => (sum.Network, Asset: names.Of(sum.Network, sum.Asset)),
            (key, same) => View(key.Asset, same.Aggregate(Add), at is null && immature.IsKnownOf(key.Network) ? young : null, at is not null))];
    }

    internal static NpgsqlCommand Command(
        NpgsqlDataSource database, Guid owner, IReadOnlyCollection<Guid>? wallets, DateTimeOffset? at)
    {
        var command = database.CreateCommand(Sql(at is not null));
        command.Parameters.Add(new() { Value = owner });
        command.Parameters.Add(new()
        {
            Value = (object?)wallets?.ToArray() ?? DBNull.Value,
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid,
        });
        command.Parameters.Add(new() { Value = at ?? DateTimeOffset.MaxValue, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        return command;
    }

    private static string Present(string column, string type, bool past) => past ? $"null::{type}" : column;

    private static Sum Read(NpgsqlDataReader row) => new(
        row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1), row.GetInt64(2),
        row.IsDBNull(3) ? null : row.GetFieldValue<BigInteger>(3), row.IsDBNull(4) ? null : row.GetFieldValue<BigInteger>(4),
        row.GetFieldValue<BigInteger>(5), row.IsDBNull(6) ? null : row.GetInt64(6), row.GetInt64(7),
        [.. row.GetFieldValue<string[]>(8)],
        new(row.IsDBNull(9) ? null : row.GetInt64(9), null,
            row.IsDBNull(10) ? null : row.GetFieldValue<DateTimeOffset>(10), row.GetInt64(12)), row.GetBoolean(11),
        row.IsDBNull(13) ? null : row.GetFieldValue<DateTimeOffset>(13),
        row.IsDBNull(14) ? [] : [.. row.GetFieldValue<string[]>(14).SelectMany(json => JsonSerializer.Deserialize<List<BalanceDifference>>(json)!)],
        row.IsDBNull(15) ? [] : row.GetFieldValue<Guid[]>(15), row.IsDBNull(16) ? null : row.GetFieldValue<BigInteger>(16),
        row.GetFieldValue<BigInteger>(17), row.GetInt64(18));

    private static Sum Add(Sum one, Sum other) => one with
    {
        Addresses = one.Addresses + other.Addresses,
        Reported = one.Reported ?? other.Reported,
        Pending = one.Pending ?? other.Pending,
        Confirmed = one.Confirmed is null ? other.Confirmed : one.Confirmed + (other.Confirmed ?? 0),
        Spent = one.Spent + other.Spent,
        Unknown = one.Unknown + other.Unknown,
        Derived = one.Derived + other.Derived,
        ReportedCount = one.ReportedCount ?? other.ReportedCount,
        DerivedCount = one.DerivedCount + other.DerivedCount,
        Statuses = [.. one.Statuses, .. other.Statuses],
        AsOf = one.AsOf.Height is null ? other.AsOf : one.AsOf,
        Provisional = one.Provisional || other.Provisional,
        Differences = [.. one.Differences, .. other.Differences],
        Miners = [.. one.Miners, .. other.Miners],
        StaleSince = one.StaleSince is null || other.StaleSince < one.StaleSince ? other.StaleSince : one.StaleSince,
    };

    private static BalanceTotalView View(Asset asset, Sum sum, IReadOnlyDictionary<Guid, BigInteger>? young, bool past)
    {
        BigInteger? immature = young is null ? null : sum.Miners.Distinct().Aggregate(BigInteger.Zero, (all, miner) => all + young[miner]);
        return new(
            sum.Network, asset.Caip19, sum.Addresses, MoneyOf(sum.Reported), MoneyOf(sum.Derived)!, MoneyOf(sum.Confirmed), MoneyOf(sum.Pending),
            MoneyOf(immature), MoneyOf(past ? null : Available(sum.Confirmed, immature, sum.Spent)), sum.ReportedCount, sum.DerivedCount,
            BalanceStatus.Of(sum.Statuses), sum.Provisional, Differences(asset, sum), sum.AsOf, sum.StaleSince,
            Unknown: sum.Unknown);

        Money? MoneyOf(BigInteger? amount) => amount is { } known ? Money.Of(new(known), asset) : null;
    }

    private static List<BalanceDifferenceView> Differences(Asset asset, Sum sum) =>
    [
        .. sum.Differences.GroupBy(difference => difference.Class, (kind, same) => (Kind: kind, Same: same.ToList())).OrderBy(each => each.Kind)
            .Select(each => new BalanceDifferenceView(
                each.Kind, Money.Of(new(each.Same.Aggregate(BigInteger.Zero, (all, difference) => all + difference.Balance.Value)), asset),
                each.Same.Sum(difference => difference.Transactions))),
    ];

    private sealed record Sum(
        string Network, string? Asset, long Addresses, BigInteger? Reported, BigInteger? Pending, BigInteger Derived,
        long? ReportedCount, long DerivedCount, IReadOnlyList<string> Statuses, AsOf AsOf, bool Provisional, DateTimeOffset? StaleSince,
        IReadOnlyList<BalanceDifference> Differences, IReadOnlyList<Guid> Miners, BigInteger? Confirmed, BigInteger Spent, long Unknown);
}

using System.Numerics;
using Npgsql;
using NpgsqlTypes;
using Portfolio.Ledgers;

namespace Portfolio.History;

/// <summary>An asset that wallets' addresses ever held.</summary>
internal sealed record HeldAsset(string Network, string Asset, DateTimeOffset FirstAt);

/// <summary>What one interval changed of an asset; number -1 is all that is older.</summary>
internal sealed record IntervalSum(string Network, string Asset, int Number, BigInteger Change, long Transactions);

/// <summary>What an interval changed, and what was held at its end.</summary>
internal readonly record struct Closing(BigInteger Change, BigInteger Held, long Transactions);

/// <summary>The statements that read the history of wallets, an address in several of them counted once.</summary>
internal static class HistoryQuery
{
    private const string HeldSql = """
        select h.network, b.asset, min(first.at)
        from (
            select distinct a.network, t.ledger_id
            from addresses a join ledger_trackers t on t.address_id = a.address_id and not t.ended
            where a.wallet_id = any($1) and ($2::uuid[] is null or a.address_id = any($2))) h
        join balances b on b.ledger_id = h.ledger_id and ($3::text is null or b.asset = $3)
        cross join lateral (
            select s.stretch as height from balance_stretches s
            where s.ledger_id = b.ledger_id and s.asset = b.asset and s.level = 0 and s.transactions > 0 order by s.stretch limit 1) lowest
        cross join lateral (
            select max(x.block_time) as at from transactions x
            where x.ledger_id = b.ledger_id and x.asset = b.asset and not x.orphaned and x.height = lowest.height) first
        group by h.network, b.asset
        order by h.network collate "C", b.asset
        """;

    // Whole days come from their sums. A day that an interval's edge cuts comes from its transactions. What stands in a block before
    // an edge, on one after it, belongs to the interval after the edge: looked for only where days overlap in their heights, or
    // a day that an edge cuts is out of order within. These edges are found once, from the days and not for all edges of all ledgers:
    // there are nearly none. Windows grow at their end only: one that shrinks is summed anew for each row.
    private static readonly string SumsSql = $"""
        with held as materialized (
            select distinct a.network, b.asset, t.ledger_id
            from addresses a
            join ledger_trackers t on t.address_id = a.address_id and not t.ended
            join balances b on b.ledger_id = t.ledger_id and ($3::text is null or b.asset = $3)
            where a.wallet_id = any($1) and ($2::uuid[] is null or a.address_id = any($2))
        ), days as materialized (
            select h.network, h.ledger_id, h.asset, d.day, d.transactions, d.highest,
                   lag(d.day) over by_day as previous,
                   max(d.highest) over (by_day rows between unbounded preceding and 1 preceding) as before,
                   min(d.lowest) over (newest_first rows between unbounded preceding and current row) as since,
                   min(d.lowest) over (newest_first rows between unbounded preceding and 1 preceding) as later
            from held h join balance_days d on d.ledger_id = h.ledger_id and d.asset = h.asset
                and d.day >= ($4 at time zone 'UTC')::date - {Overlap} and d.day < ($6 at time zone 'UTC')::date + {Overlap}
            window by_day as (partition by h.ledger_id, h.asset order by d.day),
                   newest_first as (partition by h.ledger_id, h.asset order by d.day desc)
        ), crossed as materialized (
            select d.network, d.ledger_id, d.asset, ($5)[number] as at, number as n
            from days d cross join lateral generate_series(
                case when d.before >= d.since then {EdgesBefore("d.previous + 1")} else width_bucket(d.day::timestamp at time zone 'UTC', $5) end + 1,
                {EdgesBefore("d.day + 1")}) number
            where d.before >= d.since or d.highest >= d.later
            union
            select x.network, x.ledger_id, x.asset, ($5)[number], number
            from (
                select h.network, h.ledger_id, h.asset, x.block_time,
                       max(x.block_time) over (partition by h.ledger_id, h.asset order by x.height) as counts_from
                from held h cross join unnest($8, $9) cut (first, last)
                join transactions x on x.ledger_id = h.ledger_id and x.asset = h.asset and not x.orphaned
                    and x.block_time >= date_trunc('day', cut.first, 'UTC')
                    and x.block_time < date_trunc('day', cut.last - interval '1 microsecond', 'UTC') + interval '1 day') x
            cross join lateral generate_series(width_bucket(x.block_time, $5) + 1, width_bucket(x.counts_from, $5)) number
            where x.counts_from > x.block_time
        )
        select part.network, part.asset, part.number, sum(part.change), sum(part.transactions)::bigint
        from (
            select h.network, h.asset, of.number, of.change, of.transactions
            from held h cross join lateral (
                select 0 as number, older.change, older.transactions from ({SumsByTime.Until("h.ledger_id", "h.asset", "$4", "<")}) older
                union all
                select width_bucket(d.day::timestamp at time zone 'UTC', $5), d.change, d.transactions
                from balance_days d
                where d.ledger_id = h.ledger_id and d.asset = h.asset
                  and d.day >= ($4 at time zone 'UTC')::date and d.day < ($6 at time zone 'UTC')::date and not d.day = any($7)
                union all
                select width_bucket(x.block_time, $5), x.delta, 1
                from unnest($8, $9) cut (first, last)
                join transactions x on x.ledger_id = h.ledger_id and x.asset = h.asset and not x.orphaned
                    and x.block_time >= cut.first and x.block_time < cut.last) of
            union all
            select c.network, c.asset, side.number, side.sign * early.delta, side.sign
            from crossed c
            cross join lateral ({SumsByTime.TooEarly("c.ledger_id", "c.asset", "c.at", "<")}) early
            cross join lateral (values (c.n - 1, -1), (c.n, 1)) side (number, sign)
            where side.number between 1 and cardinality($5) - 1) part
        group by part.network, part.asset, part.number
        """;

    // Days on either side of those that are shown, for blocks whose times are out of order.
    private const int Overlap = 64;

    public static async Task<IReadOnlyList<HeldAsset>> HeldAsync(
        NpgsqlDataSource database, IReadOnlyCollection<Guid> wallets, IReadOnlyList<Guid>? addresses, string? asset, CancellationToken ct)
    {
        await using var command = Command(database, HeldSql, wallets, addresses, asset);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var held = new List<HeldAsset>();
        while (await reader.ReadAsync(ct))
            held.Add(new(reader.GetString(0), reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2)));
        return held;
    }

    /// <summary>The sums of the intervals between neighbouring edges, oldest first, and of all that is older.</summary>
    public static async Task<IReadOnlyList<IntervalSum>> SumsAsync(
        NpgsqlDataSource database, IReadOnlyCollection<Guid> wallets, IReadOnlyList<Guid>? addresses, string? asset,
        IReadOnlyList<DateTimeOffset> edges, CancellationToken ct)
    {
        await using var command = Sums(database, wallets, addresses, asset, edges);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var sums = new List<IntervalSum>();
        while (await reader.ReadAsync(ct))
            sums.Add(new(reader.GetString(0), reader.GetString(1), reader.GetInt32(2) - 1, reader.GetFieldValue<BigInteger>(3), reader.GetInt64(4)));
        return sums;
    }

    /// <summary>What each interval of one asset changed and came to, oldest first.</summary>
    public static IReadOnlyList<Closing> Closings(IEnumerable<IntervalSum> sums, int intervals)
    {
        var byNumber = sums.ToDictionary(sum => sum.Number);
        var held = byNumber.GetValueOrDefault(-1)?.Change ?? 0;
        var closings = new List<Closing>(intervals);
        for (var i = 0; i < intervals; i++)
        {
            var sum = byNumber.GetValueOrDefault(i);
            held += sum?.Change ?? 0;
            closings.Add(new(sum?.Change ?? 0, held, sum?.Transactions ?? 0));
        }

        return closings;
    }

    internal static NpgsqlCommand Sums(
        NpgsqlDataSource database, IReadOnlyCollection<Guid> wallets, IReadOnlyList<Guid>? addresses, string? asset,
        IReadOnlyList<DateTimeOffset> edges)
    {
        var (days, spans) = Cut(edges);
        var command = Command(database, SumsSql, wallets, addresses, asset);
        command.Placed(edges[0], NpgsqlDbType.TimestampTz);
        command.Placed(edges.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.TimestampTz);
        command.Placed(edges[^1], NpgsqlDbType.TimestampTz);
        command.Placed(days, NpgsqlDbType.Array | NpgsqlDbType.Date);
        command.Placed(spans.ConvertAll(span => span.First).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.TimestampTz);
        command.Placed(spans.ConvertAll(span => span.Last).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.TimestampTz);
        return command;
    }

    private static NpgsqlCommand Command(
        NpgsqlDataSource database, string sql, IReadOnlyCollection<Guid> wallets, IReadOnlyList<Guid>? addresses, string? asset)
    {
        var command = database.CreateCommand(sql);
        command.Placed(wallets.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid);
        command.Placed(addresses?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid);
        command.Placed(asset, NpgsqlDbType.Text);
        return command;
    }

    // How many edges lie before a day begins, edges being in order.
    private static string EdgesBefore(string day) => $"width_bucket(({day})::timestamp at time zone 'UTC' - interval '1 microsecond', $5)";

    // The UTC days that edges cut, and what of them lies between the first edge and the last, neighbours in one piece.
    private static (DateOnly[] Days, List<(DateTimeOffset First, DateTimeOffset Last)> Spans) Cut(IReadOnlyList<DateTimeOffset> edges)
    {
        var days = edges.Where(edge => edge.UtcDateTime.TimeOfDay != TimeSpan.Zero)
            .Select(edge => DateOnly.FromDateTime(edge.UtcDateTime)).Distinct().ToArray();
        var spans = new List<(DateTimeOffset First, DateTimeOffset Last)>();
        foreach (var day in days)
        {
            var begin = new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
            var (first, last) = (begin < edges[0] ? edges[0] : begin, begin.AddDays(1) > edges[^1] ? edges[^1] : begin.AddDays(1));
            if (spans.Count > 0 && spans[^1].Last == first) spans[^1] = (spans[^1].First, last);
            else spans.Add((first, last));
        }

        return (days, spans);
    }
}

using Contracts;
using Npgsql;
using NpgsqlTypes;
using Portfolio.Feed;
using static Portfolio.SqlBatch;

namespace Portfolio.Ledgers;

/// <summary>
/// Movements reported after their transaction: they are added to its rows and sums, each once by its name. One of an observation
/// that is not the one kept changes nothing.
/// </summary>
internal static class MovementFacts
{
    public static IEnumerable<NpgsqlBatchCommand> Added(IReadOnlyList<MovementsAdded> facts)
    {
        var rows = facts.SelectMany(e => e.Movements, (e, added) => (e.LedgerId, Added: added))
            .DistinctBy(row => (row.LedgerId, row.Added.Txid, row.Added.Incarnation, row.Added.Movement.Part, row.Added.Movement.Asset)).ToList();
        yield return Of($"""
            with reported as materialized (
                select u.*, t.height, t.position, t.block_time, t.confirmed
                from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) with ordinality
                    u (ledger_id, txid, incarnation, asset, name, delta, fee, sender, receiver, place)
                join transaction_details d on d.ledger_id = u.ledger_id and d.txid = u.txid
                cross join lateral (
                    select x.height, x.position, x.block_time, x.confirmed from transactions x
                    where x.ledger_id = u.ledger_id and x.txid = u.txid and x.incarnation = u.incarnation and not x.orphaned limit 1) t
                where d.added is null or not u.name = any(d.added)
            ), named as (
                update transaction_details d set added = coalesce(d.added, array[]::text[]) || n.names,
                    fee = case when abs(d.fee + n.fee) < 10::numeric ^ 78 then d.fee + n.fee else d.fee end,
                    senders = d.senders || n.senders, receivers = d.receivers || n.receivers
                from (
                    select ledger_id, txid, array_agg(name order by place) as names, sum(fee) as fee,
                           coalesce(jsonb_agg(sender order by place) filter (where sender is not null), '[]') as senders,
                           coalesce(jsonb_agg(receiver order by place) filter (where receiver is not null), '[]') as receivers
                    from reported group by 1, 2) n
                where d.ledger_id = n.ledger_id and d.txid = n.txid
            ), changed as materialized (
                select n.*, case when exists (
                           select from transactions x where x.ledger_id = n.ledger_id and x.txid = n.txid
                               and x.asset = n.asset) then 0 else 1 end as counts
                from (
                    select ledger_id, txid, asset, height, position, block_time, incarnation, confirmed, sum(delta) as delta
                    from reported group by 1, 2, 3, 4, 5, 6, 7, 8) n
            ), grown as (
                insert into transactions as t (ledger_id, txid, asset, height, position, delta, block_time, incarnation, confirmed)
                select ledger_id, txid, asset, height, position, delta, block_time, incarnation, confirmed from changed
                on conflict (ledger_id, txid, asset) do update set delta = t.delta + excluded.delta
            ), {Marks.OfBlocks("changed")}, {Sums.ApplyDelta("changed", '+', "sum(counts)::bigint")}
            """,
            Column(rows, NpgsqlDbType.Uuid, row => row.LedgerId),
            Column(rows, NpgsqlDbType.Text, row => row.Added.Txid),
            Column(rows, NpgsqlDbType.Integer, row => row.Added.Incarnation),
            Column(rows, NpgsqlDbType.Text, row => row.Added.Movement.Asset),
            Column(rows, NpgsqlDbType.Text, row => $"{row.Added.Movement.Part} {row.Added.Movement.Asset}"),
            Column(rows, NpgsqlDbType.Numeric, row => row.Added.Movement.Delta.Value),
            Column(rows, NpgsqlDbType.Numeric, row => row.Added.Fee.Value),
            Column(rows, NpgsqlDbType.Jsonb, row => row.Added.From is { } party ? PartyColumn.WriteOne(party) : null),
            Column(rows, NpgsqlDbType.Jsonb, row => row.Added.To is { } party ? PartyColumn.WriteOne(party) : null));
    }
}

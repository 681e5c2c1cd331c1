using System.Numerics;
using Contracts;
using Npgsql;
using NpgsqlTypes;
using Portfolio.Feed;
using static Portfolio.SqlBatch;

namespace Portfolio.Ledgers;

/// <summary>
/// Transactions that wait for a block. Being observed in one ends that, whichever of the two is heard first; a balance that a provider
/// reported as pending before then does not stand for it any more.
/// </summary>
internal static class PendingFacts
{
    public static IEnumerable<NpgsqlBatchCommand> Seen(IReadOnlyList<TransactionsPending> facts)
    {
        var rows = PendingRow.Of(facts);
        yield return Of($"""
            with incoming as materialized (
                select i.*
                from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                    i (ledger_id, txid, asset, delta, fee, provider, senders, receivers, seen_at, incarnation)
                join ledgers l on l.ledger_id = i.ledger_id
                where not exists (
                        select from transactions x where x.ledger_id = i.ledger_id and x.txid = i.txid
                            and (x.incarnation > i.incarnation or (x.incarnation = i.incarnation and not x.orphaned)))
                    and not exists (
                        select from pending_transactions p where p.ledger_id = i.ledger_id and p.txid = i.txid and p.incarnation >= i.incarnation)
            ), forgotten as (
                delete from pending_transactions p using (select distinct ledger_id, txid from incoming) i
                where p.ledger_id = i.ledger_id and p.txid = i.txid
                    and not exists (select from incoming same where same.ledger_id = p.ledger_id and same.txid = p.txid and same.asset = p.asset)
            ), stored as (
                insert into pending_transactions as p
                    (ledger_id, txid, asset, delta, fee, provider, senders, receivers, seen_at, incarnation)
                select * from incoming
                on conflict (ledger_id, txid, asset) do update set
                    delta = excluded.delta, fee = excluded.fee, provider = excluded.provider, senders = excluded.senders,
                    receivers = excluded.receivers, seen_at = excluded.seen_at, incarnation = excluded.incarnation,
                    state = 'pending', ended_at = null, replaced_by = null
            ), {Marks.OfPending("incoming")}
            insert into balances (ledger_id, asset) select distinct ledger_id, asset from incoming on conflict do nothing
            """,
            Column(rows, NpgsqlDbType.Uuid, row => row.LedgerId),
            Column(rows, NpgsqlDbType.Text, row => row.Transaction.Txid),
            Column(rows, NpgsqlDbType.Text, row => row.Asset),
            Column(rows, NpgsqlDbType.Numeric, row => row.Delta),
            Column(rows, NpgsqlDbType.Numeric, row => row.Transaction.Fee.Value),
            Column(rows, NpgsqlDbType.Text, row => row.Transaction.Provider),
            Column(rows, NpgsqlDbType.Jsonb, row => PartyColumn.Write(row.Transaction.From)),
            Column(rows, NpgsqlDbType.Jsonb, row => PartyColumn.Write(row.Transaction.To)),
            Column(rows, NpgsqlDbType.TimestampTz, row => row.Transaction.SeenAt.ToUniversalTime()),
            Column(rows, NpgsqlDbType.Integer, row => row.Transaction.Incarnation));
    }

    /// <summary>They are in a block, and wait no more.</summary>
    public static NpgsqlBatchCommand InBlock(IReadOnlyList<TransactionsObserved> facts)
    {
        var rows = facts.SelectMany(e => e.Transactions, (e, transaction) => (e.LedgerId, Transaction: transaction)).ToList();
        return Ended("delete from pending_transactions p using unnest($1, $2, $3) o (ledger_id, txid, incarnation)", "p.incarnation <= o.incarnation",
            Column(rows, NpgsqlDbType.Uuid, row => row.LedgerId),
            Column(rows, NpgsqlDbType.Text, row => row.Transaction.Txid),
            Column(rows, NpgsqlDbType.Integer, row => row.Transaction.Incarnation));
    }

    public static IEnumerable<NpgsqlBatchCommand> Replaced(IReadOnlyList<TransactionReplaced> facts)
    {
        yield return Ended("""
            update pending_transactions p set state = 'replaced', replaced_by = o.replaced_by, ended_at = o.at
            from unnest($1, $2, $3, $4, $5) o (ledger_id, txid, incarnation, at, replaced_by)
            """, "p.incarnation = o.incarnation and p.state <> 'replaced'",
            Column(facts, NpgsqlDbType.Uuid, e => e.LedgerId),
            Column(facts, NpgsqlDbType.Text, e => e.Txid),
            Column(facts, NpgsqlDbType.Integer, e => e.Incarnation),
            Column(facts, NpgsqlDbType.TimestampTz, e => e.At.ToUniversalTime()),
            Column(facts, NpgsqlDbType.Text, e => e.ReplacedBy));
    }

    public static IEnumerable<NpgsqlBatchCommand> Dropped(IReadOnlyList<TransactionDropped> facts)
    {
        yield return Ended("""
            update pending_transactions p set state = 'dropped', ended_at = o.at
            from unnest($1, $2, $3, $4) o (ledger_id, txid, incarnation, at)
            """, "p.incarnation = o.incarnation and p.state = 'pending'",
            Column(facts, NpgsqlDbType.Uuid, e => e.LedgerId),
            Column(facts, NpgsqlDbType.Text, e => e.Txid),
            Column(facts, NpgsqlDbType.Integer, e => e.Incarnation),
            Column(facts, NpgsqlDbType.TimestampTz, e => e.At.ToUniversalTime()));
    }

    private static NpgsqlBatchCommand Ended(string change, string condition, params ReadOnlySpan<NpgsqlParameter> parameters) => Of($"""
        with ended as (
            {change}
            where p.ledger_id = o.ledger_id and p.txid = o.txid and {condition}
            returning p.ledger_id, p.txid, p.asset
        ), {Marks.OfPending("ended")}
        update balances b set pending = 0 from (select distinct ledger_id, asset from ended) e
        where b.ledger_id = e.ledger_id and b.asset = e.asset and b.pending <> 0
        """, parameters);

    /// <summary>One asset's change in one transaction.</summary>
    private sealed record PendingRow(Guid LedgerId, PendingTransaction Transaction, string Asset, BigInteger Delta)
    {
        public static List<PendingRow> Of(IReadOnlyList<TransactionsPending> facts) =>
        [
            .. facts.SelectMany(e => e.Transactions, (e, transaction) => (e.LedgerId, Transaction: transaction))
                .GroupBy(each => (each.LedgerId, each.Transaction.Txid), (_, all) => all.MaxBy(each => each.Transaction.Incarnation))
                .SelectMany(each => each.Transaction.Movements.GroupBy(movement => movement.Asset), (each, moved) => new PendingRow(
                    each.LedgerId, each.Transaction, moved.Key, moved.Aggregate(BigInteger.Zero, (sum, movement) => sum + movement.Delta.Value))),
        ];
    }
}

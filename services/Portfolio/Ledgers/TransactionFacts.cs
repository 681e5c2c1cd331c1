using System.Numerics;
using Contracts;
using Npgsql;
using NpgsqlTypes;
using Portfolio.Feed;
using static Portfolio.SqlBatch;

namespace Portfolio.Ledgers;

/// <summary>
/// Transactions and the sums kept of them. Every statement moves the sums by exactly the rows that it itself changed,
/// so a fact applied again changes nothing and no sum can drift from the rows.
/// </summary>
internal static class TransactionFacts
{
    public static IEnumerable<NpgsqlBatchCommand> Observed(IReadOnlyList<TransactionsObserved> facts)
    {
        var rows = ObservedRow.Of(facts);
        yield return PendingFacts.InBlock(facts);
        if (rows.Any(row => row.Transaction.Incarnation > 0)) yield return ForgetEarlierIncarnations(rows);

        yield return Of($"""
            with incoming as materialized (
                select i.*
                from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
                    i (ledger_id, txid, asset, height, position, delta, block_time, incarnation,
                       leads, block_hash, fee, coinbase, provider, senders, receivers)
                join ledgers l on l.ledger_id = i.ledger_id
                where not exists (
                    select from transaction_details known where known.ledger_id = i.ledger_id and known.txid = i.txid)
            ), detailed as (
                insert into transaction_details (ledger_id, txid, block_hash, fee, coinbase, provider, senders, receivers)
                select ledger_id, txid, block_hash, fee, coinbase, provider, senders, receivers from incoming where leads
            ), changed as (
                insert into transactions (ledger_id, txid, asset, height, position, delta, block_time, incarnation)
                select ledger_id, txid, asset, height, position, delta, block_time, incarnation from incoming
                returning ledger_id, txid, asset, height, block_time, delta
            ), {Marks.OfBlocks("changed")}, {Sums.ApplyDelta("changed", '+')}
            """,
            Column(rows, NpgsqlDbType.Uuid, row => row.LedgerId),
            Column(rows, NpgsqlDbType.Text, row => row.Transaction.Txid),
            Column(rows, NpgsqlDbType.Text, row => row.Asset),
            Column(rows, NpgsqlDbType.Bigint, row => row.Transaction.Height),
            Column(rows, NpgsqlDbType.Integer, row => row.Transaction.Position ?? 0),
            Column(rows, NpgsqlDbType.Numeric, row => row.Delta),
            Column(rows, NpgsqlDbType.TimestampTz, row => row.Transaction.BlockTime.ToUniversalTime()),
            Column(rows, NpgsqlDbType.Integer, row => row.Transaction.Incarnation),
            Column(rows, NpgsqlDbType.Boolean, row => row.Leads),
            Column(rows, NpgsqlDbType.Text, row => row.Transaction.BlockHash),
            Column(rows, NpgsqlDbType.Numeric, row => row.Transaction.Fee.Value),
            Column(rows, NpgsqlDbType.Boolean, row => row.Transaction.Coinbase),
            Column(rows, NpgsqlDbType.Text, row => row.Transaction.Provider),
            Column(rows, NpgsqlDbType.Jsonb, row => row.Leads ? PartyColumn.Write(row.Transaction.From) : null),
            Column(rows, NpgsqlDbType.Jsonb, row => row.Leads ? PartyColumn.Write(row.Transaction.To) : null));
    }

    // Heights and amounts stay, so only the sums by time move.
    public static IEnumerable<NpgsqlBatchCommand> Placed(IReadOnlyList<TransactionsPlaced> facts)
    {
        var rows = facts.SelectMany(e => e.Transactions, (e, transaction) => (e.LedgerId, Transaction: transaction))
            .GroupBy(row => (row.LedgerId, row.Transaction.Txid, row.Transaction.Incarnation), (_, all) => all.Last()).ToList();
        yield return Of($"""
            with placed as materialized (
                select t.ledger_id, t.txid, t.asset, t.height, t.delta, t.block_time as known, p.block_time, p.block_hash
                from unnest($1, $2, $3, $4, $5) p (ledger_id, txid, incarnation, block_hash, block_time)
                join transactions t on t.ledger_id = p.ledger_id and t.txid = p.txid and t.incarnation = p.incarnation and not t.orphaned
            ), named as (
                update transaction_details d set block_hash = p.block_hash from placed p where d.ledger_id = p.ledger_id and d.txid = p.txid
            ), timed as (
                update transactions t set block_time = p.block_time from placed p
                where t.ledger_id = p.ledger_id and t.txid = p.txid and t.asset = p.asset and t.block_time <> p.block_time
            ), {Marks.OfBlocks("placed")}, {Sums.MovedInTime("placed", "known", "block_time")}
            """,
            Column(rows, NpgsqlDbType.Uuid, row => row.LedgerId),
            Column(rows, NpgsqlDbType.Text, row => row.Transaction.Txid),
            Column(rows, NpgsqlDbType.Integer, row => row.Transaction.Incarnation),
            Column(rows, NpgsqlDbType.Text, row => row.Transaction.BlockHash),
            Column(rows, NpgsqlDbType.TimestampTz, row => row.Transaction.BlockTime.ToUniversalTime()));
    }

    public static IEnumerable<NpgsqlBatchCommand> Orphaned(IReadOnlyList<TransactionsOrphaned> facts)
    {
        var rows = facts.SelectMany(e => e.Transactions, (e, transaction) => (e.LedgerId, Transaction: transaction)).ToList();
        yield return Of($"""
            with changed as (
                update transactions t set orphaned = true, confirmed = false
                from unnest($1, $2, $3) o (ledger_id, txid, incarnation)
                where t.ledger_id = o.ledger_id and t.txid = o.txid and t.incarnation = o.incarnation and not t.orphaned
                returning t.ledger_id, t.txid, t.asset, t.height, t.block_time, t.delta
            ), {Marks.OfBlocks("changed")}, {Sums.ApplyDelta("changed", '-')}
            """,
            Column(rows, NpgsqlDbType.Uuid, row => row.LedgerId),
            Column(rows, NpgsqlDbType.Text, row => row.Transaction.Txid),
            Column(rows, NpgsqlDbType.Integer, row => row.Transaction.Incarnation));
    }

    public static IEnumerable<NpgsqlBatchCommand> Confirmed(IReadOnlyList<TransactionsConfirmed> facts)
    {
        var rows = facts.SelectMany(e => e.Txids, (e, txid) => (e.LedgerId, Txid: txid)).ToList();
        yield return Of("""
            update transactions t set confirmed = true from unnest($1, $2) c (ledger_id, txid)
            where t.ledger_id = c.ledger_id and t.txid = c.txid and not t.orphaned and not t.confirmed
            """,
            Column(rows, NpgsqlDbType.Uuid, row => row.LedgerId),
            Column(rows, NpgsqlDbType.Text, row => row.Txid));
    }

    // A transaction back in the chain takes the place of what the reorganisation left of it.
    private static NpgsqlBatchCommand ForgetEarlierIncarnations(IReadOnlyList<ObservedRow> rows)
    {
        var leading = rows.Where(row => row.Leads && row.Transaction.Incarnation > 0).ToList();
        return Of($"""
            with gone as (
                delete from transactions t using unnest($1, $2, $3) i (ledger_id, txid, incarnation)
                where t.ledger_id = i.ledger_id and t.txid = i.txid and t.incarnation < i.incarnation
                returning t.ledger_id, t.txid, t.asset, t.height, t.block_time, t.delta, t.orphaned
            ), details as (
                delete from transaction_details d using (select distinct ledger_id, txid from gone) g
                where d.ledger_id = g.ledger_id and d.txid = g.txid
            ), changed as (
                select * from gone where not orphaned
            ), {Sums.ApplyDelta("changed", '-')}
            """,
            Column(leading, NpgsqlDbType.Uuid, row => row.LedgerId),
            Column(leading, NpgsqlDbType.Text, row => row.Transaction.Txid),
            Column(leading, NpgsqlDbType.Integer, row => row.Transaction.Incarnation));
    }

    /// <summary>One asset's change in one transaction; the first row of a transaction carries its details.</summary>
    private sealed record ObservedRow(Guid LedgerId, ObservedTransaction Transaction, string Asset, BigInteger Delta, bool Leads)
    {
        public static List<ObservedRow> Of(IReadOnlyList<TransactionsObserved> facts)
        {
            var rows = new List<ObservedRow>();
            foreach (var (ledger, transaction) in Latest(facts))
            {
                var first = rows.Count;
                foreach (var movement in transaction.Movements)
                {
                    var same = rows.FindIndex(first, row => row.Asset == movement.Asset);
                    if (same < 0) rows.Add(new(ledger, transaction, movement.Asset, movement.Delta.Value, rows.Count == first));
                    else rows[same] = rows[same] with { Delta = rows[same].Delta + movement.Delta.Value };
                }
            }

            return rows;
        }

        private static IEnumerable<(Guid Ledger, ObservedTransaction Transaction)> Latest(IReadOnlyList<TransactionsObserved> facts)
        {
            var latest = new Dictionary<(Guid, string), ObservedTransaction>();
            foreach (var fact in facts)
            {
                foreach (var transaction in fact.Transactions)
                {
                    if (!latest.TryGetValue((fact.LedgerId, transaction.Txid), out var known) || transaction.Incarnation > known.Incarnation)
                        latest[(fact.LedgerId, transaction.Txid)] = transaction;
                }
            }

            return latest.Select(entry => (entry.Key.Item1, entry.Value));
        }
    }
}

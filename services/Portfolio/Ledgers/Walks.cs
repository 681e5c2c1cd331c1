using Contracts;
using Npgsql;
using NpgsqlTypes;
using Portfolio.Feed;
using static Portfolio.SqlBatch;

namespace Portfolio.Ledgers;

/// <summary>Which walk a ledger is on, how far the last one reached, and since when none could be carried out.</summary>
internal static class Walks
{
    public static IEnumerable<NpgsqlBatchCommand> Started(IReadOnlyList<LedgerWalkStarted> facts)
    {
        yield return Of(
            "update ledgers l set walk = w.kind from unnest($1, $2) w (ledger_id, kind) where l.ledger_id = w.ledger_id",
            Column(facts, NpgsqlDbType.Uuid, e => e.LedgerId),
            Column(facts, NpgsqlDbType.Text, e => e.Kind));
    }

    public static IEnumerable<NpgsqlBatchCommand> Completed(IReadOnlyList<LedgerWalkCompleted> facts)
    {
        yield return Of("""
            update ledgers l
            set walk = null, first_walk_done = true, walked_height = w.height, walked_hash = w.hash, walked_at = w.at
            from unnest($1, $2, $3, $4) w (ledger_id, height, hash, at)
            where l.ledger_id = w.ledger_id
            """,
            Column(facts, NpgsqlDbType.Uuid, e => e.LedgerId),
            Column(facts, NpgsqlDbType.Bigint, e => e.TipHeight),
            Column(facts, NpgsqlDbType.Text, e => e.TipHash),
            Column(facts, NpgsqlDbType.TimestampTz, e => e.At.ToUniversalTime()));
        yield return Trackers.Anchored([.. facts.Select(e => (e.LedgerId, e.TipHeight))]);
        yield return Marks.OfBalances(Column(facts, NpgsqlDbType.Uuid, e => e.LedgerId));
    }

    public static IEnumerable<NpgsqlBatchCommand> FellBehind(IReadOnlyList<LedgerFellBehind> facts)
    {
        yield return Of(
            "update ledgers l set stale_since = s.since from unnest($1, $2) s (ledger_id, since) where l.ledger_id = s.ledger_id",
            Column(facts, NpgsqlDbType.Uuid, e => e.LedgerId),
            Column(facts, NpgsqlDbType.TimestampTz, e => e.Since.ToUniversalTime()));
    }

    public static IEnumerable<NpgsqlBatchCommand> CaughtUp(IReadOnlyList<LedgerCaughtUp> facts)
    {
        yield return Of("update ledgers set stale_since = null where ledger_id = any($1)", Column(facts, NpgsqlDbType.Uuid, e => e.LedgerId));
    }
}

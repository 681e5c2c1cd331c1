using Contracts;
using Npgsql;
using NpgsqlTypes;
using static Portfolio.Statement;

namespace Portfolio.Ledgers;

/// <summary>Which walk a ledger is on and how far the last one reached.</summary>
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
    }
}

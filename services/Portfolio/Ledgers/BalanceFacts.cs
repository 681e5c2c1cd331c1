using System.Text.Json;
using Contracts;
using Npgsql;
using NpgsqlTypes;
using Portfolio.Feed;
using static Portfolio.SqlBatch;

namespace Portfolio.Ledgers;

/// <summary>What providers say a ledger holds, and what comparing it with our own sum came to.</summary>
internal static class BalanceFacts
{
    public static IEnumerable<NpgsqlBatchCommand> Reported(IReadOnlyList<BalanceReported> facts)
    {
        yield return Of("""
            insert into balances as b (ledger_id, asset, reported, pending, reported_count, reported_height, reported_hash,
                                       reported_at, provider, anchor, anchor_height)
            select r.ledger_id, r.asset, r.confirmed, r.pending, r.count, r.height, r.hash, r.at, r.provider, r.confirmed, r.height
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
                r (ledger_id, asset, confirmed, pending, count, height, hash, at, provider)
            join ledgers l on l.ledger_id = r.ledger_id
            on conflict (ledger_id, asset) do update set
                reported = excluded.reported, pending = excluded.pending, reported_count = excluded.reported_count,
                reported_height = excluded.reported_height, reported_hash = excluded.reported_hash,
                reported_at = excluded.reported_at, provider = excluded.provider,
                anchor = case when b.derived_count = 0 or b.anchor is null then excluded.anchor else b.anchor end,
                anchor_height = case when b.derived_count = 0 or b.anchor is null then excluded.anchor_height else b.anchor_height end
            """,
            Column(facts, NpgsqlDbType.Uuid, e => e.LedgerId),
            Column(facts, NpgsqlDbType.Text, e => e.Asset),
            Column(facts, NpgsqlDbType.Numeric, e => e.Confirmed.Value),
            Column(facts, NpgsqlDbType.Numeric, e => e.Pending.Value),
            Column(facts, NpgsqlDbType.Bigint, e => e.TransactionCount),
            Column(facts, NpgsqlDbType.Bigint, e => e.TipHeight),
            Column(facts, NpgsqlDbType.Text, e => e.TipHash),
            Column(facts, NpgsqlDbType.TimestampTz, e => e.At.ToUniversalTime()),
            Column(facts, NpgsqlDbType.Text, e => e.Provider));
        yield return Trackers.Anchored([.. facts.Select(e => (e.LedgerId, e.TipHeight))]);
        yield return Marks.OfBalances(Column(facts, NpgsqlDbType.Uuid, e => e.LedgerId));
    }

    // The comparison asked the provider anew, so its answer is the latest report too.
    public static IEnumerable<NpgsqlBatchCommand> Reconciled(IReadOnlyList<BalanceReconciled> facts)
    {
        yield return Of("""
            insert into balances (ledger_id, asset, reported, reported_count, reported_height, reported_hash, reported_at,
                                  provider, verdict, verified_height, verified_hash, verified_at, differences)
            select r.ledger_id, r.asset, r.reported, r.count, r.height, r.hash, r.at,
                   r.provider, r.verdict, r.height, r.hash, r.at, r.differences
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                r (ledger_id, asset, reported, count, height, hash, at, provider, verdict, differences)
            join ledgers l on l.ledger_id = r.ledger_id
            on conflict (ledger_id, asset) do update set
                reported = excluded.reported, reported_count = excluded.reported_count,
                reported_height = excluded.reported_height, reported_hash = excluded.reported_hash,
                reported_at = excluded.reported_at, provider = excluded.provider, verdict = excluded.verdict,
                verified_height = excluded.verified_height, verified_hash = excluded.verified_hash,
                verified_at = excluded.verified_at, differences = excluded.differences
            """,
            Column(facts, NpgsqlDbType.Uuid, e => e.LedgerId),
            Column(facts, NpgsqlDbType.Text, e => e.Asset),
            Column(facts, NpgsqlDbType.Numeric, e => e.Reported.Value),
            Column(facts, NpgsqlDbType.Bigint, e => e.ReportedCount),
            Column(facts, NpgsqlDbType.Bigint, e => e.Height),
            Column(facts, NpgsqlDbType.Text, e => e.TipHash),
            Column(facts, NpgsqlDbType.TimestampTz, e => e.At.ToUniversalTime()),
            Column(facts, NpgsqlDbType.Text, e => e.Provider),
            Column(facts, NpgsqlDbType.Text, e => e.Verdict),
            Column(facts, NpgsqlDbType.Jsonb, e => JsonSerializer.Serialize(e.Differences)));
        yield return Marks.OfBalances(Column(facts, NpgsqlDbType.Uuid, e => e.LedgerId));
    }
}

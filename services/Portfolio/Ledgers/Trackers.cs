using Contracts;
using Npgsql;
using NpgsqlTypes;
using static Portfolio.SqlBatch;

namespace Portfolio.Ledgers;

/// <summary>Which ledgers exist and who tracks them. A ledger's rows go, all of them, with the fact that it was closed.</summary>
internal static class Trackers
{
    // The mark of the last tracker that ended is needed only until another one comes.
    private const string ForgetEnded = """
        delete from ledger_trackers t
        where t.ledger_id = any($1) and t.ended
          and exists (select from ledger_trackers other where other.ledger_id = t.ledger_id and not other.ended)
        """;

    private static readonly string[] TablesOfLedgers =
    [
        "transactions", "transaction_details", "pending_transactions", "balance_days", "balance_spans", "balance_stretches", "balances",
        "ledger_trackers", "ledgers", "feed_marks",
    ];

    public static IEnumerable<NpgsqlBatchCommand> Tracked(IReadOnlyList<LedgerTracked> facts)
    {
        var ledgers = Column(facts, NpgsqlDbType.Uuid, e => e.LedgerId);
        yield return Of(
            "insert into ledgers (ledger_id, network, address) select * from unnest($1, $2, $3) on conflict do nothing",
            ledgers,
            Column(facts, NpgsqlDbType.Text, e => e.Network),
            Column(facts, NpgsqlDbType.Text, e => e.Address));
        yield return Of("""
            insert into ledger_trackers (ledger_id, address_id, wallet_id, anchor_height)
            select t.ledger_id, t.address_id, t.wallet_id, l.walked_height
            from unnest($1, $2, $3) t (ledger_id, address_id, wallet_id) join ledgers l on l.ledger_id = t.ledger_id
            on conflict (ledger_id, address_id) do update set ended = false
            """,
            ledgers.Clone(),
            Column(facts, NpgsqlDbType.Uuid, e => e.AddressId),
            Column(facts, NpgsqlDbType.Uuid, e => e.WalletId));
        yield return Of(
            "insert into address_imports (ledger_id, address_id, wallet_id) select * from unnest($1, $2, $3) on conflict do nothing",
            ledgers.Clone(),
            Column(facts, NpgsqlDbType.Uuid, e => e.AddressId),
            Column(facts, NpgsqlDbType.Uuid, e => e.WalletId));
        yield return Of(ForgetEnded, ledgers.Clone());
    }

    public static IEnumerable<NpgsqlBatchCommand> Untracked(IReadOnlyList<LedgerUntracked> facts)
    {
        var ledgers = Column(facts, NpgsqlDbType.Uuid, e => e.LedgerId);
        yield return Of("""
            update ledger_trackers t set ended = true from unnest($1, $2) u (ledger_id, address_id)
            where t.ledger_id = u.ledger_id and t.address_id = u.address_id
            """,
            ledgers,
            Column(facts, NpgsqlDbType.Uuid, e => e.AddressId));
        yield return Of(ForgetEnded, ledgers.Clone());
        yield return Of("insert into feed_goings (id) select distinct * from unnest($1) on conflict do nothing",
            Column(facts, NpgsqlDbType.Uuid, e => e.AddressId));
    }

    /// <summary>What lies in the chain up to the first tip that a ledger is known at is no news to those who track it by then.</summary>
    public static NpgsqlBatchCommand Anchored(IReadOnlyList<(Guid LedgerId, long Height)> tips) => Of("""
        update ledger_trackers t set anchor_height = a.height from unnest($1, $2) a (ledger_id, height)
        where t.ledger_id = a.ledger_id and t.anchor_height is null
        """,
        Column(tips, NpgsqlDbType.Uuid, tip => tip.LedgerId),
        Column(tips, NpgsqlDbType.Bigint, tip => tip.Height));

    public static IEnumerable<NpgsqlBatchCommand> Closed(IReadOnlyList<LedgerClosed> facts)
    {
        // Its source may have purged that it was untracked before we heard of it.
        yield return Of("insert into feed_goings (id) select address_id from address_imports where ledger_id = any($1) on conflict do nothing",
            Column(facts, NpgsqlDbType.Uuid, e => e.LedgerId));
        foreach (var table in TablesOfLedgers)
            yield return Of($"delete from {table} where ledger_id = any($1)", Column(facts, NpgsqlDbType.Uuid, e => e.LedgerId));
    }
}

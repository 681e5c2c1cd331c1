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
        ["transactions", "transaction_details", "balance_days", "balance_spans", "balance_stretches", "balances", "ledger_trackers", "ledgers"];

    public static IEnumerable<NpgsqlBatchCommand> Tracked(IReadOnlyList<LedgerTracked> facts)
    {
        var ledgers = Column(facts, NpgsqlDbType.Uuid, e => e.LedgerId);
        yield return Of(
            "insert into ledgers (ledger_id, network, address) select * from unnest($1, $2, $3) on conflict do nothing",
            ledgers,
            Column(facts, NpgsqlDbType.Text, e => e.Network),
            Column(facts, NpgsqlDbType.Text, e => e.Address));
        yield return Of("""
            insert into ledger_trackers (ledger_id, address_id, wallet_id) select * from unnest($1, $2, $3)
            on conflict (ledger_id, address_id) do update set ended = false
            """,
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
    }

    public static IEnumerable<NpgsqlBatchCommand> Closed(IReadOnlyList<LedgerClosed> facts) =>
        TablesOfLedgers.Select(table =>
            Of($"delete from {table} where ledger_id = any($1)", Column(facts, NpgsqlDbType.Uuid, e => e.LedgerId)));
}

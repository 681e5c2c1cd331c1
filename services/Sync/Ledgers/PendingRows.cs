using Npgsql;
using NpgsqlTypes;
using Postgres;

namespace Sync.Ledgers;

/// <summary>How a pending transaction stands; the names are stored.</summary>
internal static class PendingStates
{
    public const string Waiting = "waiting";
    public const string Observed = "observed";
    public const string Replaced = "replaced";
    public const string Dropped = "dropped";
}

/// <summary>
/// A transaction that waits for a block, or did, by the coins that it spends. <c>Incarnation</c> is another each time it comes back.
/// </summary>
internal sealed record PendingRow(
    string Txid, int Incarnation, string State, string[] Spent, DateTimeOffset SeenAt, DateTimeOffset LastSeenAt)
{
    // Rows are read by their columns' names: what an array holds the reader does not say.
    private PendingRow() : this("", 0, "", [], default, default)
    {
    }

    public bool IsWaiting => State == PendingStates.Waiting;
}

/// <summary>The rows of a ledger's pending transactions, written by whoever holds its claim.</summary>
internal static class PendingRows
{
    // What has ended is kept for its incarnation, for longer than any node keeps what waits.
    private static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    public static Task<List<PendingRow>> ReadAsync(NpgsqlConnection connection, Guid ledgerId, CancellationToken ct) =>
        connection.QueryAsync<PendingRow>(
            "select txid, incarnation, state, spent, seen_at, last_seen_at from pending_transactions where ledger_id = @ledgerId order by txid",
            new { ledgerId }, ct);

    /// <summary>These are in blocks: what waited of them does not any more. Returns how many did.</summary>
    public static Task<int> ObserveAsync(NpgsqlConnection connection, Guid ledgerId, string[] txids, CancellationToken ct) =>
        connection.ExecuteAsync("""
            update pending_transactions set state = 'observed' where ledger_id = @ledgerId and txid = any(@txids) and state = 'waiting'
            """, new { ledgerId, txids }, ct);

    /// <summary>Writes rows as they are to be, and forgets what ended long ago.</summary>
    public static async Task WriteAsync(
        NpgsqlConnection connection, Guid ledgerId, IReadOnlyCollection<PendingRow> rows, DateTimeOffset now, CancellationToken ct)
    {
        foreach (var row in rows)
        {
            await connection.ExecuteAsync("""
                insert into pending_transactions (ledger_id, txid, incarnation, state, spent, seen_at, last_seen_at)
                values (@ledgerId, @Txid, @Incarnation, @State, @spent, @SeenAt, @LastSeenAt)
                on conflict (ledger_id, txid) do update set incarnation = excluded.incarnation, state = excluded.state, spent = excluded.spent,
                    seen_at = excluded.seen_at, last_seen_at = excluded.last_seen_at
                """, new
            {
                ledgerId, row.Txid, row.Incarnation, row.State, row.SeenAt, row.LastSeenAt,
                spent = Sql.Typed(row.Spent, NpgsqlDbType.Array | NpgsqlDbType.Varchar),
            }, ct);
        }

        await connection.ExecuteAsync(
            "delete from pending_transactions where ledger_id = @ledgerId and state <> 'waiting' and last_seen_at < @before",
            new { ledgerId, before = now - Kept }, ct);
    }
}

using Npgsql;
using Postgres;

namespace Sync.WalletSyncs;

/// <summary>
/// When each wallet's saga is due, and what its owner asked of it meanwhile: the only writer of <c>wallet_syncs</c> beside the
/// saga's own repository and its sweeper, which notes when it woke one. Each call is part of the caller's transaction.
/// </summary>
internal static class SyncSchedule
{
    // Due at once: also a saga that was sent its message a moment ago hears another one.
    private const string DueNow = "due_at = least(s.due_at, now()), woken_at = null";

    /// <summary>An address was imported: the wallet has a saga, and it is due.</summary>
    public static Task StartAsync(NpgsqlConnection connection, Guid walletId, CancellationToken ct) =>
        WriteAsync(connection, $"""
            insert into wallet_syncs as s (correlation_id, state, due_at) values (@walletId, 'Idle', now())
            on conflict (correlation_id) do update set {DueNow}
            """, new { walletId }, ct);

    /// <summary>Something in flight changed under the saga: it looks again.</summary>
    public static Task WakeAsync(NpgsqlConnection connection, Guid walletId, CancellationToken ct) =>
        WriteAsync(connection, $"update wallet_syncs s set {DueNow} where correlation_id = @walletId", new { walletId }, ct);

    /// <summary>These ledgers are free: whoever else waits for one of them looks again.</summary>
    public static Task WakeWaitingForAsync(NpgsqlConnection connection, Guid[] ledgers, Guid exceptWallet, CancellationToken ct) =>
        WriteAsync(connection, $"""
            update wallet_syncs s set {DueNow}
            where s.state = 'Waiting' and s.correlation_id <> @exceptWallet
              and s.correlation_id in (select wallet_id from ledger_trackers where ledger_id = any(@ledgers))
            """, new { ledgers, exceptWallet }, ct);

    /// <summary>A block told something of these ledgers: whoever tracks one of them looks at once.</summary>
    public static Task WakeTrackersAsync(NpgsqlConnection connection, IReadOnlyCollection<Guid> ledgers, CancellationToken ct) =>
        WriteAsync(connection, $"""
            update wallet_syncs s set {DueNow}
            where s.correlation_id in (
                select o.correlation_id from wallet_syncs o
                where o.correlation_id in (select wallet_id from ledger_trackers where ledger_id = any(@ledgers))
                order by o.correlation_id for update)
            """, new { ledgers = ledgers.ToArray() }, ct);

    /// <summary>Every address of the network may be due: whoever tracks one looks again.</summary>
    public static Task WakeNetworkAsync(NpgsqlConnection connection, string network, CancellationToken ct) =>
        WriteAsync(connection, $"""
            update wallet_syncs s set {DueNow}
            where s.correlation_id in (
                select o.correlation_id from wallet_syncs o
                where o.correlation_id in (select t.wallet_id from ledgers l join ledger_trackers t using (ledger_id) where l.network = @network)
                order by o.correlation_id for update)
            """, new { network }, ct);

    /// <summary>The owner cancels: a run under way ends with the saga's next message.</summary>
    public static Task CancelRunAsync(NpgsqlConnection connection, Guid walletId, CancellationToken ct) =>
        WriteAsync(connection, $"""
            update wallet_syncs s set data = data || jsonb_build_object('CancelledAt', clock_timestamp()), {DueNow}
            where correlation_id = @walletId and state in ('Syncing', 'Waiting')
            """, new { walletId }, ct);

    /// <summary>The owner asks for a sync: this run answers it if it can, else the next one.</summary>
    public static Task RequestRunAsync(NpgsqlConnection connection, Guid walletId, CancellationToken ct) =>
        WriteAsync(connection, $"""
            update wallet_syncs s set data = data || jsonb_build_object('RequestedAt', clock_timestamp()), {DueNow}
            where correlation_id = @walletId
            """, new { walletId }, ct);

    /// <summary>The wallet was deleted: late messages find no saga.</summary>
    public static Task EndAsync(NpgsqlConnection connection, Guid walletId, CancellationToken ct) =>
        WriteAsync(connection, "delete from wallet_syncs where correlation_id = @walletId", new { walletId }, ct);

    private static Task<int> WriteAsync(NpgsqlConnection connection, string sql, object values, CancellationToken ct) =>
        connection.ExecuteAsync(sql, values, ct);
}

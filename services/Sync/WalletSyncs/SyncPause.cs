using Npgsql;
using Postgres;
using Sync.Walks;

namespace Sync.WalletSyncs;

/// <summary>Addresses that their wallet's owner let pause. A pause says nothing of an address whose history is known: that one keeps being
/// checked.</summary>
internal static class SyncPause
{
    public const string Reason = "cancelled by its owner";

    /// <summary>Of a tracker <c>t</c> and its ledger <c>l</c>.</summary>
    public const string Sql = "(t.paused and l.verdict is null)";

    /// <summary>
    /// The owner cancels: unfinished addresses pause as they stand, a re-check that nobody else waits for is no longer
    /// wanted, and the saga is told to end its run, if it has one.
    /// </summary>
    public static async Task PauseAsync(NpgsqlConnection connection, Guid walletId, CancellationToken ct)
    {
        await connection.ExecuteAsync("""
            select from wallets where wallet_id = @walletId for update;
            update ledger_trackers t set paused = true from ledgers l
            where t.wallet_id = @walletId and l.ledger_id = t.ledger_id and l.verdict is null and not t.paused;
            update ledgers l set wanted_at = l.checked_at from ledger_trackers t
            where t.wallet_id = @walletId and t.ledger_id = l.ledger_id and l.verdict is not null and l.wanted_at > l.checked_at
              and not exists (select from ledger_trackers other where other.ledger_id = l.ledger_id and other.wallet_id <> @walletId)
            """, new { walletId }, ct);
        await SyncSchedule.CancelRunAsync(connection, walletId, ct);
    }

    /// <summary>The owner asks for a sync: everything goes on where it stands, and what had failed is tried at once, with fresh patience.</summary>
    public static async Task ResumeAsync(NpgsqlConnection connection, Guid walletId, CancellationToken ct)
    {
        await connection.ExecuteAsync("""
            select from wallets where wallet_id = @walletId for update;
            update ledger_trackers set paused = false where wallet_id = @walletId and paused;
            update ledgers l set wanted_at = clock_timestamp() from ledger_trackers t where t.wallet_id = @walletId and t.ledger_id = l.ledger_id;
            update walks w set retry_at = null, leased_until = now(), failures = 0 from ledger_trackers t
            where t.wallet_id = @walletId and t.ledger_id = w.ledger_id and w.active and w.slice_done and w.retry_at is not null
              and (w.answer ->> 'Outcome')::int = @failed
            """, new { walletId, failed = (int)SliceOutcome.Failed }, ct);
        await SyncSchedule.RequestRunAsync(connection, walletId, ct);
    }
}

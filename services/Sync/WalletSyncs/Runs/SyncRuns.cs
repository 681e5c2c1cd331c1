using EventSourcing;
using Npgsql;

namespace Sync.WalletSyncs.Runs;

/// <summary>
/// The rows of wallets' sync runs. Written in the transaction that stores the event, so a run is listed as soon as it is
/// told, and built from nothing out of the log to the same rows.
/// </summary>
internal sealed class SyncRuns : IProjection
{
    /// <summary>Writes what an event changes.</summary>
    public static Task WriteAsync(NpgsqlConnection connection, SyncEvent @event, CancellationToken ct) => WriteAsync(connection, [@event], ct);

    /// <summary>How a run ended by it; null where it goes on.</summary>
    public static string? OutcomeOf(SyncEvent @event) => @event switch
    {
        SyncEvent.SyncCompleted => "completed",
        SyncEvent.SyncFailed => "failed",
        SyncEvent.SyncCancelled => "cancelled",
        _ => null,
    };

    public Task ApplyAsync(NpgsqlConnection connection, IReadOnlyList<StoredEvent> events, CancellationToken ct) =>
        WriteAsync(connection, [.. events.Select(stored => stored.Data).OfType<SyncEvent>()], ct);

    public async Task ResetAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        // Sagas wait until the rebuilt rows are there, or theirs would be built twice; readers go on.
        await using var reset = new NpgsqlCommand("lock table sync_runs in share row exclusive mode; delete from sync_runs", connection);
        await reset.ExecuteNonQueryAsync(ct);
    }

    private static async Task WriteAsync(NpgsqlConnection connection, IReadOnlyList<SyncEvent> events, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var @event in events)
        {
            foreach (var command in CommandsOf(@event)) batch.BatchCommands.Add(command);
        }

        if (batch.BatchCommands.Count > 0) await batch.ExecuteNonQueryAsync(ct);
    }

    private static IEnumerable<NpgsqlBatchCommand> CommandsOf(SyncEvent @event) => @event switch
    {
        SyncEvent.SyncStarted e =>
        [
            // A wallet has one run at a time. Whatever kept the one before from telling its end, it is over.
            Sql("update sync_runs set status = 'failed', reason = 'superseded by another run', next_try = null, finished_at = $2 where wallet_id = " +
                "$1 and finished_at is null", e.WalletId, e.At),
            Sql("insert into sync_runs (run_id, wallet_id, trigger, status, started_at) values ($1, $2, $3, 'running', $4)", e.RunId, e.WalletId,
                e.Trigger, e.At),
        ],
        SyncEvent.SyncWaiting e =>
        [
            Sql("update sync_runs set status = 'waiting', reason = $2, next_try = $3 where run_id = $1", e.RunId, e.Reason, e.Until),
        ],
        SyncEvent.SyncCompleted e => [Ended(e.RunId, "completed", e.At, e.Pages, e.Requests, e.Found)],
        SyncEvent.SyncFailed e => [Ended(e.RunId, "failed", e.At, e.Pages, e.Requests, e.Found, e.Reason, e.NextTry)],
        SyncEvent.SyncCancelled e => [Ended(e.RunId, "cancelled", e.At, e.Pages, e.Requests, e.Found, SyncPause.Reason)],
        SyncEvent.SyncErased e => [Sql("delete from sync_runs where wallet_id = $1", e.WalletId)],
        _ => [],
    };

    private static NpgsqlBatchCommand Ended(
        Guid runId, string status, DateTimeOffset at, long? pages, long? requests, long? found, string? reason = null,
        DateTimeOffset? nextTry = null) =>
        Sql("update sync_runs set status = $2, finished_at = $3, pages = $4, requests = $5, found = $6, reason = $7, next_try = $8 where run_id = $1",
            runId, status, at, pages, requests, found, reason, nextTry);

    private static NpgsqlBatchCommand Sql(string text, params ReadOnlySpan<object?> values)
    {
        var command = new NpgsqlBatchCommand(text);
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value is DateTimeOffset at ? at.ToUniversalTime() : value ?? DBNull.Value });
        return command;
    }
}

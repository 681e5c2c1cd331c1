using Npgsql;
using Postgres;

namespace Messaging;

/// <summary>
/// How far an inbox is in its source's log: where the last applied contract ends, and up to where the log behind it is
/// known to hold only events that are not published.
/// </summary>
public readonly record struct InboxCheckpoint(long Position, long ReadTo)
{
    /// <summary>Where a source's inbox of this service is.</summary>
    public static async Task<InboxCheckpoint> ReadAsync(NpgsqlConnection connection, string source, CancellationToken ct = default) =>
        await SelectAsync(connection, source, "", ct) ?? default;

    /// <summary>The checkpoint with its row locked, so that one transaction at a time applies.</summary>
    public static async Task<InboxCheckpoint> LockAsync(NpgsqlConnection connection, string source, CancellationToken ct)
    {
        if (await SelectAsync(connection, source, "for update", ct) is { } found) return found;

        await connection.ExecuteAsync("insert into inbox_checkpoints (source) values (@source) on conflict do nothing", new { source }, ct);
        return (await SelectAsync(connection, source, "for update", ct))!.Value;
    }

    /// <summary>Moves the source's inbox of this service to here.</summary>
    public Task SaveAsync(NpgsqlConnection connection, string source, CancellationToken ct) => connection.ExecuteAsync(
        "update inbox_checkpoints set position = @Position, read_to = @ReadTo, updated_at = now() where source = @source",
        new { source, Position, ReadTo }, ct);

    private static async Task<InboxCheckpoint?> SelectAsync(NpgsqlConnection connection, string source, string locking, CancellationToken ct) =>
        await connection.QueryAsync<InboxCheckpoint>(
            $"select position, read_to from inbox_checkpoints where source = @source {locking}", new { source }, ct) is [var found] ? found : null;
}

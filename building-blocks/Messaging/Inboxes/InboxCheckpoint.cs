using Npgsql;

namespace Messaging;

/// <summary>
/// How far an inbox is in its source's log: where the last applied contract ends, and up to where the log behind it is
/// known to hold only events that nobody is told of.
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

        await using var create = new NpgsqlCommand("insert into inbox_checkpoints (source) values ($1) on conflict do nothing", connection);
        create.Parameters.Add(new() { Value = source });
        await create.ExecuteNonQueryAsync(ct);
        return (await SelectAsync(connection, source, "for update", ct))!.Value;
    }

    /// <summary>Moves the source's inbox of this service to here.</summary>
    public async Task SaveAsync(NpgsqlConnection connection, string source, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "update inbox_checkpoints set position = $2, read_to = $3, updated_at = now() where source = $1", connection);
        command.Parameters.Add(new() { Value = source });
        command.Parameters.Add(new() { Value = Position });
        command.Parameters.Add(new() { Value = ReadTo });
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task<InboxCheckpoint?> SelectAsync(NpgsqlConnection connection, string source, string locking, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            $"select position, read_to from inbox_checkpoints where source = $1 {locking}", connection);
        command.Parameters.Add(new() { Value = source });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? new InboxCheckpoint(reader.GetInt64(0), reader.GetInt64(1)) : null;
    }
}

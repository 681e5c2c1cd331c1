using System.Diagnostics.Metrics;
using Npgsql;

namespace EventSourcing;

/// <summary>
/// Moves a projection along the log. Rows and checkpoint change in one transaction; the checkpoint's row lock lets any
/// number of processes run the same projection without applying anything twice.
/// </summary>
public sealed class ProjectionRunner(NpgsqlDataSource dataSource, EventTypes types, IProjection projection, int batchSize = 500)
{
    private static readonly Meter Meter = new("EventSourcing");
    private static readonly Counter<long> Applied = Meter.CreateCounter<long>("eventsourcing.projection.events", description: "Events applied by projections.");

    /// <summary>Applies the next batch; returns how many events it held, 0 at the head of the log.</summary>
    public async Task<int> StepAsync(CancellationToken ct = default)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        // Taking the checkpoint's lock writes to disk, which a runner at rest has no reason to do.
        if (!await IsBehindAsync(connection, ct)) return 0;

        await using var transaction = await connection.BeginTransactionAsync(ct);
        var count = await StepAsync(connection, await LockCheckpointAsync(connection, ct), ct);
        await transaction.CommitAsync(ct);
        return count;
    }

    /// <summary>Applies everything up to the head of the log as it is met.</summary>
    public async Task CatchUpAsync(CancellationToken ct = default)
    {
        while (await StepAsync(ct) > 0) { }
    }

    /// <summary>
    /// Builds the read model from nothing in one transaction: readers see the old rows until the new ones are whole, and
    /// a rebuild that dies changes nothing.
    /// </summary>
    public async Task RebuildAsync(CancellationToken ct = default)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await LockCheckpointAsync(connection, ct);
        await projection.ResetAsync(connection, ct);
        var position = 0L;
        while (true)
        {
            var events = await EventStore.ReadLogAsync(connection, types, position, batchSize, ct);
            if (events.Count == 0) break;
            await projection.ApplyAsync(connection, events, ct);
            position = events[^1].Position;
        }

        await SaveCheckpointAsync(connection, position, ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>The position of the last event applied.</summary>
    public async Task<long> CheckpointAsync(CancellationToken ct = default)
    {
        await using var command = dataSource.CreateCommand("select last_seq_id from mt_event_progression where name = $1");
        command.Parameters.Add(new() { Value = projection.Name });
        return await command.ExecuteScalarAsync(ct) as long? ?? 0;
    }

    private async Task<int> StepAsync(NpgsqlConnection connection, long checkpoint, CancellationToken ct)
    {
        var events = await EventStore.ReadLogAsync(connection, types, checkpoint, batchSize, ct);
        if (events.Count == 0) return 0;

        await projection.ApplyAsync(connection, events, ct);
        await SaveCheckpointAsync(connection, events[^1].Position, ct);
        Applied.Add(events.Count, new KeyValuePair<string, object?>("projection", projection.Name));
        return events.Count;
    }

    private async Task<bool> IsBehindAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("""
            select exists (
                select from mt_events
                where seq_id > coalesce((select last_seq_id from mt_event_progression where name = $1), 0))
            """, connection);
        command.Parameters.Add(new() { Value = projection.Name });
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    private async Task<long> LockCheckpointAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("""
            insert into mt_event_progression (name, last_seq_id) values ($1, 0)
            on conflict (name) do update set name = excluded.name
            returning last_seq_id
            """, connection);
        command.Parameters.Add(new() { Value = projection.Name });
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    private async Task SaveCheckpointAsync(NpgsqlConnection connection, long position, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "update mt_event_progression set last_seq_id = $2, last_updated = now() where name = $1", connection);
        command.Parameters.Add(new() { Value = projection.Name });
        command.Parameters.Add(new() { Value = position });
        await command.ExecuteNonQueryAsync(ct);
    }
}

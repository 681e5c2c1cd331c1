using System.Diagnostics;
using System.Runtime.CompilerServices;
using Marten;
using Npgsql;

namespace EventSourcing;

/// <summary>
/// The log of one service's database: appends to streams, loads aggregates, reads everything in the order it was
/// committed. Safe from any number of threads and processes.
/// </summary>
public sealed class EventStore(NpgsqlDataSource dataSource, EventTypes types, LogSignal signal, IDocumentStore marten)
{
    // As a Marten session reads them, but for an unknown name: Marten goes by the stored .NET type then, and a program
    // that is too old must not read past an event. It is the faster way through a long log, too (docs/adr/0001).
    private const string Columns = "seq_id, id, stream_id, version, type, data, timestamp, correlation_id, causation_id";

    /// <summary>A store for those who run outside a host.</summary>
    public EventStore(NpgsqlDataSource dataSource, EventTypes types, LogSignal signal) : this(dataSource, types, signal, types.Open(dataSource)) { }

    /// <summary>
    /// Begins a transaction for the caller's own rows and for events; nothing is stored before
    /// <see cref="Work.CommitAsync"/>. The current trace becomes the events' correlation.
    /// </summary>
    public async Task<Work> BeginAsync(CancellationToken ct = default) =>
        new(await dataSource.OpenConnectionAsync(ct), marten, types, signal, Activity.Current);

    /// <summary>Appends events to one stream. With an expected version it fails unless the stream is just there.</summary>
    /// <exception cref="WrongVersionException">Somebody else appended in between.</exception>
    public async Task<AppendResult> AppendAsync(
        string category, Guid id, IReadOnlyList<NewEvent> events, long? expectedVersion = null, CancellationToken ct = default)
    {
        await using var work = await BeginAsync(ct);
        work.Append(category, id, events, expectedVersion);
        return await work.CommitAsync(ct);
    }

    /// <summary>Folds a stream into its aggregate; the initial state at version 0 where there is none.</summary>
    public Task<Loaded<TState>> LoadAsync<TState, TEvent>(Guid id, CancellationToken ct = default)
        where TState : IAggregate<TState, TEvent>
        where TEvent : class =>
        LoadAsync<TState, TEvent>(id, null, ct);

    /// <summary>Folds on from what was loaded earlier, reading only what was appended since.</summary>
    public async Task<Loaded<TState>> LoadAsync<TState, TEvent>(Guid id, Loaded<TState>? earlier, CancellationToken ct = default)
        where TState : IAggregate<TState, TEvent>
        where TEvent : class
    {
        var (state, version) = earlier ?? new Loaded<TState>(TState.Initial, 0);
        await foreach (var stored in ReadStreamAsync(StreamName.Of(TState.Category, id), version, ct))
        {
            // A tombstone of another family may be all that is left of a purged stream.
            if (stored.Data is TEvent @event) state = TState.Evolve(state, @event);
            version = stored.Version;
        }

        return new Loaded<TState>(state, version);
    }

    /// <summary>A stream's events, oldest first.</summary>
    public IAsyncEnumerable<StoredEvent> ReadStreamAsync(string streamId, CancellationToken ct = default) =>
        ReadStreamAsync(streamId, 0, ct);

    /// <summary>Where a stream's newest event stands; null where there is no stream.</summary>
    public async Task<StreamHead?> StreamHeadAsync(string streamId, CancellationToken ct = default)
    {
        await using var command = dataSource.CreateCommand(
            "select version, seq_id from mt_events where stream_id = $1 order by version desc limit 1");
        command.Parameters.Add(new() { Value = streamId });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? new StreamHead(reader.GetInt64(0), reader.GetInt64(1)) : null;
    }

    /// <summary>At most <paramref name="limit"/> events after a position, in log order. An event once passed never appears later.</summary>
    public async Task<IReadOnlyList<StoredEvent>> ReadLogAsync(long after, int limit, CancellationToken ct = default)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        return await ReadLogAsync(connection, after, limit, ct);
    }

    /// <summary>The position of the newest event; 0 in an empty log.</summary>
    public async Task<long> HeadAsync(CancellationToken ct = default)
    {
        await using var command = dataSource.CreateCommand("select coalesce(max(seq_id), 0) from mt_events");
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>
    /// Where the log stands beyond its newest event, and whether it lost what somebody at this position has read: a log
    /// restored from a backup goes on at positions that none of its earlier lives has used.
    /// </summary>
    public async Task<LogEnd> EndAsync(long readTo, CancellationToken ct = default)
    {
        await using var command = dataSource.CreateCommand("""
            select greatest((select coalesce(max(seq_id), 0) from mt_events), coalesce(max(goes_on_after), 0)),
                   coalesce(bool_or(restored_to < $1 and $1 < goes_on_after), false)
            from log_restores
            """);
        command.Parameters.Add(new() { Value = readTo });
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return new LogEnd(reader.GetInt64(0), reader.GetBoolean(1));
    }

    /// <summary>
    /// Builds a read model from nothing in one transaction: readers see the old rows until the new ones are whole, and a
    /// rebuild that dies changes nothing. The projection's reset keeps writers of its rows away.
    /// </summary>
    public async Task RebuildAsync(IProjection projection, int batchSize = 500, CancellationToken ct = default)
    {
        await using var work = await BeginAsync(ct);
        await projection.ResetAsync(work.Connection, ct);
        for (var after = 0L; await ReadLogAsync(work.Connection, after, batchSize, ct) is { Count: > 0 } events; after = events[^1].Position)
            await projection.ApplyAsync(work.Connection, events, ct);
        await work.CommitAsync(ct);
    }

    private async Task<IReadOnlyList<StoredEvent>> ReadLogAsync(NpgsqlConnection connection, long after, int limit, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            $"select {Columns} from mt_events where seq_id > $1 order by seq_id limit $2", connection);
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var events = new List<StoredEvent>();
        while (await reader.ReadAsync(ct)) events.Add(Read(reader));
        return events;
    }

    private async IAsyncEnumerable<StoredEvent> ReadStreamAsync(
        string streamId, long afterVersion, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(
            $"select {Columns} from mt_events where stream_id = $1 and version > $2 order by version");
        command.Parameters.Add(new() { Value = streamId });
        command.Parameters.Add(new() { Value = afterVersion });
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) yield return Read(reader);
    }

    private StoredEvent Read(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetGuid(1), row.GetString(2), row.GetInt64(3),
        types.Read(row.GetString(4), row.GetFieldValue<byte[]>(5)), row.GetFieldValue<DateTimeOffset>(6),
        row.IsDBNull(7) ? null : row.GetString(7), row.IsDBNull(8) ? null : row.GetString(8));
}

/// <summary>A stream's version and the position in the log of its newest event.</summary>
public readonly record struct StreamHead(long Version, long Position);

/// <summary>The log's end; <paramref name="Lost"/> where a restore took away what the asking reader had read.</summary>
public readonly record struct LogEnd(long Position, bool Lost);

/// <summary>How streams are named: <c>{category}-{id}</c>.</summary>
public static class StreamName
{
    /// <summary>The name of an aggregate's stream.</summary>
    public static string Of(string category, Guid id) => $"{category}-{id}";
}

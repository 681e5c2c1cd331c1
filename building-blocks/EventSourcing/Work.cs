using System.Diagnostics;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace EventSourcing;

/// <summary>
/// One transaction: first the caller's own rows through <see cref="Connection"/>, then, in the last round trip, all
/// events of all streams and the commit. The log's lock is held for that round trip only. Undone unless committed.
/// </summary>
public sealed class Work : IAsyncDisposable
{
    private readonly NpgsqlTransaction transaction;
    private readonly EventTypes types;
    private readonly LogSignal signal;
    private readonly Activity? cause;
    private readonly Dictionary<string, int> streams = [];
    private readonly List<string> streamIds = [];
    private readonly List<string> categories = [];
    private readonly List<long?> expected = [];
    private readonly List<(int Stream, NewEvent Event)> pending = [];
    private readonly HashSet<Guid> ids = [];

    internal Work(NpgsqlConnection connection, NpgsqlTransaction transaction, EventTypes types, LogSignal signal, Activity? cause)
    {
        Connection = connection;
        this.transaction = transaction;
        this.types = types;
        this.signal = signal;
        this.cause = cause;
    }

    /// <summary>For the caller's own rows; commands on it belong to the transaction by themselves.</summary>
    public NpgsqlConnection Connection { get; }

    /// <summary>
    /// Adds events to a stream; stored at commit. Without an expected version writers queue instead of failing; an
    /// expected version of 0 says that the stream must not exist yet.
    /// </summary>
    public void Append(string category, Guid id, IReadOnlyList<NewEvent> events, long? expectedVersion = null)
    {
        if (events.Count == 0) return;

        var streamId = StreamName.Of(category, id);
        if (!streams.TryGetValue(streamId, out var stream))
        {
            streamIds.Add(streamId);
            categories.Add(category);
            expected.Add(null);
            streams.Add(streamId, stream = streamIds.Count);
        }

        expected[stream - 1] ??= expectedVersion;
        foreach (var @event in events)
        {
            if (ids.Add(@event.Id)) pending.Add((stream, @event));
        }
    }

    /// <summary>
    /// Deletes all that a stream holds so far, by its owner's order; what is appended in the same work stays as its
    /// tombstone. The caller must hold a lock that keeps other writers off the stream.
    /// </summary>
    public async Task PurgeAsync(string category, Guid id, CancellationToken ct = default)
    {
        await using var command = new NpgsqlCommand("delete from mt_events where stream_id = $1", Connection);
        command.Parameters.Add(new() { Value = StreamName.Of(category, id) });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Stores everything, or nothing.</summary>
    /// <exception cref="WrongVersionException">A stream is not at its expected version.</exception>
    public async Task<AppendResult> CommitAsync(CancellationToken ct = default)
    {
        if (pending.Count == 0)
        {
            await transaction.CommitAsync(ct);
            return default;
        }

        AppendResult result;
        try
        {
            await using var batch = new NpgsqlBatch(Connection)
            {
                BatchCommands = { AppendCommand(), new NpgsqlBatchCommand("commit") },
            };
            await using var reader = await batch.ExecuteReaderAsync(ct);
            await reader.ReadAsync(ct);
            result = new AppendResult((int)reader.GetInt64(0), reader.GetInt64(1));
            // The commit's own outcome arrives behind the row: without reading on, its failure would go unnoticed.
            while (await reader.NextResultAsync(ct)) { }
        }
        catch (PostgresException e) when (e.SqlState == "WT001" && e.Detail?.Split('|') is [var stream, var wanted, var actual])
        {
            throw new WrongVersionException(stream, long.Parse(wanted, null), long.Parse(actual, null));
        }

        if (result.Appended > 0) signal.Appended(result.Appended);
        return result;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await Connection.DisposeAsync();
    }

    private NpgsqlBatchCommand AppendCommand()
    {
        var count = pending.Count;
        var streamOf = new int[count];
        var eventIds = new Guid[count];
        var aliases = new string[count];
        var dotNet = new string[count];
        var data = new string[count];
        for (var i = 0; i < count; i++)
        {
            var (stream, @event) = pending[i];
            streamOf[i] = stream;
            eventIds[i] = @event.Id;
            (aliases[i], dotNet[i]) = types.NameOf(@event.Data.GetType());
            data[i] = JsonSerializer.Serialize(@event.Data, @event.Data.GetType(), EventTypes.Json);
        }

        return new NpgsqlBatchCommand("select appended, position from log_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)")
        {
            Parameters =
            {
                Array(streamIds.ToArray(), NpgsqlDbType.Varchar),
                Array(categories.ToArray(), NpgsqlDbType.Varchar),
                Array(expected.ToArray(), NpgsqlDbType.Bigint),
                Array(streamOf, NpgsqlDbType.Integer),
                Array(eventIds, NpgsqlDbType.Uuid),
                Array(aliases, NpgsqlDbType.Varchar),
                Array(dotNet, NpgsqlDbType.Varchar),
                Array(data, NpgsqlDbType.Jsonb),
                Text(cause?.TraceId.ToHexString()),
                Text(cause?.SpanId.ToHexString()),
            },
        };

        static NpgsqlParameter Array(object values, NpgsqlDbType type) => new() { Value = values, NpgsqlDbType = NpgsqlDbType.Array | type };
        static NpgsqlParameter Text(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar };
    }
}

using System.Diagnostics;
using Npgsql;
using NpgsqlTypes;

namespace EventSourcing;

/// <summary>
/// One transaction: first the caller's own rows through <see cref="Connection"/>, then, in the last round trip, all
/// events of all streams and the commit. The log's lock is held for that round trip only. Undone unless committed.
/// </summary>
public sealed class Work : IAsyncDisposable
{
    private readonly NpgsqlConnection connection;
    private readonly EventTypes types;
    private readonly LogSignal signal;
    private readonly Activity? cause;
    private readonly Dictionary<string, int> streams = [];
    private readonly List<string> streamIds = [];
    private readonly List<string> categories = [];
    private readonly List<long?> expected = [];
    private readonly List<int> counts = [];
    private readonly List<int> streamOf = [];
    private readonly List<int> nth = [];
    private readonly List<Guid> ids = [];
    private readonly List<string> aliases = [];
    private readonly List<string> dotNet = [];
    private readonly List<byte[]> data = [];
    private readonly HashSet<Guid> known = [];
    private readonly HashSet<string> purged = [];
    private NpgsqlTransaction? transaction;
    private bool ended;

    internal Work(NpgsqlConnection connection, EventTypes types, LogSignal signal, Activity? cause)
    {
        this.connection = connection;
        this.types = types;
        this.signal = signal;
        this.cause = cause;
    }

    /// <summary>For the caller's own rows; commands on it belong to the transaction by themselves.</summary>
    public NpgsqlConnection Connection
    {
        get
        {
            ObjectDisposedException.ThrowIf(ended, this);
            // Travels with the next command. A work that only appends needs none: its one statement is its transaction.
            transaction ??= connection.BeginTransaction();
            return connection;
        }
    }

    /// <summary>
    /// Adds events to a stream; stored at commit. Without an expected version writers queue instead of failing; an
    /// expected version of 0 says that the stream must not exist yet. No events check no version.
    /// </summary>
    public void Append(string category, Guid id, IReadOnlyList<NewEvent> events, long? expectedVersion = null)
    {
        ObjectDisposedException.ThrowIf(ended, this);
        if (events.Count == 0) return;

        var streamId = StreamName.Of(category, id);
        if (!streams.TryGetValue(streamId, out var stream))
        {
            streamIds.Add(streamId);
            categories.Add(category);
            expected.Add(null);
            counts.Add(0);
            streams.Add(streamId, stream = streamIds.Count);
        }

        // Every expectation of one work means the version before it.
        if (expectedVersion is not null && (expected[stream - 1] ??= expectedVersion) != expectedVersion)
            throw new ArgumentException($"{streamId} is already expected at version {expected[stream - 1]}, not {expectedVersion}.", nameof(expectedVersion));

        foreach (var @event in events)
        {
            if (!known.Add(@event.Id)) continue;

            var type = @event.Data.GetType();
            var (alias, name) = types.NameOf(type);
            data.Add(types.Write(@event.Data, type));
            streamOf.Add(stream);
            nth.Add(++counts[stream - 1]);
            ids.Add(@event.Id);
            aliases.Add(alias);
            dotNet.Add(name);
        }
    }

    /// <summary>
    /// Deletes all that a stream holds so far, by its owner's order; what the same work appends to it stays as its
    /// tombstone, and there must be some: the log's head never goes back. The caller must hold a lock that keeps other
    /// writers off the stream.
    /// </summary>
    public async Task PurgeAsync(string category, Guid id, CancellationToken ct = default)
    {
        var streamId = StreamName.Of(category, id);
        purged.Add(streamId);
        await using var command = new NpgsqlCommand("delete from mt_events where stream_id = $1", Connection);
        command.Parameters.Add(new() { Value = streamId });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>
    /// Stores everything, or nothing. When the connection is lost in the middle nobody can say which: repeat the whole
    /// work, known event ids append nothing.
    /// </summary>
    /// <exception cref="WrongVersionException">A stream is not at its expected version.</exception>
    public async Task<AppendResult> CommitAsync(CancellationToken ct = default)
    {
        ObjectDisposedException.ThrowIf(ended, this);
        if (purged.FirstOrDefault(streamId => !streams.ContainsKey(streamId)) is { } bare)
            throw new InvalidOperationException($"{bare} is purged without a tombstone.");

        ended = true;
        if (ids.Count == 0 && transaction is null) return default;

        AppendResult result;
        try
        {
            await using var batch = new NpgsqlBatch(connection);
            if (ids.Count > 0) batch.BatchCommands.Add(AppendCommand());
            // Committing a failed transaction quietly undoes it; a statement before it makes that an error.
            else batch.BatchCommands.Add(new("select 0::bigint, 0::bigint"));
            if (transaction is not null) batch.BatchCommands.Add(new("commit"));

            await using var reader = await batch.ExecuteReaderAsync(ct);
            await reader.ReadAsync(ct);
            result = new AppendResult((int)reader.GetInt64(0), reader.GetInt64(1));
            // The commit's own outcome arrives behind the row: without reading on, its failure would go unnoticed.
            while (await reader.NextResultAsync(ct)) { }
        }
        catch (PostgresException e) when (e.SqlState == "WT001" && e.MessageText.Split('|') is [var stream, var wanted, var actual])
        {
            throw new WrongVersionException(stream, long.Parse(wanted, null), long.Parse(actual, null));
        }

        if (result.Appended > 0) signal.Appended(result.Appended);
        return result;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        ended = true;
        if (transaction is not null) await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }

    private NpgsqlBatchCommand AppendCommand()
    {
        return new NpgsqlBatchCommand("select appended, head from log_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)")
        {
            Parameters =
            {
                Array(streamIds, NpgsqlDbType.Varchar),
                Array(categories, NpgsqlDbType.Varchar),
                Array(expected.TrueForAll(version => version is null) ? DBNull.Value : expected, NpgsqlDbType.Bigint),
                Array(streamOf, NpgsqlDbType.Integer),
                Array(nth, NpgsqlDbType.Integer),
                Array(ids, NpgsqlDbType.Uuid),
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

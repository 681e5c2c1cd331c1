using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Marten;
using Marten.Exceptions;
using Marten.Services;
using Npgsql;

namespace EventSourcing;

/// <summary>
/// One transaction: first the caller's own rows through <see cref="Connection"/>, then, at commit, all events of all
/// streams in a Marten session that joins it. The log's lock is held from then on only. Undone unless committed.
/// </summary>
public sealed class Work : IAsyncDisposable
{
    // READ COMMITTED: what comes behind the lock in the batch sees all that its last holder committed. The settings hold
    // to the transaction's end: a plan made while the log was small must use the indexes, its session keeps it.
    private const string Lock = """
        select pg_advisory_xact_lock(7305148120), set_config('enable_seqscan', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true)
        """;

    private readonly NpgsqlConnection connection;
    private readonly IDocumentStore marten;
    private readonly EventTypes types;
    private readonly LogSignal signal;
    private readonly Activity? cause;
    private readonly List<(string Stream, NewEvent Event)> events = [];
    private readonly Dictionary<string, long> expected = [];
    private readonly HashSet<Guid> ids = [];
    private readonly HashSet<string> purged = [];
    private readonly List<Action> afterCommit = [];
    private NpgsqlTransaction? transaction;
    private bool ended;

    internal Work(NpgsqlConnection connection, IDocumentStore marten, EventTypes types, LogSignal signal, Activity? cause)
    {
        this.connection = connection;
        this.marten = marten;
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
            // Travels with the next command.
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

        var stream = StreamName.Of(category, id);
        // Every expectation of one work means the version before it.
        if (expectedVersion is { } version && !expected.TryAdd(stream, version) && expected[stream] != version)
            throw new ArgumentException($"{stream} is already expected at version {expected[stream]}, not {version}.", nameof(expectedVersion));

        foreach (var @event in events)
        {
            types.Require(@event.Data.GetType());
            if (ids.Add(@event.Id)) this.events.Add((stream, @event));
        }
    }

    /// <summary>
    /// Deletes all that a stream holds so far, by its owner's order; what the same work appends to it stays as its
    /// tombstone, and there must be some: the log's head never goes back. The caller must hold a lock that keeps other
    /// writers off the stream.
    /// </summary>
    public async Task PurgeAsync(string category, Guid id, CancellationToken ct = default)
    {
        var stream = StreamName.Of(category, id);
        purged.Add(stream);
        await using var command = new NpgsqlCommand("delete from mt_events where stream_id = $1", Connection);
        command.Parameters.Add(new() { Value = stream });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Does this once everything is stored, such as counting it; not at all where it is undone.</summary>
    public void AfterCommit(Action action) => afterCommit.Add(action);

    /// <summary>
    /// Stores everything, or nothing. When the connection is lost in the middle nobody can say which: repeat the whole
    /// work, known event ids append nothing.
    /// </summary>
    /// <exception cref="WrongVersionException">A stream is not at its expected version.</exception>
    public async Task<AppendResult> CommitAsync(CancellationToken ct = default)
    {
        ObjectDisposedException.ThrowIf(ended, this);
        if (purged.FirstOrDefault(stream => !events.Exists(e => e.Stream == stream)) is { } bare)
            throw new InvalidOperationException($"{bare} is purged without a tombstone.");
        if (events.Count > 0) _ = Connection;
        ended = true;
        if (transaction is null) return default;

        var appended = events.Count == 0 ? 0 : await AppendAsync(ct);
        var position = 0L;
        await using (var batch = new NpgsqlBatch(connection))
        {
            // Committing a failed transaction quietly undoes it; a statement before it makes that an error.
            batch.BatchCommands.Add(new(appended == 0 ? "select 0::bigint" : "select currval('mt_events_sequence')"));
            batch.BatchCommands.Add(new("commit"));
            await using var reader = await batch.ExecuteReaderAsync(ct);
            await reader.ReadAsync(ct);
            position = reader.GetInt64(0);
            // The commit's own outcome arrives behind the row: without reading on, its failure would go unnoticed.
            while (await reader.NextResultAsync(ct)) { }
        }

        var result = new AppendResult(appended, position);
        if (result.Appended > 0) signal.Appended(result.Appended);
        foreach (var action in afterCommit) action();
        return result;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        ended = true;
        if (transaction is not null) await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }

    private async Task<int> AppendAsync(CancellationToken ct)
    {
        var known = await LockAsync(ct);
        var appended = 0;
        var session = Session();
        try
        {
            var (stream, others) = ("", new HashSet<string>());
            foreach (var (next, @event) in events)
            {
                if (known.Contains(@event.Id)) continue;
                // Marten numbers stream by stream; a stream that comes again behind another one is saved on its own.
                if (next != stream && !others.Add(stream = next))
                {
                    await SaveAsync();
                    await session.DisposeAsync();
                    session = Session();
                    others = [stream];
                }

                var wrapped = session.Events.BuildEvent(@event.Data);
                wrapped.Id = @event.Id;
                session.Events.Append(next, wrapped);
                appended++;
            }

            await SaveAsync();
        }
        finally
        {
            await session.DisposeAsync();
        }

        return appended;

        IDocumentSession Session()
        {
            var session = marten.LightweightSession(SessionOptions.ForTransaction(transaction!));
            (session.CorrelationId, session.CausationId) = (cause?.TraceId.ToHexString(), cause?.SpanId.ToHexString());
            return session;
        }

        async Task SaveAsync()
        {
            try
            {
                await session.SaveChangesAsync(ct);
            }
            catch (MartenCommandException e) when (e.InnerException is NpgsqlException own)
            {
                ExceptionDispatchInfo.Throw(own);
            }
        }
    }

    /// <summary>Takes the log's lock and says which of the events it holds already, with every version checked: one round trip.</summary>
    private async Task<HashSet<Guid>> LockAsync(CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new(Lock),
                new("select id from mt_events where id = any($1)") { Parameters = { new() { Value = ids.ToArray() } } },
            },
        };
        if (expected.Count > 0)
        {
            batch.BatchCommands.Add(new("select id, version from mt_streams where id = any($1)")
            {
                Parameters = { new() { Value = expected.Keys.ToArray() } },
            });
        }

        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct);
        var known = new HashSet<Guid>();
        while (await reader.ReadAsync(ct)) known.Add(reader.GetGuid(0));
        await reader.NextResultAsync(ct);
        var versions = new Dictionary<string, long>();
        while (await reader.ReadAsync(ct)) versions.Add(reader.GetString(0), reader.GetInt64(1));
        foreach (var (stream, version) in expected)
        {
            var actual = versions.GetValueOrDefault(stream);
            if (actual != version) throw new WrongVersionException(stream, version, actual);
        }

        return known;
    }
}

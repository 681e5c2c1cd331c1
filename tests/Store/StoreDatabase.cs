using EventSourcing;
using Npgsql;
using Postgres;
using Testing;
using Xunit;

namespace Store;

/// <summary>A database with the event store's tables and the pool the services use.</summary>
public sealed class StoreDatabase : IAsyncLifetime
{
    private readonly TestDatabase database = new();

    public string ConnectionString => database.ConnectionString;

    public NpgsqlDataSource DataSource { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await database.InitializeAsync();
        DataSource = PostgresModule.DataSource(ConnectionString);
        await EventSourcingModule.MigrateAsync(DataSource, []);
    }

    public async ValueTask DisposeAsync()
    {
        if (DataSource is not null) await DataSource.DisposeAsync();
        await database.DisposeAsync();
    }
}

/// <summary>What every test of the store needs.</summary>
public abstract class StoreTests(StoreDatabase database) : IClassFixture<StoreDatabase>
{
    private protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    private protected StoreDatabase Database => database;

    private protected EventStore Store { get; } = new(database.DataSource, Till.Types, new LogSignal());

    private protected Task ExecuteAsync(string sql) => ExecuteAsync(database.DataSource, sql);

    private protected Task<T> ReadAsync<T>(string sql) => ReadAsync<T>(database.DataSource, sql);

    private protected static async Task ExecuteAsync(NpgsqlDataSource dataSource, string sql)
    {
        await using var command = dataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Ct);
    }

    private protected static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Ct);
    }

    private protected static async Task<T> ReadAsync<T>(NpgsqlDataSource dataSource, string sql)
    {
        await using var command = dataSource.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Ct))!;
    }

    private protected async Task<IReadOnlyList<StoredEvent>> StreamAsync(Guid till)
    {
        var events = new List<StoredEvent>();
        await foreach (var stored in Store.ReadStreamAsync(StreamName.Of("till", till), Ct)) events.Add(stored);
        return events;
    }

    /// <summary>The whole log, page by page as a tailing reader gets it.</summary>
    private protected async Task<List<StoredEvent>> LogAsync(long after = 0)
    {
        var log = new List<StoredEvent>();
        while (await Store.ReadLogAsync(log is [.., var last] ? last.Position : after, 100, Ct) is { Count: > 0 } page) log.AddRange(page);
        return log;
    }

    /// <summary>Streams that break what Marten and every reader rely on; none, always.</summary>
    private protected Task<string> BrokenStreamsAsync() => ReadAsync<string>("""
        select coalesce(string_agg(broken.stream, ', '), '')
        from (
            select coalesce(s.id, e.stream_id) as stream
            from mt_streams s
            full join (
                select stream_id, max(version) as newest,
                       bool_and(version = nth_by_position) as in_order
                from (
                    select stream_id, version, row_number() over (partition by stream_id order by seq_id) as nth_by_position
                    from mt_events
                ) numbered
                group by stream_id
            ) e on e.stream_id = s.id
            where s.version is distinct from e.newest or not e.in_order
        ) broken
        """);
}

using EventSourcing;
using Npgsql;
using Postgres;

namespace Benchmarks;

/// <summary>An empty database of the benchmark's own on the server of <c>TEST_PG</c>, dropped at the end.</summary>
internal sealed class BenchDatabase : IAsyncDisposable
{
    private readonly string admin;
    private readonly string name;

    private BenchDatabase(string admin, string name)
    {
        this.admin = admin;
        this.name = name;
        ConnectionString = new NpgsqlConnectionStringBuilder(admin) { Database = name }.ConnectionString;
    }

    public string ConnectionString { get; }

    public static async Task<BenchDatabase> CreateAsync()
    {
        var admin = Environment.GetEnvironmentVariable("TEST_PG")
            ?? throw new InvalidOperationException("TEST_PG is not set: run ./bench.sh, which starts a server for the benchmarks.");
        var database = new BenchDatabase(admin, $"bench_{Guid.NewGuid():n}");
        await database.OnServerAsync($"create database {database.name}");
        await using var dataSource = PostgresModule.DataSource(database.ConnectionString);
        await EventSourcingModule.MigrateAsync(dataSource, []);
        return database;
    }

    public async ValueTask DisposeAsync() => await OnServerAsync($"drop database {name} with (force)");

    private async Task OnServerAsync(string sql)
    {
        await using var dataSource = NpgsqlDataSource.Create(admin);
        await using var command = dataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}

using Npgsql;
using Xunit;

namespace Testing;

/// <summary>A fresh, empty database on a real server, dropped at the end. A class fixture, or created by hand.</summary>
public sealed class TestDatabase : IAsyncLifetime
{
    private readonly string name = $"test_{Guid.NewGuid():N}";
    private NpgsqlDataSource? dataSource;
    private string? connectionString;
    private string? admin;

    /// <summary>Connects as the database's owner, who is also a superuser.</summary>
    public string ConnectionString => connectionString ?? throw new InvalidOperationException("The database is not created yet.");

    /// <summary>A pool that belongs to the fixture.</summary>
    public NpgsqlDataSource DataSource => dataSource ??= NpgsqlDataSource.Create(ConnectionString);

    /// <summary>Creates one more database, for tests that need several, or one on servers of their own.</summary>
    public static async Task<TestDatabase> Create(PrivateServers? on = null)
    {
        var database = new TestDatabase { admin = on?.AdminConnectionString };
        await database.InitializeAsync();
        return database;
    }

    public async ValueTask InitializeAsync()
    {
        admin ??= Environment.GetEnvironmentVariable("TEST_PG") is { Length: > 0 } given
            ? given
            : (await PrivateServers.Shared).AdminConnectionString;
        // Small pools: many classes share one server's connections.
        connectionString = new NpgsqlConnectionStringBuilder(admin) { Database = name, MaxPoolSize = 30 }.ConnectionString;
        await Administer($"create database {name}");
    }

    public async ValueTask DisposeAsync()
    {
        if (dataSource is not null) await dataSource.DisposeAsync();
        if (admin is not null) await Administer($"drop database if exists {name} with (force)");
    }

    private async Task Administer(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(admin) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

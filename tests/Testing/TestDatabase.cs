using Npgsql;
using Xunit;

namespace Testing;

/// <summary>A fresh database on a real server, empty or with a schema, dropped at the end. A class fixture, or created by hand.</summary>
public sealed class TestDatabase : IAsyncLifetime
{
    private NpgsqlDataSource? dataSource;
    private string? connectionString;
    private string? admin;

    /// <summary>What it begins with; nothing where none is given.</summary>
    public SchemaTemplate? Schema { get; init; }

    /// <summary>Connects as the database's owner, who is also a superuser.</summary>
    public string ConnectionString => connectionString ?? throw new InvalidOperationException("The database is not created yet.");

    /// <summary>A pool that belongs to the fixture.</summary>
    public NpgsqlDataSource DataSource => dataSource ??= NpgsqlDataSource.Create(ConnectionString);

    internal string Name { get; } = $"test_{Guid.NewGuid():N}";

    /// <summary>Creates one more database, for tests that need several, or one on servers of their own.</summary>
    public static Task<TestDatabase> Create(PrivateServers? on = null) => Create(on?.AdminConnectionString);

    internal static async Task<TestDatabase> Create(string? admin)
    {
        var database = new TestDatabase { admin = admin };
        await database.InitializeAsync();
        return database;
    }

    public async ValueTask InitializeAsync()
    {
        admin ??= Environment.GetEnvironmentVariable("TEST_PG") is { Length: > 0 } given
            ? given
            : (await PrivateServers.Shared).AdminConnectionString;
        // Small pools: many classes share one server's connections.
        connectionString = new NpgsqlConnectionStringBuilder(admin) { Database = Name, MaxPoolSize = 30 }.ConnectionString;
        await Administer($"create database {Name} template {(Schema is null ? "template1" : await Schema.OnAsync(admin))}");
    }

    public async ValueTask DisposeAsync()
    {
        if (dataSource is not null) await dataSource.DisposeAsync();
        if (admin is not null) await Administer($"drop database if exists {Name} with (force)");
    }

    private async Task Administer(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(admin) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

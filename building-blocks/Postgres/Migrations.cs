using System.Reflection;
using Npgsql;

namespace Postgres;

/// <summary>The database holds migrations that this program does not know, or other ones than it knows: it must not run on it.</summary>
public sealed class SchemaException(string message) : Exception(message);

/// <summary>
/// Numbered SQL scripts, embedded as <c>Migrations/NNNN-name.sql</c>, applied once each, in order, one transaction each; then
/// functions, <c>Functions/NNNN-name.sql</c>, of which the newest replaces those before: it counts up and changes in place.
/// Several processes may start at once: a session lock on a connection of its own lets one migrate while the others wait.
/// </summary>
public static class Migrations
{
    private const long Lock = 7305148121;

    /// <summary>
    /// Brings the database to this program's schema; scripts of several assemblies form independent series.
    /// <paramref name="before"/> makes what the scripts stand on, behind the same lock.
    /// </summary>
    /// <exception cref="SchemaException">The database is newer than the program, or an applied script was edited.</exception>
    public static Task RunAsync(
        NpgsqlDataSource dataSource, IReadOnlyList<Assembly> assemblies, Func<Task>? before = null, CancellationToken ct = default) =>
        RunAsync(dataSource, [.. assemblies.SelectMany(MigrationSeries.AllOf)], before, ct);

    internal static async Task RunAsync(NpgsqlDataSource dataSource, IReadOnlyList<MigrationSeries> all, Func<Task>? before, CancellationToken ct)
    {
        // The lock belongs to this session and outlives the scripts' transactions, which run on another.
        await using var guard = await dataSource.OpenConnectionAsync(ct);
        await ExecuteAsync(guard, $"select pg_advisory_lock({Lock})", ct);
        try
        {
            await ExecuteAsync(guard, """
                create table if not exists schema_migrations (
                    series varchar not null, number int not null, name varchar not null, checksum varchar not null,
                    applied_at timestamptz not null default now(), primary key (series, number))
                """, ct);
            if (before is not null) await before();
            foreach (var series in all) await RunAsync(dataSource, series, ct);
        }
        finally
        {
            await ExecuteAsync(guard, $"select pg_advisory_unlock({Lock})", CancellationToken.None);
        }
    }

    /// <summary>The first migration that the database lacks, by its series and name; null where it has this program's schema.</summary>
    /// <exception cref="SchemaException">The database is newer than the program, or an applied script was edited.</exception>
    public static async Task<string?> MissingAsync(NpgsqlDataSource dataSource, IReadOnlyList<Assembly> assemblies, CancellationToken ct = default)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await using var begun = new NpgsqlCommand("select to_regclass('schema_migrations') is not null", connection);
        var isBegun = (bool)(await begun.ExecuteScalarAsync(ct))!;
        foreach (var migrations in assemblies.SelectMany(MigrationSeries.AllOf))
        {
            var applied = isBegun ? await AppliedAsync(connection, migrations.Name, ct) : [];
            if (Pending(migrations, applied) is [var first, ..]) return $"{migrations.Name} {first.Number:0000}-{first.Name}";
        }

        return null;
    }

    private static async Task RunAsync(NpgsqlDataSource dataSource, MigrationSeries migrations, CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        foreach (var script in Pending(migrations, await AppliedAsync(connection, migrations.Name, ct)))
        {
            await using var transaction = await connection.BeginTransactionAsync(ct);
            await ExecuteAsync(connection, script.Sql, ct);
            await using (var record = new NpgsqlCommand(
                "insert into schema_migrations (series, number, name, checksum) values ($1, $2, $3, $4)", connection))
            {
                record.Parameters.Add(new() { Value = migrations.Name });
                record.Parameters.Add(new() { Value = script.Number });
                record.Parameters.Add(new() { Value = script.Name });
                record.Parameters.Add(new() { Value = script.Checksum });
                await record.ExecuteNonQueryAsync(ct);
            }

            await transaction.CommitAsync(ct);
        }
    }

    private static IReadOnlyList<MigrationScript> Pending(MigrationSeries migrations, SortedDictionary<int, (string Name, string Checksum)> applied)
    {
        var (series, scripts, onlyNewest) = migrations;

        // A series that begins later than at 1 takes over what its earlier scripts made, all of them or none.
        var first = scripts is [var start, ..] ? start.Number : 1;
        if (!onlyNewest && applied.Keys.LastOrDefault(number => number < first) is var last and > 0 && last < first - 1)
            throw new SchemaException($"The database is too old: {series} stands at {last:0000}, and this program takes over from {first - 1:0000}.");

        foreach (var (number, (name, checksum)) in applied.Where(migration => migration.Key >= first))
        {
            var script = scripts.FirstOrDefault(script => script.Number == number)
                ?? throw new SchemaException($"The database is newer than this program: it has migration {series} {number:0000}-{name}.");
            if (script.Checksum != checksum)
            {
                throw new SchemaException(
                    $"Migration {series} {number:0000}-{name} was applied with another text than this program's. A migration is never edited, only " +
                    $"followed by a new one.");
            }
        }

        return [.. scripts.Where(script => !applied.ContainsKey(script.Number))];
    }

    private static async Task<SortedDictionary<int, (string Name, string Checksum)>> AppliedAsync(
        NpgsqlConnection connection, string series, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select number, name, checksum from schema_migrations where series = $1", connection);
        command.Parameters.Add(new() { Value = series });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var applied = new SortedDictionary<int, (string, string)>();
        while (await reader.ReadAsync(ct)) applied.Add(reader.GetInt32(0), (reader.GetString(1), reader.GetString(2)));
        return applied;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(ct);
    }
}

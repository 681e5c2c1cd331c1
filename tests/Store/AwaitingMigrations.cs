using EventSourcing;
using Marten;
using Microsoft.Extensions.DependencyInjection;
using Postgres;
using Shouldly;
using Testing;
using Xunit;

namespace Store;

/// <summary>Whoever leaves its schema to somebody else says what it waits for, and goes on once that is there.</summary>
public sealed class AwaitingMigrations
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task the_migration_that_is_missing_is_named_and_nothing_is_made_by_waiting()
    {
        await using var database = await TestDatabase.Create();
        await using var services = Services(database);
        List<string> said = [];

        await services.AwaitMigrationAsync([], async what =>
        {
            said.Add(what);
            (await CountTablesAsync(database)).ShouldBe(0);
            await services.MigrateAsync([], ct: Ct);
        }, Ct);

        said.ShouldBe(["the schema lacks the migration EventSourcing 0005-log"]);
    }

    [Fact]
    public async Task tables_of_the_event_log_that_are_not_as_they_should_be_are_waited_for_too()
    {
        await using var database = await TestDatabase.Create();
        await using var services = Services(database);
        await services.MigrateAsync([], ct: Ct);
        await ExecuteAsync(database, "alter table mt_events drop column correlation_id cascade");
        List<string> said = [];

        await services.AwaitMigrationAsync([], async what =>
        {
            said.Add(what);
            await services.MigrateAsync([], ct: Ct);
        }, Ct);

        said.ShouldBe(["the event log's tables are not yet this program's"]);
    }

    [Fact]
    public async Task a_schema_that_is_there_is_not_waited_for_and_a_newer_one_is_refused()
    {
        await using var database = await TestDatabase.Create();
        await using var services = Services(database);
        await services.MigrateAsync([], ct: Ct);

        await services.AwaitMigrationAsync([], _ => throw new InvalidOperationException("It waited."), Ct);

        await ExecuteAsync(database, "insert into schema_migrations (series, number, name, checksum) values ('EventSourcing', 99, 'later', 'x')");
        (await Should.ThrowAsync<SchemaException>(services.AwaitMigrationAsync([], ct: Ct))).Message.ShouldContain("EventSourcing 0099-later");
    }

    private static ServiceProvider Services(TestDatabase database)
    {
        var services = new ServiceCollection().AddLogging().AddSingleton(PostgresModule.DataSource(database.ConnectionString));
        services.AddMarten().AddEventStore(EventTypes.Of());
        return services.BuildServiceProvider();
    }

    private static async Task<long> CountTablesAsync(TestDatabase database)
    {
        await using var command = database.DataSource.CreateCommand("select count(*) from pg_tables where schemaname = 'public'");
        return (long)(await command.ExecuteScalarAsync(Ct))!;
    }

    private static async Task ExecuteAsync(TestDatabase database, string sql)
    {
        await using var command = database.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Ct);
    }
}

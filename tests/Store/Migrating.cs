using System.Net;
using System.Net.Sockets;
using EventSourcing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Postgres;
using Shouldly;
using Testing;
using Xunit;

namespace Store;

public sealed class Migrating
{
    private static readonly MigrationScript First =
        MigrationScript.Of("0001-first", "create table firsts (id int);\ninsert into firsts values (1);\n");
    private static readonly MigrationScript Second = MigrationScript.Of("0002-second", "insert into firsts values (2)");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task scripts_are_applied_once_each_and_in_order()
    {
        await using var database = await TestDatabase.Create();

        await RunAsync(database, Second, First);
        await RunAsync(database, First, Second);

        (await ReadAsync(database, "select string_agg(id::text, ',') from firsts")).ShouldBe("1,2");
        (await ReadAsync(database, "select string_agg(series || number || name, ',' order by number) from schema_migrations"))
            .ShouldBe("Sample1first,Sample2second");
    }

    [Fact]
    public async Task many_processes_may_start_at_once()
    {
        await using var database = await TestDatabase.Create();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            await using var pool = PostgresModule.DataSource(database.ConnectionString);
            await EventSourcingModule.MigrateAsync(pool, [], ct: Ct);
            await Migrations.RunAsync(pool, [MigrationSeries.Of("Sample", [First, Second])], null, Ct);
        }, Ct)));

        (await ReadAsync(database, "select string_agg(id::text, ',') from firsts")).ShouldBe("1,2");
    }

    [Fact]
    public async Task a_service_that_starts_before_its_database_waits_for_it()
    {
        await using var database = await TestDatabase.Create();
        var target = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        using var door = new TcpListener(IPAddress.Loopback, 0);
        door.Start();
        var opening = OpenAfterTwoRefusals();
        await using var services = new ServiceCollection().AddLogging().AddSingleton(PostgresModule.DataSource(new NpgsqlConnectionStringBuilder(
            database.ConnectionString)
        { Host = "127.0.0.1", Port = ((IPEndPoint)door.LocalEndpoint).Port, Pooling = false }.ConnectionString))
                .BuildServiceProvider();

        await services.MigrateAsync([], ct: Ct);

        (await ReadAsync(database, "select (count(*) > 0)::text from schema_migrations")).ShouldBe("true");
        door.Stop();
        await opening;

        async Task OpenAfterTwoRefusals()
        {
            for (var i = 0; i < 2; i++) (await door.AcceptTcpClientAsync(Ct)).Dispose();
            try
            {
                while (true) _ = Pass(await door.AcceptTcpClientAsync(Ct));
            }
            catch (SocketException)
            {
                // The door is closed again.
            }
        }

        async Task Pass(TcpClient guest)
        {
            using var server = new TcpClient(target.Host!, target.Port);
            using (guest)
                await Task.WhenAny(guest.GetStream().CopyToAsync(server.GetStream(), Ct), server.GetStream().CopyToAsync(guest.GetStream(), Ct));
        }
    }

    [Fact]
    public async Task series_of_several_assemblies_are_independent()
    {
        await using var database = await TestDatabase.Create();

        await Migrations.RunAsync(database.DataSource, [MigrationSeries.Of("One", [First]), MigrationSeries.Of("Two", [Second])], null, Ct);
        await Migrations.RunAsync(database.DataSource, [MigrationSeries.Of("Two", [Second])], null, Ct);

        (await ReadAsync(database, "select string_agg(id::text, ',') from firsts")).ShouldBe("1,2");
    }

    [Fact]
    public async Task an_edited_script_is_refused_and_named()
    {
        await using var database = await TestDatabase.Create();
        await RunAsync(database, First);

        var refusal = await Should.ThrowAsync<SchemaException>(RunAsync(database, MigrationScript.Of("0001-first", First.Sql + "-- edited"), Second));

        refusal.Message.ShouldContain("Sample 0001-first");
        (await ReadAsync(database, "select string_agg(id::text, ',') from firsts")).ShouldBe("1");
    }

    [Fact]
    public async Task a_checkout_with_other_line_ends_is_the_same_script()
    {
        await using var database = await TestDatabase.Create();
        await RunAsync(database, First);

        await RunAsync(database, MigrationScript.Of("0001-first", First.Sql.ReplaceLineEndings("\r\n")));
    }

    [Fact]
    public async Task a_newer_schema_is_refused_and_named()
    {
        await using var database = await TestDatabase.Create();
        await RunAsync(database, First, Second);

        (await Should.ThrowAsync<SchemaException>(RunAsync(database, First))).Message.ShouldContain("Sample 0002-second");
    }

    [Fact]
    public async Task a_failing_script_leaves_nothing_and_can_be_tried_again()
    {
        await using var database = await TestDatabase.Create();
        var failing = MigrationScript.Of("0002-second", "insert into firsts values (2); create table halves (id int); select 1 / 0");

        await Should.ThrowAsync<PostgresException>(RunAsync(database, First, failing));

        (await ReadAsync(database, "select string_agg(id::text, ',') || coalesce(to_regclass('halves')::text, ' none') from firsts"))
            .ShouldBe("1 none");
        await RunAsync(database, First, Second);
        (await ReadAsync(database, "select string_agg(id::text, ',') from firsts")).ShouldBe("1,2");
    }

    [Fact]
    public async Task functions_are_replaced_by_their_newest_form_and_never_by_an_older_one()
    {
        await using var database = await TestDatabase.Create();
        await Functions(1, "select 1");
        await Functions(4, "select 4");
        await Functions(4, "select 4");

        (await ReadAsync(database, "select one()::text")).ShouldBe("4");
        (await Should.ThrowAsync<SchemaException>(Functions(3, "select 3"))).Message.ShouldContain("Sample/one 0004");
        (await Should.ThrowAsync<SchemaException>(Functions(4, "select 5"))).Message.ShouldContain("another text");
        (await ReadAsync(database, "select one()::text")).ShouldBe("4");

        Task Functions(int number, string body) => Migrations.RunAsync(database.DataSource, [new MigrationSeries("Sample/one",
            [MigrationScript.Of($"{number:0000}-one", $"create or replace function one() returns int language sql as $$ {body} $$")],
            OnlyNewest: true)], null, Ct);
    }

    [Fact]
    public void two_scripts_with_one_number_are_a_mistake() =>
        Should.Throw<InvalidOperationException>(() => MigrationSeries.Of("Sample", [First, MigrationScript.Of("0001-other", "select 1")]))
            .Message.ShouldContain("0001");

    private static Task RunAsync(TestDatabase database, params MigrationScript[] scripts) =>
        Migrations.RunAsync(database.DataSource, [MigrationSeries.Of("Sample", scripts)], null, Ct);

    private static async Task<string> ReadAsync(TestDatabase database, string sql)
    {
        await using var command = database.DataSource.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync(Ct))!;
    }
}

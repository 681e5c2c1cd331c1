using System.Diagnostics;
using EventSourcing;
using Npgsql;
using Postgres;
using Shouldly;
using Testing;
using Xunit;

namespace Store;

public sealed class RestoredDump(StoreDatabase database) : StoreTests(database)
{
    [Fact]
    public async Task a_restored_dump_goes_on_where_it_stood()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("TEST_CONTAINERS") is { Length: > 0 },
            "This machine's pg_dump refuses a server newer than itself, which a container may hold.");
        var till = Guid.CreateVersion7();
        await Store.AppendAsync("till", till, Till.Facts(till, 1, 30), ct: Ct);
        await ExecuteAsync(new TillTotals("dumped").Schema);
        await Store.RebuildAsync(new TillTotals("dumped"), ct: Ct);
        var head = await Store.HeadAsync(Ct);

        await using var other = await TestDatabase.Create();
        var dump = await RunAsync("pg_dump", Database.ConnectionString, input: null, "--format=plain");
        await RunAsync("psql", other.ConnectionString, dump, "--quiet", "--set=ON_ERROR_STOP=1");

        await using var restored = PostgresModule.DataSource(other.ConnectionString);
        await EventSourcingModule.MigrateAsync(restored, [], ct: Ct);
        var store = new EventStore(restored, Till.Types, new LogSignal());
        var appended = await store.AppendAsync("till", till, Till.Facts(till, 1, 31), ct: Ct);
        appended.Appended.ShouldBe(1);
        appended.Position.ShouldBeGreaterThan(head);
        await store.RebuildAsync(new TillTotals("dumped"), ct: Ct);
        (await store.LoadAsync<Till, TillEvent>(till, Ct)).ShouldBe(new Loaded<Till>(new Till("", 31, 496), 31));
        (await ReadAsync<string>(restored, "select till || ' ' || moves || ' ' || total from dumped")).ShouldBe($"till-{till} 31 496");
    }

    private static async Task<string> RunAsync(string program, string connectionString, string? input, params string[] arguments)
    {
        var target = new NpgsqlConnectionStringBuilder(connectionString);
        var start = new ProcessStartInfo(Newest(program), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment =
            {
                ["PGHOST"] = target.Host,
                ["PGPORT"] = $"{target.Port}",
                ["PGUSER"] = target.Username,
                ["PGPASSWORD"] = target.Password,
                ["PGDATABASE"] = target.Database,
            },
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(Ct);
        if (input is not null) await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync(Ct);
        process.ExitCode.ShouldBe(0, program);
        return await output;
    }

    private static string Newest(string program) =>
        Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin", program)).Where(File.Exists).Max()
            ?? throw new FileNotFoundException($"{program} is not installed beside PostgreSQL.");
}

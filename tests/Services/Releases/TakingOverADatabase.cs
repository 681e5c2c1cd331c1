using System.Diagnostics;
using System.IO.Compression;
using System.Reflection;
using EventSourcing;
using Messaging;
using Npgsql;
using Postgres;
using Shouldly;
using Sync;
using Testing;
using Wallets;
using Xunit;

namespace Services.Releases;

/// <summary>
/// Databases as the release before Marten was the store left them, after a demo wallet was synced, another one was deleted and
/// a third one's address removed; that release's own function appended one event of every type there was. They are taken
/// over as they are, and the log goes on.
/// </summary>
public sealed class TakingOverADatabase
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task of_wallets()
    {
        await using var database = await TakenOver("wallets", typeof(WalletsModule).Assembly);
        await using (var source = PostgresModule.DataSource(database.ConnectionString))
        {
            var filled = (await AuditAsync(source)).ShouldNotBeNull();
            await new EventStore(source, StoredEvents.Types, new LogSignal()).RebuildAsync(new global::Wallets.ReadModel(), ct: Ct);
            (await AuditAsync(source)).ShouldBe(filled, "what a migration fills from the log is what a rebuild makes of it");
        }

        await GoesOn(database, StoredEvents.Types, names: 12);
    }

    private static Task<string?> AuditAsync(NpgsqlDataSource source) =>
        source.ScalarAsync<string>("select string_agg(a::text, E'\\n' order by audit_id) from audit a", null, Ct);

    [Fact]
    public async Task of_sync()
    {
        await using var database = await TakenOver("sync", typeof(SyncModule).Assembly);
        await GoesOn(database, SyncModule.Events, names: 25);
    }

    [Fact]
    public async Task of_portfolio() => await (await TakenOver("portfolio", typeof(global::Portfolio.PortfolioModule).Assembly)).DisposeAsync();

    private static async Task<TestDatabase> TakenOver(string name, Assembly service)
    {
        var database = await TestDatabase.Create();
        await RestoreAsync(database, Path.Combine(Repository.Root, "tests", "Services", "Releases", $"{name}.sql.gz"));
        await using var source = PostgresModule.DataSource(database.ConnectionString);
        var columns = await ColumnsAsync(source);
        var before = await ContentAsync(source, columns);
        before.Count.ShouldBeGreaterThan(5, name);

        // Twice: every replica does it at its start.
        for (var start = 0; start < 2; start++)
            await EventSourcingModule.MigrateAsync(source, [MessagingModule.Assembly, service], ct: Ct);

        var after = await ContentAsync(source, columns);
        foreach (var (table, content) in before) after[table].ShouldBe(content, table);
        return database;
    }

    private static async Task GoesOn(TestDatabase database, EventTypes types, int names)
    {
        await using var source = PostgresModule.DataSource(database.ConnectionString);
        var store = new EventStore(source, types, new LogSignal());
        var head = await store.HeadAsync(Ct);
        var stored = await store.ReadLogAsync(0, int.MaxValue, Ct);
        stored[^1].Position.ShouldBe(head);
        stored.Select(e => e.Data.GetType()).Distinct().Count().ShouldBe(names);

        // A replica of the release before that is still running appends by its own function.
        await source.ExecuteAsync("""
            select log_append(array[stream_id], array['old']::varchar[], array[version], array[1], array[1], array[gen_random_uuid()],
                array[type], array[mt_dotnet_type], array[data], null, null)
            from mt_events where seq_id = @head
            """, new { head }, Ct);

        // The last fact again is known, a new one of its stream follows both.
        var last = stored[^1];
        var (category, id) = (last.StreamId[..^37], Guid.Parse(last.StreamId[^36..]));
        var appended = await store.AppendAsync(category, id, [new(last.Id, last.Data), NewEvent.Fresh(last.Data)], last.Version + 1, Ct);

        appended.ShouldBe(new AppendResult(1, head + 2));
        (await store.ReadLogAsync(head, 10, Ct)).Select(e => e.Version).ShouldBe([last.Version + 1, last.Version + 2]);
    }

    // Of each table, what was there before: a release adds columns, and Marten some of its own.
    private static async Task<IReadOnlyList<(string Table, string Columns)>> ColumnsAsync(NpgsqlDataSource source) =>
        await source.QueryAsync<(string, string)>("""
            select t.table_name::text, string_agg(format('%I', c.column_name), ', ' order by c.ordinal_position)
            from information_schema.tables t join information_schema.columns c using (table_schema, table_name)
            where t.table_schema = 'public' and t.table_type = 'BASE TABLE' and t.table_name <> 'schema_migrations'
            group by t.table_name order by t.table_name
            """, null, Ct);

    // Each table's rows as one text.
    private static async Task<Dictionary<string, string>> ContentAsync(NpgsqlDataSource source, IReadOnlyList<(string Table, string Columns)> tables)
    {
        var content = new Dictionary<string, string>();
        foreach (var (table, before) in tables)
        {
            var columns = table switch
            {
                "mt_events" => "seq_id, id, stream_id, version, type, data, timestamp, correlation_id, causation_id, mt_dotnet_type",
                "mt_streams" => "id, version, timestamp, created, is_archived",
                "mt_event_progression" => "name, last_seq_id",
                _ when table.StartsWith("mt_", StringComparison.Ordinal) => "1",
                _ => before,
            };
            content[table] = (await source.ScalarAsync<string>(
                $"select count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from (select {columns} from {table}) t",
                null, Ct))!;
        }

        return content;
    }

    private static async Task RestoreAsync(TestDatabase database, string dump)
    {
        var target = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        var psql = Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin", "psql")).Where(File.Exists).Max()!;
        using var process = Process.Start(new ProcessStartInfo(psql, ["--quiet", "--set=ON_ERROR_STOP=1"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment =
            {
                ["PGHOST"] = target.Host, ["PGPORT"] = $"{target.Port}", ["PGUSER"] = target.Username, ["PGPASSWORD"] = target.Password,
                ["PGDATABASE"] = target.Database,
            },
        })!;
        var output = process.StandardOutput.ReadToEndAsync(Ct);
        await using (var packed = new GZipStream(File.OpenRead(dump), CompressionMode.Decompress))
            await packed.CopyToAsync(process.StandardInput.BaseStream, Ct);
        process.StandardInput.Close();
        await process.WaitForExitAsync(Ct);
        process.ExitCode.ShouldBe(0, await output);
    }
}

using System.Runtime.InteropServices;
using EventSourcing;
using Messaging;
using Npgsql;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Rebuilding;

/// <summary>
/// <c>dotnet Portfolio.dll rebuild --verify</c>: builds the projections anew beside the live ones, from the sources' feeds,
/// and compares them row by row. <c>rebuild --swap</c>: puts the rebuilt ones in place. Exit code 0: equal, or swapped;
/// 1: it could not; 2: there are differences.
/// </summary>
internal static class RebuildCommand
{
    private const string Usage = "Usage: dotnet Portfolio.dll rebuild --verify | --swap";

    // One rebuild at a time in a database.
    private const long Lock = 7305148122;

    public static ProgramCommand Command { get; } = new("rebuild", RunAsync);

    private static async Task<int> RunAsync(string[] options)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        // As the service itself is made; it is not started, so it neither listens nor hears the bus.
        var builder = WebApplication.CreateBuilder();
        builder.AddServiceDefaults("portfolio").AddPortfolio();
        builder.Logging.ClearProviders();
        await using var app = builder.Build();
        return await RunAsync(options, app.Services, Console.Out, Console.Error, stop.Token);

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    internal static async Task<int> RunAsync(string[] options, IServiceProvider services, TextWriter output, TextWriter error, CancellationToken ct)
    {
        if (options is not ["--verify" or "--swap"]) return await FailAsync(Usage);
        if (services.GetRequiredService<IConfiguration>().GetConnectionString("Database") is not { Length: > 0 } connection)
            return await FailAsync("ConnectionStrings:Database is required (environment variable ConnectionStrings__Database).");

        try
        {
            // Not the service's own data source, whose plans are those of look-ups.
            var settings = new NpgsqlConnectionStringBuilder(connection) { SearchPath = "public" };
            await using var live = PostgresModule.DataSource(settings.ConnectionString);
            await using var alone = await live.OpenConnectionAsync(ct);
            if (!await TryLockAsync(alone, ct)) return await FailAsync("Another rebuild of this database is under way.");
            return await RunAsync(options[0] == "--swap", services, live, connection, output, ct);
        }
        catch (Exception e) when (e is RebuildException or LogReplacedException or SchemaException or NpgsqlException or HttpRequestException
            or NotSupportedException or OperationCanceledException or InvalidOperationException)
        {
            return await FailAsync($"The rebuild did not end: {e.GetBaseException().Message}\nWhat it made stays in the schema " +
                $"'{RebuiltSchema.Name}' and is gone on with the next time.");
        }

        async Task<int> FailAsync(string why)
        {
            await error.WriteLineAsync(why);
            return 1;
        }
    }

    private static async Task<int> RunAsync(
        bool swap, IServiceProvider services, NpgsqlDataSource live, string connection, TextWriter output, CancellationToken ct)
    {
        var schema = new RebuiltSchema(live, connection);
        await using var rebuilt = schema.Open();
        var replays = InboxReplay.Of(services, new EventStore(rebuilt, services.GetRequiredService<EventTypes>(), new LogSignal()));
        if (await schema.PrepareAsync(rebuilt, output, ct))
            await output.WriteLineAsync($"the rebuild left over in the schema '{RebuiltSchema.Name}' is gone on with");
        await schema.RequireSameVersionAsync(ct);
        var rebuild = new Rebuild(live, replays, output);
        try
        {
            await rebuild.CatchUpAsync(toHeads: swap, ct);
        }
        catch (LogReplacedException e)
        {
            await output.WriteLineAsync($"{e.Message} Begun anew.");
            await schema.DropAsync(ct);
            await schema.PrepareAsync(rebuilt, output, ct);
            await rebuild.CatchUpAsync(toHeads: swap, ct);
        }

        await using var connected = await live.OpenConnectionAsync(ct);
        var tables = await ReadModel.TablesAsync(connected, RebuiltSchema.Name, ct);
        await ReadModel.TablesAsync(connected, "public", ct);
        await AnalyzeAsync(connected, tables, ct);
        if (swap)
        {
            await new Swap(rebuild).RunAsync(tables, ct);
            await output.WriteLineAsync("the rebuilt tables are in place");
            return 0;
        }

        var equal = await new Verification(live, rebuild, output).RunAsync(tables, ct);
        await schema.DropAsync(ct);
        return equal ? 0 : 2;
    }

    // Nobody else will have looked at tables that are a few minutes old.
    private static async Task AnalyzeAsync(NpgsqlConnection connection, IReadOnlyList<ProjectionTable> tables, CancellationToken ct)
    {
        foreach (var table in tables)
        {
            await using var command = new NpgsqlCommand($"analyze {RebuiltSchema.Name}.{table.Name}", connection) { CommandTimeout = 0 };
            await command.ExecuteNonQueryAsync(ct);
        }
    }

    private static Task<bool> TryLockAsync(NpgsqlConnection connection, CancellationToken ct) =>
        connection.ScalarAsync<bool>($"select pg_try_advisory_lock({Lock})", null, ct);
}

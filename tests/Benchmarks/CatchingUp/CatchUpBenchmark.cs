using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using EventSourcing;
using Messaging;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Portfolio;
using Portfolio.Rebuilding;
using Postgres;
using ServiceDefaults;
using Sync;

namespace Benchmarks.CatchingUp;

/// <summary>
/// Portfolio's read model of Sync's log from nothing, as a rebuild makes it beside the live one: the log read and told by Sync's feed, its
/// JSON read and applied by Portfolio's inbox, transactions with their sums stored. Against it a raw read of the same rows in the same
/// run. Both services' code runs in this process, without sockets between them.
/// </summary>
internal static class CatchUpBenchmark
{
    private const int RawPage = 1000;

    public static async Task<int> RunAsync(int events)
    {
        await using var syncDatabase = await BenchDatabase.CreateAsync();
        await using var portfolioDatabase = await BenchDatabase.CreateAsync();
        await using var log = PostgresModule.DataSource(syncDatabase.ConnectionString);
        var store = new EventStore(log, SyncModule.Events, new LogSignal());
        await SampleLog.FillAsync(store, events);
        await using var syncObserver = await OpenAsync(syncDatabase);
        await using var portfolioObserver = await OpenAsync(portfolioDatabase);
        await using (var vacuum = new NpgsqlCommand("vacuum analyze mt_events; checkpoint", syncObserver) { CommandTimeout = 0 })
            await vacuum.ExecuteNonQueryAsync();
        await using var size = new NpgsqlCommand("select count(*), avg(length(data::text))::int from mt_events", syncObserver);
        await using (var reader = await size.ExecuteReaderAsync())
        {
            await reader.ReadAsync();
            Say($"catchup: {reader.GetInt64(0):N0} events of {reader.GetInt32(1)} bytes; {Environment.ProcessorCount} cores");
        }

        await using var raws = await OpenAsync(syncDatabase);
        await using var app = await PortfolioAsync(portfolioDatabase, store);
        await using var live = app.Services.GetRequiredService<NpgsqlDataSource>();
        var schema = new RebuiltSchema(live, portfolioDatabase.ConnectionString);
        await using var rebuilt = schema.Open();
        await schema.PrepareAsync(rebuilt, TextWriter.Null, default);

        // Once to warm the caches up, once before and once after what it is compared with.
        await RawAsync(raws);
        var before = await MeasureAsync(() => RawAsync(raws));
        var replayed = await MeasureAsync(() => ReplayAsync(app.Services, rebuilt));
        var after = await MeasureAsync(() => RawAsync(raws));
        await using var stored = new NpgsqlCommand("select count(*) from rebuild.transactions", portfolioObserver);
        if ((long)(await stored.ExecuteScalarAsync())! is var rows && rows != SampleLog.TransactionsIn(events))
            throw new InvalidOperationException($"{rows} transactions are stored, {SampleLog.TransactionsIn(events)} were told.");

        var raw = (before.Rate + after.Rate) / 2;
        var range = FormattableString.Invariant($"{before.Rate:N0} before, {after.Rate:N0} after");
        Say($"raw read       {raw,9:N0} events/s  ({range})  {before.Client:0} + {before.Server:0} µs CPU/event, client + PostgreSQL");
        Say($"read model     {replayed.Rate,9:N0} events/s  in {replayed.Seconds:0.0} s  {replayed.Client:0} + {replayed.Server:0} µs CPU/event");
        Say($"ratio          {replayed.Rate / raw,9:0.000}");
        return 0;

        async Task<Measured> MeasureAsync(Func<Task<long>> work)
        {
            var cpu = (Sync: await Cpu.NowAsync(syncObserver), Portfolio: await Cpu.NowAsync(portfolioObserver));
            var clock = Stopwatch.StartNew();
            var count = await work();
            var seconds = clock.Elapsed.TotalSeconds;
            var (sync, portfolio) = (await Cpu.NowAsync(syncObserver) - cpu.Sync, await Cpu.NowAsync(portfolioObserver) - cpu.Portfolio);
            return new Measured(seconds, count / seconds, sync.Client * 1e6 / count, ((sync.Server ?? 0) + (portfolio.Server ?? 0)) * 1e6 / count);
        }
    }

    private static async Task<long> RawAsync(NpgsqlConnection connection)
    {
        var (position, count) = (0L, 0L);
        while (true)
        {
            await using var command = new NpgsqlCommand(
                "select seq_id, id, stream_id, version, type, data, timestamp, correlation_id, causation_id from mt_events where seq_id > $1 order " +
                "by seq_id limit $2", connection);
            command.Parameters.Add(new() { Value = position });
            command.Parameters.Add(new() { Value = RawPage });
            await command.PrepareAsync();
            await using var reader = await command.ExecuteReaderAsync();
            var read = 0;
            while (await reader.ReadAsync())
            {
                position = reader.GetInt64(0);
                _ = reader.GetFieldValue<byte[]>(5);
                read++;
            }

            count += read;
            if (read < RawPage) return count;
        }
    }

    private static async Task<long> ReplayAsync(IServiceProvider services, NpgsqlDataSource rebuilt)
    {
        var into = new EventStore(rebuilt, services.GetRequiredService<EventTypes>(), new LogSignal());
        var replay = InboxReplay.Of(services, into).Single(replay => replay.Source == "sync");
        ReplayStep step;
        do step = await replay.StepAsync(null, default);
        while (step.ReadTo < step.Head);
        return step.ReadTo;
    }

    private static async Task<WebApplication> PortfolioAsync(BenchDatabase database, EventStore log)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:Database"] = database.ConnectionString,
            ["Identity:PrivateKey"] = Convert.ToBase64String(key.ExportPkcs8PrivateKey()),
            ["RabbitMq:Uri"] = "amqp://nobody@127.0.0.1:1/",
            ["Services:wallets"] = "http://wallets",
            ["Services:sync"] = "http://sync",
        });
        builder.AddServiceDefaults("portfolio").AddPortfolio();
        builder.Logging.ClearProviders();
        builder.Services.AddHttpClient("sync").ConfigurePrimaryHttpMessageHandler(
            () => new FeedHandler(new Feed(log, new ContractReader("sync", new SyncContractMap()))));
        return builder.Build();
    }

    private static async Task<NpgsqlConnection> OpenAsync(BenchDatabase database)
    {
        var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private static void Say(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private sealed record Measured(double Seconds, double Rate, double Client, double Server);
}

using System.Diagnostics;
using EventSourcing;
using Npgsql;

namespace Benchmarks.Append;

/// <summary>
/// What appending through the event store costs against the least that fills the same tables: both sides write the same
/// kind of pages in turns of one run, the first to go alternates. The ratio is taken turn by turn, since a noisy machine
/// slows neighbours alike; the median of seven counts.
/// </summary>
internal static class AppendBenchmark
{
    private const int Turns = 7;
    private const int EventsPerTurn = 20_000;
    private const double Required = 0.8;

    private sealed record Scenario(string Name, int Writers, int PerPage, bool OneStream, bool Judged);

    private sealed record Turn(double EventsPerSecond, Cpu Cpu);

    public static async Task<int> RunAsync()
    {
        await using var database = await BenchDatabase.CreateAsync();
        await using var dataSource = EventSourcingModule.DataSource(database.ConnectionString);
        await using var observer = new NpgsqlConnection(database.ConnectionString);
        await observer.OpenAsync();
        var store = new EventStore(dataSource, ObservedPage.Types, new LogSignal());

        Console.WriteLine($"append: {EventsPerTurn} events of {await EventSizeAsync(store)} bytes a turn, {Turns} turns a side, alternating; medians, the ratio turn by turn");
        Console.WriteLine($"{await SettingsAsync(observer)}; {Environment.ProcessorCount} cores");
        Console.WriteLine("                                 events/s                CPU µs/event, client + PostgreSQL");
        Console.WriteLine("                              store      raw   ratio          store            raw");
        var passed = true;
        foreach (var scenario in new Scenario[]
        {
            new("1 writer, pages of 50", 1, 50, false, true),
            new("1 writer, pages of 100", 1, 100, false, true),
            new("4 writers, pages of 50", 4, 50, false, false),
            new("4 writers, pages of 100", 4, 100, false, false),
            new("4 writers on 1 stream, 50", 4, 50, true, false),
        })
        {
            passed &= await RunAsync(scenario, store, dataSource, observer);
        }

        return passed ? 0 : 1;
    }

    private static async Task<bool> RunAsync(Scenario scenario, EventStore store, NpgsqlDataSource dataSource, NpgsqlConnection observer)
    {
        List<Turn> stored = [], raw = [];
        await using var storeSide = new Side(scenario, [.. Enumerable.Range(0, scenario.Writers).Select(_ => new StoreWriter(store))]);
        var rawWriters = new List<IWriter>();
        for (var i = 0; i < scenario.Writers; i++) rawWriters.Add(await RawWriter.OpenAsync(dataSource));
        await using var rawSide = new Side(scenario, rawWriters);

        // The first turn of each warms up plans and code and does not count.
        for (var turn = 0; turn <= Turns; turn++)
        {
            var storeFirst = turn % 2 == 0;
            if (storeFirst) await TakeAsync(storeSide, stored);
            await TakeAsync(rawSide, raw);
            if (!storeFirst) await TakeAsync(storeSide, stored);
        }

        var ratio = Median([.. stored.Zip(raw, (ours, yardstick) => ours.EventsPerSecond / yardstick.EventsPerSecond)]);
        var verdict = !scenario.Judged ? "" : ratio >= Required ? $"  ok (>= {Required})" : $"  TOO SLOW (>= {Required})";
        Console.WriteLine(FormattableString.Invariant(
            $"{scenario.Name,-26} {Median(stored, t => t.EventsPerSecond),8:0} {Median(raw, t => t.EventsPerSecond),8:0} {ratio,7:0.00}   {CpuOf(stored),14} {CpuOf(raw),14}{verdict}"));
        return !scenario.Judged || ratio >= Required;

        async Task TakeAsync(Side side, List<Turn> turns)
        {
            var taken = await side.TurnAsync(observer);
            if (turns.Count > 0 || side.Warm) turns.Add(taken);
            side.Warm = true;
        }
    }

    private static string CpuOf(List<Turn> turns)
    {
        var client = Median(turns, t => t.Cpu.Client * 1e6 / EventsPerTurn);
        return turns.All(t => t.Cpu.Server is not null)
            ? FormattableString.Invariant($"{client:0} + {Median(turns, t => t.Cpu.Server!.Value * 1e6 / EventsPerTurn):0}")
            : FormattableString.Invariant($"{client:0} + ?");
    }

    private static double Median(List<Turn> turns, Func<Turn, double> figure) => Median([.. turns.Select(figure)]);

    private static double Median(List<double> figures) => figures.Order().ElementAt(figures.Count / 2);

    private static async Task<long> EventSizeAsync(EventStore store)
    {
        var ledger = Guid.CreateVersion7();
        var page = ObservedPage.Make(ledger, 1, 1, new Random(1))[0];
        await store.AppendAsync("ledger", ledger, page);
        return System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(page[0].Data, page[0].Data.GetType(), EventTypes.Json).Length;
    }

    private static async Task<string> SettingsAsync(NpgsqlConnection observer)
    {
        await using var command = new NpgsqlCommand("""
            select 'PostgreSQL ' || current_setting('server_version') || ', fsync ' || current_setting('fsync')
                || ', synchronous_commit ' || current_setting('synchronous_commit')
            """, observer);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>The writers of one side, each with pages made before the clock runs.</summary>
    private sealed class Side(Scenario scenario, IReadOnlyList<IWriter> writers) : IAsyncDisposable
    {
        private readonly Guid[] ledgers = [.. writers.Select(_ => Guid.CreateVersion7())];
        private readonly Random random = new(writers.Count);

        public bool Warm { get; set; }

        public async Task<Turn> TurnAsync(NpgsqlConnection observer)
        {
            var ledgerOf = (int writer) => ledgers[scenario.OneStream ? 0 : writer];
            var pages = writers.Select((_, i) => ObservedPage.Make(ledgerOf(i), EventsPerTurn / writers.Count, scenario.PerPage, random)).ToArray();
            GC.Collect();
            var before = await Cpu.NowAsync(observer);
            var clock = Stopwatch.StartNew();
            await Task.WhenAll(writers.Select((writer, i) => Task.Run(async () =>
            {
                foreach (var page in pages[i]) await writer.WriteAsync(ledgerOf(i), page);
            })));
            var seconds = clock.Elapsed.TotalSeconds;
            return new Turn(EventsPerTurn / seconds, await Cpu.NowAsync(observer) - before);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var writer in writers) await writer.DisposeAsync();
        }
    }
}

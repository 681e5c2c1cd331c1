using System.Diagnostics;
using EventSourcing;
using Npgsql;
using Postgres;

namespace Benchmarks.Append;

/// <summary>
/// What appending through the event store costs against a plain Marten session and against the least SQL that fills the
/// same tables: all sides write the same kind of pages in turns of one run, the first to go alternates. Ratios are taken
/// turn by turn, since a noisy machine slows neighbours alike; the median of seven counts.
/// </summary>
internal static class AppendBenchmark
{
    private const int Turns = 7;
    private const int EventsPerTurn = 20_000;
    private const double Required = 0.6;

    private sealed record Scenario(string Name, int Writers, int PerPage, bool OneStream, bool Judged);

    private sealed record Turn(double EventsPerSecond, Cpu Cpu);

    public static async Task<int> RunAsync()
    {
        await using var database = await BenchDatabase.CreateAsync();
        await using var dataSource = PostgresModule.DataSource(database.ConnectionString);
        await using var observer = new NpgsqlConnection(database.ConnectionString);
        await observer.OpenAsync();
        var store = new EventStore(dataSource, ObservedPage.Types, new LogSignal());

        Console.WriteLine(
            $"append: {EventsPerTurn} events of {await EventSizeAsync(store)} bytes a turn, {Turns} turns a side, alternating; medians, the ratio " +
            $"turn by turn");
        Console.WriteLine($"{await SettingsAsync(observer)}; {Environment.ProcessorCount} cores");
        Console.WriteLine("                                       events/s           store of           CPU µs/event, client + PostgreSQL");
        Console.WriteLine("                              store   Marten      raw Marten    raw          store         Marten            raw");
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
        List<Turn> stored = [], plain = [], raw = [];
        await using var storeSide = new Side(scenario, [.. Enumerable.Range(0, scenario.Writers).Select(_ => new StoreWriter(store))]);
        var marten = ObservedPage.Types.Open(dataSource);
        await using var plainSide = new Side(scenario, [.. Enumerable.Range(0, scenario.Writers).Select(_ => new MartenWriter(marten))]);
        var rawWriters = new List<IWriter>();
        for (var i = 0; i < scenario.Writers; i++) rawWriters.Add(await RawWriter.OpenAsync(dataSource));
        await using var rawSide = new Side(scenario, rawWriters);

        // The first turn of each warms up plans and code and does not count.
        for (var turn = 0; turn <= Turns; turn++)
        {
            var storeFirst = turn % 2 == 0;
            if (storeFirst) await TakeAsync(storeSide, stored);
            // Several plain sessions on one new stream fail: each finds none and makes it.
            if (!scenario.OneStream) await TakeAsync(plainSide, plain);
            await TakeAsync(rawSide, raw);
            if (!storeFirst) await TakeAsync(storeSide, stored);
        }

        var (ofMarten, ofRaw) = (Ratio(stored, plain), Ratio(stored, raw));
        var verdict = !scenario.Judged ? "" : ofMarten >= Required ? $"  ok (>= {Required} of Marten)" : $"  TOO SLOW (>= {Required} of Marten)";
        Console.WriteLine(FormattableString.Invariant($"""
            {scenario.Name,-26} {Rate(stored),8:0} {Rate(plain),8:0} {Rate(raw),8:0} {ofMarten,6:0.00} {ofRaw,6:0.00} {CpuOf(stored),14} {CpuOf(plain),14} {CpuOf(raw),14}{verdict}
            """));
        return !scenario.Judged || ofMarten >= Required;

        static double Rate(List<Turn> turns) => turns.Count == 0 ? double.NaN : Median(turns, turn => turn.EventsPerSecond);

        static double Ratio(List<Turn> ours, List<Turn> yardstick) => yardstick.Count == 0
            ? double.NaN
            : Median([.. ours.Zip(yardstick, (one, other) => one.EventsPerSecond / other.EventsPerSecond)]);

        async Task TakeAsync(Side side, List<Turn> turns)
        {
            var taken = await side.TurnAsync(observer);
            if (turns.Count > 0 || side.Warm) turns.Add(taken);
            side.Warm = true;
        }
    }

    private static string CpuOf(List<Turn> turns)
    {
        if (turns.Count == 0) return "";
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

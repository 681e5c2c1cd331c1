using System.Globalization;
using ChainSimulator;
using ChainSimulator.Script;
using Npgsql;
using Testing;

namespace Benchmarks.Fairness;

/// <summary>
/// Whether a whale starves the small: wallets of a few pages imported at once, alone and while wallets of very long
/// histories are being read, in turn on one system. A small wallet's time is from its import to the end of its sync run.
/// </summary>
internal static class FairBenchmark
{
    private const string Network = "bitcoin";
    private const int Small = 500;
    private const int SmallHistory = 40;
    private const int WhaleHistory = 100_000;
    private const int Rounds = 3;
    private const int ImportsAtOnce = 8;

    public static async Task<int> RunAsync(int whales)
    {
        await using var system = await WholeSystem.Start(system =>
            system.Settings["gateway"] = new() { ["RateLimit__Burst"] = "100000", ["RateLimit__PerSecond"] = "100000" });
        var simulator = new SimulatorClient(system.Script);
        var user = await system.NewUser();
        await using var sync = NpgsqlDataSource.Create(system.DatabaseOf("sync"));
        // The first run also compiles; it is not counted.
        await SyncSmallAsync(user, simulator, sync);
        var (alone, beside) = (new List<TimeSpan>(), new List<TimeSpan>());
        for (var round = 1; round <= Rounds; round++)
        {
            alone.AddRange(await SyncSmallAsync(user, simulator, sync));

            var addresses = await simulator.CreateAsync(new CreateAddresses(Network, WhaleHistory, whales, Profile: Profile.Recorded), default);
            var large = new List<Guid>();
            foreach (var address in addresses) large.Add(await ImportAsync(user, address));
            // Each reads on, beyond what a first slice reads.
            await UntilAsync(sync, "select count(*) = cardinality($1) from walks where wallet_id = any($1) and pages > 20", large);
            beside.AddRange(await SyncSmallAsync(user, simulator, sync));
            if (!await IsAsync(sync, "select count(*) = cardinality($1) from walks where wallet_id = any($1) and active", large))
                throw new InvalidOperationException("A whale was read to its end before the small wallets were: this measures nothing.");
            foreach (var wallet in large) await user.Delete($"/api/v1/wallets/{wallet}");
            await UntilAsync(sync, "select not exists (select from ledger_trackers where wallet_id = any($1))", large);
            var told = string.Create(CultureInfo.InvariantCulture,
                $"round {round}: p95 {Percentile(alone.TakeLast(Small), 95):0.00} s alone, {Percentile(beside.TakeLast(Small), 95):0.00} s beside");
            Console.WriteLine(told);
        }

        Console.WriteLine();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Small} wallets of {SmallHistory} transactions imported at once, alone and beside {whales} of {WhaleHistory:N0}; {Rounds} rounds in " +
            $"turn"));
        Console.WriteLine("import to end of run    p50 s    p95 s    max s");
        Tell("alone", alone);
        Tell("beside", beside);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"p95 beside : alone = {Percentile(beside, 95) / Percentile(alone, 95):0.00} (at most 2)"));
        return 0;
    }

    private static async Task<List<TimeSpan>> SyncSmallAsync(TestUser user, SimulatorClient simulator, NpgsqlDataSource sync)
    {
        var addresses = await simulator.CreateAsync(new CreateAddresses(Network, SmallHistory, Small, Profile: Profile.Recorded), default);
        var imported = new Dictionary<Guid, DateTimeOffset>();
        await Parallel.ForEachAsync(addresses, new ParallelOptions { MaxDegreeOfParallelism = ImportsAtOnce }, async (address, _) =>
        {
            var wallet = await user.CreateWallet();
            var at = DateTimeOffset.UtcNow;
            await user.Import(wallet, address);
            lock (imported) imported.Add(wallet, at);
        });
        await UntilAsync(sync, "select count(distinct wallet_id) = cardinality($1) from sync_runs where wallet_id = any($1) and status = 'completed'",
            [.. imported.Keys]);

        await using var command = sync.CreateCommand(
            "select wallet_id, min(finished_at) from sync_runs where wallet_id = any($1) and status = 'completed' group by 1");
        command.Parameters.Add(new() { Value = imported.Keys.ToArray() });
        await using var reader = await command.ExecuteReaderAsync();
        var times = new List<TimeSpan>();
        while (await reader.ReadAsync()) times.Add(reader.GetFieldValue<DateTimeOffset>(1) - imported[reader.GetGuid(0)]);
        return times;
    }

    private static async Task<Guid> ImportAsync(TestUser user, string address)
    {
        var wallet = await user.CreateWallet();
        await user.Import(wallet, address);
        return wallet;
    }

    private static async Task UntilAsync(NpgsqlDataSource sync, string condition, IReadOnlyList<Guid> wallets)
    {
        while (!await IsAsync(sync, condition, wallets)) await Task.Delay(50);
    }

    private static async Task<bool> IsAsync(NpgsqlDataSource sync, string condition, IReadOnlyList<Guid> wallets)
    {
        await using var command = sync.CreateCommand(condition);
        command.Parameters.Add(new() { Value = wallets.ToArray() });
        return (bool)(await command.ExecuteScalarAsync())!;
    }

    private static void Tell(string name, List<TimeSpan> times) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name,-20} {Percentile(times, 50),8:0.00} {Percentile(times, 95),8:0.00} {Percentile(times, 100),8:0.00}"));

    private static double Percentile(IEnumerable<TimeSpan> times, int percent) =>
        Figures.Percentile(times.Select(time => time.TotalSeconds), percent);
}

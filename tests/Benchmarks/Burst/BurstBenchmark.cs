using System.Diagnostics;
using System.Globalization;
using ChainSimulator;
using ChainSimulator.Script;
using Npgsql;
using Testing;

namespace Benchmarks.Burst;

/// <summary>
/// Many small wallets at once, as when somebody moves in: each has three addresses of two transactions, imported one by one
/// through the gateway as fast as it takes them, until all are verified and Portfolio knows them all.
/// </summary>
internal static class BurstBenchmark
{
    private const string Network = "bitcoin";
    private const int AddressesEach = 3;
    private const int History = 2;
    private const int WarmUp = 200;
    private const int ImportsAtOnce = 8;

    public static async Task<int> RunAsync(int wallets)
    {
        await using var system = await WholeSystem.Start(system =>
            system.Settings["gateway"] = new() { ["RateLimit__Burst"] = "1000000", ["RateLimit__PerSecond"] = "1000000" });
        var simulator = new SimulatorClient(system.Script);
        var user = await system.NewUser();
        await using var sync = NpgsqlDataSource.Create(system.DatabaseOf("sync"));
        await using var portfolio = NpgsqlDataSource.Create(system.DatabaseOf("portfolio"));
        // The first ones also compile; they are not counted.
        await ImportAsync(user, simulator, sync, portfolio, WarmUp);

        var before = Used.By(system);
        var (imported, known) = await ImportAsync(user, simulator, sync, portfolio, wallets);
        var addresses = wallets * AddressesEach;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{wallets:N0} wallets of {AddressesEach} addresses of {History} transactions: imported after {imported.TotalSeconds:0.0} s, "
            + $"verified and projected after {known.TotalSeconds:0.0} s, {addresses / known.TotalSeconds:0.0} addresses/s"));
        Console.WriteLine("part         CPU ms/address   peak MB");
        foreach (var (part, used) in Used.By(system))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{part,-11} {(used.Cpu - before[part].Cpu) * 1000 / addresses,15:0.0} {used.Memory,9:0}"));
        }

        return 0;
    }

    private static async Task<(TimeSpan Imported, TimeSpan Known)> ImportAsync(
        TestUser user, SimulatorClient simulator, NpgsqlDataSource sync, NpgsqlDataSource portfolio, int count)
    {
        var addresses = await simulator.CreateAsync(new CreateAddresses(Network, History, count * AddressesEach, Profile: Profile.Recorded), default);
        var wallets = new List<Guid>();
        var clock = Stopwatch.StartNew();
        await Parallel.ForEachAsync(addresses.Chunk(AddressesEach), new ParallelOptions { MaxDegreeOfParallelism = ImportsAtOnce }, async (own, _) =>
        {
            var wallet = await user.CreateWallet();
            foreach (var address in own) await user.Import(wallet, address);
            lock (wallets) wallets.Add(wallet);
        });
        var imported = clock.Elapsed;
        var ids = wallets.ToArray();
        await UntilAsync(sync,
            "select count(*) = $2 from ledger_trackers t join ledgers l using (ledger_id) where t.wallet_id = any($1) and l.verdict = 'verified'");
        await UntilAsync(portfolio,
            "select count(*) = $2 from ledger_trackers t join balances b using (ledger_id) where t.wallet_id = any($1) and b.verdict = 'verified'");
        return (imported, clock.Elapsed);

        async Task UntilAsync(NpgsqlDataSource database, string condition)
        {
            while (true)
            {
                await using var command = database.CreateCommand(condition);
                command.Parameters.Add(new() { Value = ids });
                command.Parameters.Add(new() { Value = (long)count * AddressesEach });
                if ((bool)(await command.ExecuteScalarAsync())!) return;
                await Task.Delay(100);
            }
        }
    }
}

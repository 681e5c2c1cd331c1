using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ChainSimulator;
using ChainSimulator.Script;
using Testing;

namespace Benchmarks.Syncing;

/// <summary>
/// One address from its import to verified and fully projected, through the real processes with PostgreSQL's default
/// durability: 900 transactions, then 100,000, as large as recorded ones, 25 a page.
/// </summary>
internal static class SyncBenchmark
{
    private const string Network = "bitcoin";

    public static async Task<int> RunAsync(int transactions)
    {
        await using var system = await WholeSystem.Start();
        var simulator = new SimulatorClient(system.Script);
        var user = await system.NewUser();
        // The first run also compiles; it is shown, not counted.
        foreach (var run in (string[])["900, first", "900, second", "900, third"]) await MeasureAsync(system, simulator, user, run, 900);
        await MeasureAsync(system, simulator, user, transactions.ToString("N0", CultureInfo.InvariantCulture), transactions);
        return 0;
    }

    private static async Task MeasureAsync(WholeSystem system, SimulatorClient simulator, TestUser user, string name, int transactions)
    {
        var address = (await simulator.CreateAsync(new CreateAddresses(Network, transactions, Profile: Profile.Recorded), default)).Single();
        var wallet = await user.CreateWallet(name);
        var before = Used.By(system);
        var peaks = before.ToDictionary(part => part.Key, part => part.Value.Memory);
        var clock = Stopwatch.StartNew();
        await user.Import(wallet, address);
        // From here on the service that syncs knows the wallet.
        await user.Get($"/api/v1/wallets/{wallet}/sync?minVersion={user.Version}");
        var verified = TimeSpan.Zero;
        var sampled = TimeSpan.Zero;
        while (true)
        {
            await Task.Delay(transactions > 10_000 ? 500 : 50);
            if (verified == default && IsVerified(await user.SyncProgress(wallet))) verified = clock.Elapsed;
            if (verified != default && IsProjected(await user.Get($"/api/v1/wallets/{wallet}/balances"), transactions)) break;
            if (clock.Elapsed - sampled < TimeSpan.FromSeconds(2)) continue;
            sampled = clock.Elapsed;
            foreach (var (part, used) in Used.By(system)) peaks[part] = Math.Max(peaks[part], used.Memory);
        }

        var projected = clock.Elapsed;
        var after = Used.By(system);
        var expected = (await simulator.TruthAsync(Network, address, summary: true, default)).Balance;
        var told = (await user.Get($"/api/v1/wallets/{wallet}/balances")).GetProperty("data")[0].GetProperty("derived").GetProperty("amount")
            .GetString();
        if (told != expected) throw new InvalidOperationException($"The balance told is {told}, the true one {expected}.");

        Console.WriteLine();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name}: verified after {verified.TotalSeconds:0.00} s, projected after {projected.TotalSeconds:0.00} s, " +
            $"{transactions / projected.TotalSeconds:N0} transactions/s"));
        Console.WriteLine("part         CPU s   µs/transaction   peak MB");
        foreach (var (part, used) in after)
        {
            var cpu = used.Cpu - before[part].Cpu;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{part,-11} {cpu,6:0.00} {cpu * 1e6 / transactions,16:0} {Math.Max(peaks[part], used.Memory),9:0}"));
        }
    }

    private static bool IsVerified(JsonElement progress) =>
        progress.GetProperty("addresses").EnumerateArray().Any(address => address.GetProperty("status").GetString() == "verified");

    private static bool IsProjected(JsonElement balances, int transactions) =>
        balances.GetProperty("data") is { } data && data.GetArrayLength() == 1 && data[0].GetProperty("status").GetString() == "verified"
            && data[0].GetProperty("derivedTransactions").GetInt64() == transactions;
}

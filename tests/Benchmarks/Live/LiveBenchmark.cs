using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using ChainSimulator;
using Npgsql;
using Testing;
using static Benchmarks.Figures;

namespace Benchmarks.Live;

/// <summary>
/// From a block at the provider to the message at a client's socket, through the real processes: what matching a block costs while more and
/// more addresses are tracked, how long a payment takes to its client, and what many clients of one feed get and cost. Regular checks are put
/// off, so that nothing but blocks is measured.
/// </summary>
internal static class LiveBenchmark
{
    private const int AddressesAWallet = 10;
    private const int ImportsAtOnce = 8;
    private const int MatchedBlocks = 30;
    private static readonly int[] Levels = [100, 1_000, 10_000, 100_000];
    private static readonly TimeSpan BetweenMatched = TimeSpan.FromMilliseconds(500);
    private static readonly (int Payments, int Blocks)[] Loads = [(1, 120), (10, 60)];

    public static async Task<int> RunAsync(int addresses)
    {
        await using var system = await WholeSystem.Start(system =>
        {
            var simulated = new Uri(system.AddressOf("simulator"), $"/{LiveChain.Network}/evm").ToString();
            var provider = $"Chains__{LiveChain.Network}__Providers__0__";
            system.Settings["sync"] = new()
            {
                [provider + "Name"] = "simulator", [provider + "Kind"] = "etherscan", [provider + "BaseUrl"] = simulated,
                [provider + "RpcUrl"] = simulated + "/rpc",
                [provider + "Push"] = simulated.Replace("http://", "ws://", StringComparison.Ordinal) + "/ws",
                [provider + "RequestsPerSecond"] = "0", ["Sync__PartlyFollowedCheckSeconds"] = "86400",
            };
            system.Settings["portfolio"] = new() { ["Feed__StreamsPerKey"] = "5000" };
        });
        var user = await system.NewUser();
        await using var chain = new LiveChain(new SimulatorClient(system.Script));
        await chain.ListenAsync();
        await using var sync = NpgsqlDataSource.Create(system.DatabaseOf("sync"));

        var tracked = new List<string>();
        var matching = new List<Matched>();
        foreach (var level in Levels.Where(level => level < addresses).Append(addresses))
        {
            await TrackAsync(system, user, chain, sync, tracked, level);
            matching.Add(await MatchAsync(system, chain, sync, level));
        }

        // The first ones also compile.
        await PayAsync(system, user, chain, tracked.TakeLast(100).ToList(), 5, 20);
        var paying = new List<Paid>();
        var fresh = new Queue<string>(tracked);
        foreach (var (payments, blocks) in Loads)
        {
            List<string> accounts = [.. Enumerable.Range(0, payments * blocks).Select(_ => fresh.Dequeue())];
            paying.Add(await PayAsync(system, user, chain, accounts, payments, blocks));
        }

        // What more there is to match against is nobody's: rows that only the look-up meets.
        foreach (var level in Levels.Where(level => level > addresses))
        {
            await FillAsync(sync, level);
            matching.Add(await MatchAsync(system, chain, sync, level));
        }

        TellMatching(matching);
        TellPaying(addresses, paying);
        await LiveFeed.RunAsync(system);
        return 0;
    }

    // Imported through the gateway, each with a payment in its history, and verified.
    private static async Task TrackAsync(
        WholeSystem system, TestUser user, LiveChain chain, NpgsqlDataSource sync, List<string> tracked, int level)
    {
        List<string> added = [.. Enumerable.Range(0, level - tracked.Count).Select(_ => chain.NewAccount())];
        foreach (var paid in added.Chunk(LiveChain.BlockSize)) await chain.MineAsync(paid);
        var clock = Stopwatch.StartNew();
        await Parallel.ForEachAsync(added.Chunk(AddressesAWallet), new ParallelOptions { MaxDegreeOfParallelism = ImportsAtOnce }, async (own, _) =>
        {
            var wallet = await user.CreateWallet();
            foreach (var address in own) await user.Import(wallet, address, LiveChain.Network);
        });
        tracked.AddRange(added);
        await UntilAsync(sync, "select count(*) = $1 from ledgers where network = 'ethereum' and verdict = 'verified'", (long)level);
        await using var portfolio = NpgsqlDataSource.Create(system.DatabaseOf("portfolio"));
        await UntilAsync(portfolio, "select count(*) = $1 from balances where verdict = 'verified'", (long)level);
        await SettleAsync(sync);
        Say(Invariant, $"{level:N0} addresses are tracked, the last {added.Count:N0} imported and verified within {clock.Elapsed.TotalSeconds:0} s");
    }

    private static async Task FillAsync(NpgsqlDataSource sync, int level)
    {
        await using var command = sync.CreateCommand("""
            insert into ledgers (ledger_id, network, address, opened_at, wanted_at, checked_at)
            select gen_random_uuid(), 'ethereum', '0x' || encode(sha256(n::text::bytea), 'hex')::varchar(40), now(), now(), now()
            from generate_series(1, $1 - (select count(*) from ledgers where network = 'ethereum')) n
            """);
        command.Parameters.Add(new() { Value = (long)level });
        await command.ExecuteNonQueryAsync();
        await SettleAsync(sync);
        Say(Invariant, $"{level:N0} addresses to match against");
    }

    // What autovacuum does sooner or later is done before, and what was begun is over.
    private static async Task SettleAsync(NpgsqlDataSource sync)
    {
        await UntilAsync(sync, "select not exists (select from wallet_syncs where state <> 'Idle')");
        await using var vacuum = sync.CreateCommand("vacuum analyze");
        await vacuum.ExecuteNonQueryAsync();
        await using var checkpoint = sync.CreateCommand("checkpoint");
        await checkpoint.ExecuteNonQueryAsync();
    }

    // Blocks that touch nobody: reading and matching are all there is to do. What the same time costs without blocks is taken off.
    private static async Task<Matched> MatchAsync(WholeSystem system, LiveChain chain, NpgsqlDataSource sync, int level)
    {
        await FollowAsync(5);
        var before = Used.By(system);
        var clock = Stopwatch.StartNew();
        await FollowAsync(MatchedBlocks);
        var (after, took) = (Used.By(system), clock.Elapsed);
        await Task.Delay(took);
        var idle = Used.By(system);
        return new(level, CpuOf("sync"), CpuOf("postgres"), CpuOf("(simulator)"));

        double CpuOf(string part) =>
            ((after[part].Cpu - before[part].Cpu) - (idle[part].Cpu - after[part].Cpu)) * 1000 / MatchedBlocks;

        async Task FollowAsync(int blocks)
        {
            long height = 0;
            for (var block = 0; block < blocks; block++)
            {
                (height, _) = await chain.MineAsync([]);
                await Task.Delay(BetweenMatched);
            }

            await UntilAsync(sync, "select exists (select from followers where network = 'ethereum' and height = $1)", height);
        }
    }

    // Block after block, each once everybody whom the last one paid was told.
    private static async Task<Paid> PayAsync(
        WholeSystem system, TestUser user, LiveChain chain, IReadOnlyList<string> accounts, int payments, int blocks)
    {
        var told = new ConcurrentDictionary<string, TaskCompletionSource<(long Ticks, DateTime At)>>();
        var messages = 0;
        await using var client = await LiveClient.ConnectAsync(system.AddressOf("gateway"), user.Key, message =>
        {
            var (ticks, at) = (Stopwatch.GetTimestamp(), DateTime.UtcNow);
            Interlocked.Increment(ref messages);
            using var read = JsonDocument.Parse(message);
            if (read.RootElement.GetProperty("type").GetString() != "deposit_update") return;
            told.GetOrAdd(read.RootElement.GetProperty("data").GetProperty("txid").GetString()!, _ => new()).TrySetResult((ticks, at));
        });
        var times = new List<double>();
        var stages = new LiveStages();
        var random = new Random(2);
        var before = Used.By(system);
        var clock = Stopwatch.StartNew();
        foreach (var paid in accounts.Chunk(payments))
        {
            var (height, txids) = await chain.MineAsync(paid);
            var seen = await chain.SeenAsync(height);
            var seenAt = DateTime.UtcNow - Stopwatch.GetElapsedTime(seen);
            foreach (var txid in txids)
            {
                var (ticks, at) = await told.GetOrAdd(txid, _ => new()).Task.WaitAsync(TimeSpan.FromMinutes(1));
                times.Add(Stopwatch.GetElapsedTime(seen, ticks).TotalMilliseconds);
                stages.Add(txid, seenAt, at);
            }

            await Task.Delay(random.Next(100, 300));
        }

        var (after, took) = (Used.By(system), clock.Elapsed);
        return new(payments, blocks, messages / took.TotalSeconds, took / blocks, times, await stages.ReadAsync(system),
            after.ToDictionary(part => part.Key, part => (part.Value.Cpu - before[part.Key].Cpu) * 1000 / blocks));
    }

    private static void TellMatching(List<Matched> matching)
    {
        Console.WriteLine();
        Say(Invariant, $"CPU ms a block of {LiveChain.BlockSize:N0} transactions that touches nobody, less what the time costs without blocks:");
        Console.WriteLine("  addresses     Sync   PostgreSQL   both   of the first   (simulator)");
        foreach (var level in matching)
        {
            Say(Invariant, $"{level.Addresses,11:N0} {level.Sync,8:0.0} {level.Postgres,12:0.0} {level.Both,6:0.0} "
                + $"{level.Both / matching[0].Both,14:0.00} {level.Simulator,13:0.0}");
        }
    }

    private static void TellPaying(int addresses, List<Paid> paying)
    {
        foreach (var load in paying)
        {
            Console.WriteLine();
            Say(Invariant, $"{addresses:N0} addresses; {load.Blocks} blocks of {LiveChain.BlockSize:N0} transactions, "
                + $"{load.Payments} of each to a tracked one, one each {load.Each.TotalMilliseconds:0} ms, {load.Messages:0} messages/s");
            Say(Invariant, $"    block at the provider to deposit_update at the client: p50 {Percentile(load.Times, 50):0} ms, "
                + $"p95 {Percentile(load.Times, 95):0}, p99 {Percentile(load.Times, 99):0}, at most {load.Times.Max():0} "
                + $"({load.Times.Count} payments)");
            foreach (var (stage, took) in load.Stages)
                Say(Invariant, $"    until {stage,-38} p50 {Percentile(took, 50),6:0} ms   p99 {Percentile(took, 99),6:0} ms");
            var cpu = load.Cpu.Select(part => string.Create(Invariant, $"{part.Key} {part.Value:0}"));
            Say(Invariant, $"    CPU ms a block: {string.Join(", ", cpu)}");
        }
    }

    private static async Task UntilAsync(NpgsqlDataSource database, string condition, params object[] values)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            await using var command = database.CreateCommand(condition);
            foreach (var value in values) command.Parameters.Add(new() { Value = value });
            if ((bool)(await command.ExecuteScalarAsync())!) return;
            if (clock.Elapsed > TimeSpan.FromMinutes(30)) throw new TimeoutException($"Not within half an hour: {condition}");
            await Task.Delay(100);
        }
    }

    private sealed record Matched(int Addresses, double Sync, double Postgres, double Simulator)
    {
        public double Both => Sync + Postgres;
    }

    private sealed record Paid(
        int Payments, int Blocks, double Messages, TimeSpan Each, List<double> Times, IReadOnlyList<(string Stage, List<double> Took)> Stages,
        Dictionary<string, double> Cpu);
}

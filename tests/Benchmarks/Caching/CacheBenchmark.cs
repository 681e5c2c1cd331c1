using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ChainSimulator;
using ChainSimulator.Evm;
using ChainSimulator.Script;
using ChainSimulator.Serving;
using Npgsql;
using Testing;

namespace Benchmarks.Caching;

/// <summary>
/// What importing addresses costs in requests, through the real processes: for the first time; again by somebody else while
/// they are tracked, and after everybody has let go of them, at the same tip and after new blocks. Then how long a kept page
/// takes to be read.
/// </summary>
internal static class CacheBenchmark
{
    private const string Network = "bitcoin";
    private const int Reads = 2_000;
    private const int GatewayReads = 500;
    private const int OneHistory = 2_000;
    private static readonly (int Addresses, int Transactions)[] Sizes = [(40, 10), (40, 120), (4, 2_000), (1, 10_000)];

    public static async Task<int> RunAsync()
    {
        await using var system = await WholeSystem.Start();
        var simulator = new SimulatorClient(system.Script);
        var addresses = new List<string>();
        foreach (var (count, transactions) in Sizes)
            addresses.AddRange(await simulator.CreateAsync(new CreateAddresses(Network, transactions, count, Profile: Profile.Recorded), default));
        await simulator.MineAsync(new(Network, 15, [], 0), default);
        var total = Sizes.Sum(size => size.Addresses * size.Transactions);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{addresses.Count} addresses of {string.Join(", ", Sizes.Select(size => $"{size.Addresses} × {size.Transactions}"))} transactions, " +
            $"{total:N0} together"));
        Console.WriteLine();
        Console.WriteLine("import                                requests   a transaction   addresses hit   transactions hit   seconds");

        var first = await ImportAsync(system, simulator, "first", addresses, total);
        await ImportAsync(system, simulator, "again while tracked", addresses, total, letGoOf: first);
        await ImportAsync(system, simulator, "let go of, at the same tip", addresses, total);
        foreach (var address in addresses.Where((_, n) => n % 4 == 0)) await simulator.MineAsync(new(Network, 1, [address], 1), default);
        await ImportAsync(system, simulator, "let go of, some blocks later", addresses, total + addresses.Where((_, n) => n % 4 == 0).Count());
        await ReadAsync(system);
        await ReadThroughTheGatewayAsync(system, simulator, addresses);
        Console.WriteLine();
        foreach (var kind in (string[])["esplora", "blockchain-info", "blockchair"]) await FirstReadingAsync(kind);
        foreach (var (kind, withNode) in ((string, bool)[])[("etherscan", false), ("etherscan", true), ("alchemy", false)])
            await FirstReadingOfAccountAsync(kind, withNode);
        return 0;
    }

    // What the first reading of one address costs a provider of that dialect alone.
    private static async Task FirstReadingAsync(string kind)
    {
        await using var system = await WholeSystem.Start(system =>
            system.Settings["sync"] = new() { [$"Chains__{Network}__Providers__0__Kind"] = kind });
        var simulator = new SimulatorClient(system.Script);
        var address = (await simulator.CreateAsync(new CreateAddresses(Network, OneHistory, Profile: Profile.Recorded), default)).Single();
        await simulator.MineAsync(new(Network, 15, [], 0), default);
        await simulator.ResetCountersAsync(default);
        var user = await system.NewUser();
        var wallet = await user.CreateWallet(kind);
        await user.Import(wallet, address);
        await user.Get($"/api/v1/wallets/{wallet}/sync?minVersion={user.Version}");
        await UntilAsync(async () => (await user.SyncProgress(wallet)).GetProperty("syncedCount").GetInt64() == 1);
        var requests = (await simulator.RequestsAsync(default)).Total;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{kind,-16} {requests,6:N0} requests for {OneHistory:N0} transactions, {(double)requests / OneHistory:0.000} a transaction"));
    }

    // The same of an account on Ethereum: of three transactions one pays, one is paid and one moves tokens.
    private static async Task FirstReadingOfAccountAsync(string kind, bool withNode)
    {
        const string Me = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed";
        const string Other = "0x1111111111111111111111111111111111111111";
        const string Token = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48";
        await using var system = await WholeSystem.Start(system =>
        {
            var (explorer, node) = (new Uri(system.AddressOf("simulator"), "/ethereum/evm").ToString(),
                new Uri(system.AddressOf("simulator"), "/ethereum/evm/rpc").ToString());
            system.Settings["sync"] = new()
            {
                ["Chains__ethereum__Providers__0__Name"] = kind, ["Chains__ethereum__Providers__0__Kind"] = kind,
                ["Chains__ethereum__Providers__0__BaseUrl"] = kind == "alchemy" ? node : explorer,
                ["Chains__ethereum__Providers__0__RequestsPerSecond"] = "0",
            };
            if (withNode) system.Settings["sync"]["Chains__ethereum__Providers__0__RpcUrl"] = node;
        });
        var simulator = new SimulatorClient(system.Script);
        await simulator.MineEvmAsync(new EvmMine("ethereum", [new EvmTransaction(Other, Me, "9000000000000000000")]), default);
        for (var n = 1; n < OneHistory; n++)
        {
            await simulator.MineEvmAsync(new EvmMine("ethereum", [(n % 3) switch
            {
                0 => new EvmTransaction(Me, Other, "1"),
                1 => new EvmTransaction(Other, Me, "2"),
                _ => new EvmTransaction(Other, Token, Moves: [new(Token, Other, Me, "3")]),
            }]), default);
        }

        await simulator.MineEvmAsync(new EvmMine("ethereum", Blocks: 15), default);
        var user = await system.NewUser();
        var wallet = await user.CreateWallet(kind);
        await user.Import(wallet, Me, "ethereum");
        await user.Get($"/api/v1/wallets/{wallet}/sync?minVersion={user.Version}");
        await UntilAsync(async () => (await user.SyncProgress(wallet)).GetProperty("syncedCount").GetInt64() == 1);
        await SettledAsync(system);
        // A batch is one request of HTTP and counts as its questions, as it does for the budget.
        var requests = (decimal)(await QueryAsync(system, "select sum(requests) from provider_usage"))!;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{kind + (withNode ? " and node" : ""),-18} {requests,4:N0} requests for {OneHistory:N0} transactions, {requests / OneHistory:0.000} " +
            $"a transaction"));
    }

    // A user imports all, waits until all is verified, and lets go of it again, unless somebody comes before.
    private static async Task<(TestUser, Guid)> ImportAsync(
        WholeSystem system, SimulatorClient simulator, string name, List<string> addresses, int transactions,
        (TestUser User, Guid Wallet)? letGoOf = null)
    {
        await SettledAsync(system);
        await simulator.ResetCountersAsync(default);
        await QueryAsync(system, "truncate cache_usage");
        var user = await system.NewUser();
        var wallet = await user.CreateWallet(name);
        var clock = Stopwatch.StartNew();
        foreach (var address in addresses) await user.Import(wallet, address);
        await user.Get($"/api/v1/wallets/{wallet}/sync?minVersion={user.Version}");
        await UntilAsync(async () => await user.SyncProgress(wallet) is var told && told.GetProperty("syncedCount").GetInt64() == addresses.Count
            && told.GetProperty("found").GetInt64() >= transactions);
        var seconds = clock.Elapsed.TotalSeconds;
        // Regular checks begin two minutes after an import; until then every request is the import's.
        var requests = (await simulator.RequestsAsync(default)).Total;
        await SettledAsync(system);
        var usage = await system.Admin.Get("/api/v1/usage");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name,-37} {requests,8:N0} {(double)requests / transactions,15:0.0000} {Rate(usage, "summary"),15} {Rate(usage, "transaction"),18} " +
            $"{seconds,9:0.0}"));
        if (letGoOf is null && name == "first") return (user, wallet);

        foreach (var (owner, held) in letGoOf is { } other ? [other, (user, wallet)] : (List<(TestUser, Guid)>)[(user, wallet)])
            await owner.Delete($"/api/v1/wallets/{held}");
        await UntilAsync(async () => await QueryAsync(system, "select count(*) from ledgers") is 0L);
        return (user, wallet);
    }

    private static string Rate(JsonElement usage, string kind) =>
        usage.GetProperty("hitRates").EnumerateArray()
            .FirstOrDefault(row => row.GetProperty("kind").GetString() == kind) is { ValueKind: JsonValueKind.Object } row
            ? (row.GetProperty("hitRate").GetDecimal() * 100).ToString("0.0", CultureInfo.InvariantCulture) + " %" : "not asked";

    // Counts and pages are written behind, every five seconds at the latest.
    private static Task SettledAsync(WholeSystem system) => Task.Delay(TimeSpan.FromSeconds(6));

    private static async Task ReadAsync(WholeSystem system)
    {
        await using var source = NpgsqlDataSource.Create(system.DatabaseOf("sync"));
        var places = new List<(string Address, string Txid, long Height, string Provider)>();
        await using (var command = source.CreateCommand(
            "select address, after_txid, top, provider from cached_pages where tip_hash is null order by random() limit 2000"))
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync()) places.Add((reader.GetString(0), reader.GetString(1), reader.GetInt64(2), reader.GetString(3)));
        }

        using var pages = KeptPages.Of(source);
        var times = new List<double>(Reads);
        for (var n = 0; n < Reads + 200; n++)
        {
            var (address, txid, height, provider) = places[n % places.Count];
            var began = Stopwatch.GetTimestamp();
            if (!await pages.IsThereAsync(Network, provider, address, height, txid)) throw new InvalidOperationException("A kept page is not found.");
            // The first ones compile.
            if (n >= 200) times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        times.Sort();
        var (count, bytes) = (await QueryAsync(system, "select count(*) from cached_pages"),
            await QueryAsync(system, "select sum(length(body))::bigint from cached_pages"));
        Console.WriteLine();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"a kept page, read and unpacked: p50 {times[Reads / 2]:0.00} ms, p99 {times[Reads * 99 / 100]:0.00} ms; {count:N0} pages of " +
            $"{(long)bytes! / (long)count!:N0} bytes on average"));
    }

    // While no provider answers: what clients ask is answered from what is stored.
    private static async Task ReadThroughTheGatewayAsync(WholeSystem system, SimulatorClient simulator, List<string> addresses)
    {
        await simulator.SetFaultAsync(new(FaultKind.Status), default);
        var user = await system.NewUser();
        var wallet = await user.CreateWallet("while nobody answers");
        foreach (var address in addresses) await user.Import(wallet, address);
        await UntilAsync(async () => (await user.Get($"/api/v1/wallets/{wallet}/sync"))
            .GetProperty("staleSince").ValueKind is not JsonValueKind.Null);
        foreach (var path in (string[])["balances", "transactions?limit=50"])
        {
            var times = new List<double>(GatewayReads);
            for (var n = 0; n < GatewayReads + 50; n++)
            {
                var began = Stopwatch.GetTimestamp();
                await user.Get($"/api/v1/wallets/{wallet}/{path}");
                if (n >= 50) times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }

            times.Sort();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"GET …/{path} while nobody answers: p50 {times[GatewayReads / 2]:0.0} ms, p99 {times[GatewayReads * 99 / 100]:0.0} ms"));
        }

        await simulator.ClearFaultsAsync(default);
    }

    private static async Task<object?> QueryAsync(WholeSystem system, string sql)
    {
        await using var source = NpgsqlDataSource.Create(system.DatabaseOf("sync"));
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        while (!await holds()) await Task.Delay(100);
    }
}

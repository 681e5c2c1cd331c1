using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using ChainSimulator;
using ChainSimulator.Script;
using Npgsql;
using ServiceDefaults;
using Testing;

namespace Benchmarks.Reading;

/// <summary>
/// What reading costs through the real processes, on one wallet with a long history and one with a short: pages at the
/// beginning and near the end of the list in turn, balances at instants, and requests per second with parallel clients.
/// </summary>
internal static class ReadBenchmark
{
    private const string Network = "bitcoin";
    private const int ShortHistory = 1_000;
    private const int Rounds = 200;
    private const int Clients = 8;
    private static readonly TimeSpan Load = TimeSpan.FromSeconds(6);

    public static async Task<int> RunAsync(int transactions)
    {
        var key = NewKey();
        await using var system = await WholeSystem.Start(system => system.Settings["gateway"] = new() { ["Identity__PrivateKey"] = key });
        var user = await system.NewUser();
        var shortWallet = await FillAsync(system, user, ShortHistory);
        var longWallet = await FillAsync(system, user, transactions);
        await SettleAsync(system);

        var depth = transactions / 100 * 99;
        var path = $"/api/v1/wallets/{longWallet}";
        var deep = await CursorAsync(user, $"{path}/transactions", depth);
        var (first, last) = (await TimeAsync(user, $"{path}/transactions?page={transactions}&perPage=1"),
            await TimeAsync(user, $"{path}/transactions?limit=1"));
        string At(double part) => Text(first + ((last - first) * part));
        (string Name, string Path)[] asked =
        [
            ("first page of 50", $"{path}/transactions"),
            ($"page of 50 at {depth:N0}", $"{path}/transactions?cursor={deep}"),
            ("page=1", $"{path}/transactions?page=1&perPage=50"),
            ($"page={(depth / 50) + 1}", $"{path}/transactions?page={(depth / 50) + 1}&perPage=50"),
            ("first page, direction=out", $"{path}/transactions?direction=out"),
            ("first page, oldest tenth", $"{path}/transactions?to={At(0.1)}"),
            ("balances now", $"{path}/balances"),
            ("balances at 5 %", $"{path}/balances?at={At(0.05)}"),
            ("balances at 50 %", $"{path}/balances?at={At(0.5)}"),
            ("balances at 95 %", $"{path}/balances?at={At(0.95)}"),
            ($"balances at 50 %, of {ShortHistory:N0}", $"/api/v1/wallets/{shortWallet}/balances?at={At(0.5)}"),
            ("50 days", $"{path}/history"),
            ("50 days in Berlin", $"{path}/history?tz=Europe/Berlin"),
        ];

        var times = await InTurnAsync(user.Http, asked);
        var (top, bottom) = (Figures.Percentile(times[0], 50), Figures.Percentile(times[1], 50));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{transactions:N0} transactions; each asked {Rounds} times in turn, through the gateway"));
        Console.WriteLine("                                  p50 ms   p95 ms");
        foreach (var ((name, _), measured) in asked.Zip(times))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name,-32} {Figures.Percentile(measured, 50),7:0.00} {Figures.Percentile(measured, 95),8:0.00}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"depth {depth:N0} : first page = {bottom / top:0.00} at p50"));

        Console.WriteLine();
        Console.WriteLine($"requests/s, {Clients} parallel clients      gateway   service directly");
        using var signer = new TokenSigner("gateway", key, TimeProvider.System);
        foreach (var (name, place) in new[] { asked[0], asked[1], asked[8] })
        {
            var through = await LoadAsync(user.Http, place);
            using var direct = new HttpClient { BaseAddress = system.AddressOf("portfolio") };
            var caller = new Caller(user.Id, Guid.CreateVersion7(), new HashSet<string> { Scopes.PortfolioRead }, null);
            direct.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", signer.ForUser(caller, "portfolio"));
            var directly = await LoadAsync(direct, place);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-34} {through,8:0} {directly,18:0}"));
        }

        return 0;
    }

    private static async Task<Guid> FillAsync(WholeSystem system, TestUser user, int transactions)
    {
        var simulator = new SimulatorClient(system.Script);
        var address = (await simulator.CreateAsync(new CreateAddresses(Network, transactions), default)).Single();
        var wallet = await user.CreateWallet($"{transactions}");
        await user.Import(wallet, address);
        await Eventually.Is(
            async () => (await user.Get($"/api/v1/wallets/{wallet}/balances")).GetProperty("data") is { } data && data.GetArrayLength() == 1
                && data[0].GetProperty("status").GetString() == "verified" && data[0].GetProperty("derivedTransactions").GetInt64() == transactions,
            $"{transactions} transactions are verified and projected", TimeSpan.FromMinutes(10));
        return wallet;
    }

    // What the server does by itself some minutes after so much was written.
    private static async Task SettleAsync(WholeSystem system)
    {
        await using var database = NpgsqlDataSource.Create(system.DatabaseOf("portfolio"));
        await using var command = database.CreateCommand("vacuum analyze");
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<string> CursorAsync(TestUser user, string path, int depth)
    {
        string? cursor = null;
        for (var at = 0; at < depth;)
        {
            var size = Math.Min(200, depth - at);
            cursor = (await user.Get($"{path}?limit={size}{(cursor is null ? "" : $"&cursor={cursor}")}")).GetProperty("next").GetString()!;
            at += size;
        }

        return cursor!;
    }

    private static async Task<DateTimeOffset> TimeAsync(TestUser user, string path) =>
        (await user.Get(path)).GetProperty("data")[0].GetProperty("time").GetDateTimeOffset();

    private static async Task<double[][]> InTurnAsync(HttpClient client, (string Name, string Path)[] asked)
    {
        var times = asked.Select(_ => new double[Rounds]).ToArray();
        // The first rounds also compile and connect.
        for (var round = -30; round < Rounds; round++)
        {
            for (var i = 0; i < asked.Length; i++)
            {
                var started = Stopwatch.GetTimestamp();
                using var answer = await client.GetAsync(asked[i].Path);
                await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
                if (round >= 0) times[i][round] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            }
        }

        return times;
    }

    private static async Task<double> LoadAsync(HttpClient client, string path)
    {
        var done = 0;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            while (clock.Elapsed < Load)
            {
                using var answer = await client.GetAsync(path);
                await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
                Interlocked.Increment(ref done);
            }
        }));
        return done / clock.Elapsed.TotalSeconds;
    }

    private static string Text(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string NewKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Convert.ToBase64String(key.ExportPkcs8PrivateKey());
    }
}

using System.Diagnostics;
using System.Globalization;
using ChainSimulator;
using ChainSimulator.Script;
using Npgsql;
using Testing;

namespace Benchmarks.Valuing;

/// <summary>
/// What values cost through the real processes: two users of twenty wallets each, one with a short history and one with a long, asked the
/// same in turn. What holds for any instant should not grow with the history; what reads all of it does.
/// </summary>
internal static class ValueBenchmark
{
    private const string Network = "bitcoin";
    private const string Bitcoin = "bip122:000000000019d6689c085ae165831e93/slip44:0";
    private const int Wallets = 20;
    private const int ShortHistory = 10_000;
    private const int Rounds = 100;
    private const int Whole = 5;

    public static async Task<int> RunAsync(int transactions)
    {
        await using var system = await WholeSystem.Start();
        var few = await FillAsync(system, ShortHistory);
        var many = await FillAsync(system, transactions);
        var (first, last) = await PriceAsync(system);
        string At(double part) => Text(first + ((last - first) * part));
        (string Name, string Path, int Rounds)[] asked =
        [
            ("portfolio now", "/api/v1/portfolio", Rounds),
            ("portfolio at 5 %", $"/api/v1/portfolio?at={At(0.05)}", Rounds),
            ("portfolio at 50 %", $"/api/v1/portfolio?at={At(0.5)}", Rounds),
            ("portfolio at 95 %", $"/api/v1/portfolio?at={At(0.95)}", Rounds),
            ("history, whole", "/api/v1/portfolio/history", Rounds),
            ("history, whole, by month", "/api/v1/portfolio/history?interval=month", Rounds),
            ("explain a hundredth", $"/api/v1/portfolio/explain?from={At(0.5)}&to={At(0.51)}", Rounds),
            ("performance, whole", "/api/v1/portfolio/performance", Whole),
            ("gains of a year", $"/api/v1/portfolio/gains?year={(first + ((last - first) / 2)).Year}", Whole),
        ];

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Wallets} wallets of {ShortHistory:N0} and of {transactions:N0} transactions, asked in turn through the gateway; ms"));
        Console.WriteLine("                              few p50    p95   many p50    p95   many : few at p50");
        foreach (var (name, path, rounds) in asked)
        {
            var (one, other) = (new double[rounds], new double[rounds]);
            // The first rounds also compile and connect.
            for (var round = -Math.Min(rounds, 20); round < rounds; round++)
            {
                var (a, b) = (await AskAsync(few.Http, path), await AskAsync(many.Http, path));
                if (round >= 0) (one[round], other[round]) = (a, b);
            }

            var ratio = Of(other, 50) / Of(one, 50);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name,-28} {Of(one, 50),8:0.0} {Of(one, 95),6:0.0} {Of(other, 50),10:0.0} {Of(other, 95),6:0.0} {ratio,12:0.00}"));
        }

        return 0;
    }

    private static async Task<TestUser> FillAsync(WholeSystem system, int transactions)
    {
        var (simulator, user) = (new SimulatorClient(system.Script), await system.NewUser());
        var addresses = await simulator.CreateAsync(new CreateAddresses(Network, transactions / Wallets, Wallets), default);
        foreach (var address in addresses) await user.Import(await user.CreateWallet(address), address);
        await Eventually.Is(
            async () => (await user.Get("/api/v1/portfolio")).GetProperty("totals") is { } totals && totals.GetArrayLength() == 1
                && totals[0].GetProperty("status").GetString() == "verified"
                && totals[0].GetProperty("derivedTransactions").GetInt64() >= transactions / Wallets * Wallets,
            $"{transactions} transactions are verified and projected", TimeSpan.FromMinutes(30));
        return user;
    }

    // A price for each day that anything is from, and what the server does by itself some minutes after so much was written.
    private static async Task<(DateTimeOffset First, DateTimeOffset Last)> PriceAsync(WholeSystem system)
    {
        await using var database = NpgsqlDataSource.Create(system.DatabaseOf("portfolio"));
        await using (var prices = database.CreateCommand("""
            insert into daily_prices (asset, day, usd, source, at)
            select $1, day, 1000 + 100 * (day - date '2009-01-01'), 'bench', (day + 1)::timestamp at time zone 'UTC'
            from (select generate_series(date '2009-01-01', current_date, interval '1 day')::date) n (day)
            """))
        {
            prices.Parameters.Add(new() { Value = Bitcoin });
            await prices.ExecuteNonQueryAsync();
        }

        await using (var vacuum = database.CreateCommand("vacuum analyze"))
        {
            vacuum.CommandTimeout = 0;
            await vacuum.ExecuteNonQueryAsync();
        }

        await using var times = database.CreateCommand("select min(block_time), max(block_time) from transactions");
        times.CommandTimeout = 0;
        await using var reader = await times.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (reader.GetFieldValue<DateTimeOffset>(0), reader.GetFieldValue<DateTimeOffset>(1));
    }

    private static async Task<double> AskAsync(HttpClient client, string path)
    {
        var started = Stopwatch.GetTimestamp();
        using var answer = await client.GetAsync(path);
        await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static double Of(double[] times, int percent) => times.Order().ElementAt((times.Length - 1) * percent / 100);

    private static string Text(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

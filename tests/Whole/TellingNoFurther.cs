using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using ChainSimulator;
using ChainSimulator.Serving;
using Npgsql;
using Shouldly;
using Testing;
using Xunit;

namespace Whole;

/// <summary>An address with more transactions than the first provider tells, and one whose provider fails in the middle.</summary>
public sealed class TellingNoFurther
{
    private const string Bitcoin = SyncingSystem.Bitcoin;
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    // The real cap and what is well beyond it take minutes.
    private static int Cap => SyncingSystem.IsFull ? 50_000 : 500;

    private static int Transactions => SyncingSystem.IsFull ? 60_000 : 1_200;

    [Fact]
    public async Task another_provider_goes_on_where_the_first_tells_no_more_or_fails()
    {
        await using var system = await WholeSystem.Start(
            system => system.Settings["sync"] = new()
            {
                ["Chains__bitcoin__Providers__0__Name"] = "info",
                ["Chains__bitcoin__Providers__0__Kind"] = "blockchain-info",
                ["Chains__bitcoin__Providers__1__Name"] = "esplora",
                ["Chains__bitcoin__Providers__1__Kind"] = "esplora",
                ["Chains__bitcoin__Providers__1__BaseUrl"] = new Uri(system.AddressOf("simulator"), $"/other/{Bitcoin}/api").ToString(),
                ["Chains__bitcoin__Providers__1__RequestsPerSecond"] = "0",
            },
            "--offset-cap", $"{Cap}");
        var script = new SimulatorClient(system.Script);
        var addresses = await script.CreateAsync(new(Bitcoin, Transactions), cancellation);
        var other = await script.CreateAsync(new(Bitcoin, Transactions / 3), cancellation);
        await script.MineAsync(new(Bitcoin, 15), cancellation);
        // The provider of the second address is gone from the middle of its walk on.
        await script.SetFaultAsync(new(FaultKind.Status, Replica: "main", Route: $"/rawaddr/{other[0]}*", Skip: Transactions / 300), cancellation);

        var user = await system.NewUser();
        var wallet = await user.CreateWallet("large");
        var since = Stopwatch.StartNew();
        foreach (var address in (string[])[.. addresses, .. other]) await user.Import(wallet, address);
        await user.UntilVerified(wallet, TimeSpan.FromMinutes(SyncingSystem.IsFull ? 20 : 2));
        var verified = since.Elapsed;
        foreach (var address in (string[])[.. addresses, .. other]) await system.UntilTrue(user, wallet, address, timeout: TimeSpan.FromMinutes(5));
        await system.NoEventIsThereTwice("sync");

        var told = await ToldBy(system);
        told.Sum(entry => entry.Value).ShouldBe(Transactions + (Transactions / 3));
        told["info"].ShouldBeGreaterThan(Cap);
        told["esplora"].ShouldBeGreaterThan(Transactions - Cap - 100);
        await EveryDayIsTrue(system, user, wallet, [.. addresses, .. other]);
        Tell.Figures(
            $"{Transactions} and {Transactions / 3} transactions verified after {verified.TotalSeconds:0} s: {told["info"]} told by " +
            $"blockchain.info's dialect up to its cap of {Cap}, {told["esplora"]} by Esplora's");
    }

    // Told at first by when blockchain.info had seen them, some on other days than their blocks'.
    private static async Task EveryDayIsTrue(WholeSystem system, TestUser user, Guid wallet, IReadOnlyList<string> addresses)
    {
        var days = new Dictionary<string, (long Transactions, BigInteger Change)>();
        foreach (var address in addresses)
        {
            foreach (var line in await system.TruthOf(address))
            {
                var day = DateTimeOffset.FromUnixTimeSeconds(line.Time).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
                var (transactions, change) = days.GetValueOrDefault(day);
                days[day] = (transactions + 1, change + BigInteger.Parse(line.Delta, CultureInfo.InvariantCulture));
            }
        }

        var told = new Dictionary<string, (long Transactions, BigInteger Change)>();
        await foreach (var entry in user.All($"/api/v1/wallets/{wallet}/history"))
        {
            if (entry.GetProperty("transactions").GetInt64() is > 0 and var transactions)
                told[entry.GetProperty("start").GetString()!] =
                    (transactions, BigInteger.Parse(entry.GetProperty("change").GetProperty("amount").GetString()!, CultureInfo.InvariantCulture));
        }

        told.ShouldBe(days, ignoreOrder: true);
    }

    private async Task<Dictionary<string, long>> ToldBy(WholeSystem system)
    {
        await using var source = NpgsqlDataSource.Create(system.DatabaseOf("sync"));
        await using var command = source.CreateCommand(
            "select data #>> '{Transaction,Provider}', count(*) from mt_events where type = 'transaction_observed' group by 1");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var told = new Dictionary<string, long>();
        while (await reader.ReadAsync(cancellation)) told[reader.GetString(0)] = reader.GetInt64(1);
        return told;
    }
}

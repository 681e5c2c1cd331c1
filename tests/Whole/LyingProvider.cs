using System.Text.Json;
using ChainSimulator.Serving;
using Npgsql;
using Shouldly;
using Testing;
using Xunit;

namespace Whole;

/// <summary>A provider answers 200 and something that is not so: it becomes a stated failure, never data, and passes with the lie.</summary>
[Collection(nameof(SyncingSystem))]
public sealed class LyingProvider(SyncingSystem syncing)
{
    private const int Transactions = 60;

    private static readonly (string What, Func<string, Fault> Fault, string Reason)[] Garbage =
    [
        ("a page of HTML", address => new(FaultKind.Html, Route: $"/address/{address}/*"), "answered text/html where application/json is due"),
        ("half a page", address => new(FaultKind.Truncate, Route: $"/address/{address}/*"), "answers a page request with something unreadable"),
        ("half a summary", address => new(FaultKind.Truncate, Route: $"/address/{address}"), "answers a summary request with something unreadable"),
        ("a huge body", address => new(FaultKind.Huge, Megabytes: 65, Route: $"/address/{address}/*"), "bytes"),
        ("no history", address => new(FaultKind.EmptyPage, Route: $"/address/{address}/*"), "lists nothing although its summary counts"),
        ("pages in circles", address => new(FaultKind.EndlessPages, Route: $"/address/{address}/*"), ""),
        ("pages without end", address => new(FaultKind.EndlessPages, Invented: true, Route: $"/address/{address}/*"), "lists more than"),
        ("a total too small", address => new(FaultKind.Lie, Transactions: -5, Route: $"/address/{address}"), "lists more than"),
    ];

    private static readonly (string What, Func<string, Fault> Fault)[] Differences =
    [
        ("a total too large", address => new(FaultKind.Lie, Transactions: 2, Route: $"/address/{address}")),
        ("another balance", address => new(FaultKind.Lie, Balance: 7, Route: $"/address/{address}")),
        ("every tenth transaction left out", address => new(FaultKind.Omit, Every: 10, Route: $"/address/{address}/*")),
    ];

    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task garbage_becomes_a_stated_failure_and_never_data()
    {
        var (user, wallet, ids) = await Import(Garbage.Length);
        var addresses = ids.Keys.ToList();
        for (var i = 0; i < addresses.Count; i++) await syncing.Script.SetFaultAsync(Garbage[i].Fault(addresses[i]), cancellation);
        foreach (var address in addresses) ids[address] = await user.Import(wallet, address);

        for (var i = 0; i < addresses.Count; i++)
        {
            var (what, _, reason) = Garbage[i];
            var told = await Eventually.Get(
                () => Address(user, wallet, ids[addresses[i]]), told =>
                    Text(told, "status") == "waiting" && Text(told, "reason")!.Contains(reason), $"{what} is stated", TimeSpan.FromMinutes(1));
            Text(told, "reason")!.ShouldStartWith("simulator: ", Case.Sensitive, what);
            told.GetProperty("nextTry").ValueKind.ShouldBe(JsonValueKind.String, what);
            told.GetProperty("verdict").ValueKind.ShouldBe(JsonValueKind.Null, what);
        }

        // The run as a whole fails, says why, and when it goes on.
        await Eventually.Is(async () => await Count("sync_failed", $"wallet-sync-{wallet}") > 0, "the run is told as failed",
            TimeSpan.FromMinutes(1));
        var progress = await user.SyncProgress(wallet);
        Text(progress, "reason")!.ShouldStartWith("simulator: ");
        progress.GetProperty("nextTry").ValueKind.ShouldBe(JsonValueKind.String);

        foreach (var address in addresses)
        {
            var truth = (await syncing.System.TruthOf(address)).Select(line => (line.Txid, line.Height, line.Delta)).ToHashSet();
            (await user.ToldOf(wallet, ids[address])).ShouldAllBe(line => truth.Contains(new(line.Txid, line.Height, line.Delta)));
        }

        await syncing.Script.ClearFaultsAsync(cancellation);
        await user.UntilVerified(wallet);
        foreach (var address in addresses) await syncing.System.UntilTrue(user, wallet, address);
        await syncing.System.NoEventIsThereTwice("sync");
        await syncing.Forget(user, wallet);
    }

    [Fact]
    public async Task a_sum_that_differs_from_the_history_is_a_mismatch_until_it_agrees_again()
    {
        var (user, wallet, ids) = await Import(Differences.Length);
        var addresses = ids.Keys.ToList();
        for (var i = 0; i < addresses.Count; i++) await syncing.Script.SetFaultAsync(Differences[i].Fault(addresses[i]), cancellation);
        foreach (var address in addresses) ids[address] = await user.Import(wallet, address);

        for (var i = 0; i < addresses.Count; i++)
        {
            await Eventually.Get(
                () => Address(user, wallet, ids[addresses[i]]), told =>
                    Text(told, "status") == "mismatch", $"{Differences[i].What} is a mismatch", TimeSpan.FromMinutes(1));
        }

        await syncing.Script.ClearFaultsAsync(cancellation);
        await user.Resync(wallet);
        await user.UntilVerified(wallet);
        foreach (var address in addresses) await syncing.System.UntilTrue(user, wallet, address);
        await syncing.System.NoEventIsThereTwice("sync");
        await syncing.Forget(user, wallet);
    }

    [Fact]
    public async Task a_provider_that_asks_for_patience_is_left_alone_until_then()
    {
        const int Patience = 4;
        var (user, wallet, ids) = await Import(1);
        var address = ids.Keys.Single();
        await syncing.Script.SetFaultAsync(new(FaultKind.RateLimit, RetryAfterSeconds: Patience, Skip: 1, Count: 1, Route: $"/address/{address}/*"),
            cancellation);
        ids[address] = await user.Import(wallet, address);

        var told = await Eventually.Get(() => Address(user, wallet, ids[address]), told => Text(told, "status") == "waiting", "the wait is stated");
        Text(told, "reason").ShouldBe("simulator: rate limited");
        await user.UntilVerified(wallet);

        // Prices are asked for elsewhere meanwhile.
        var requests = (await syncing.Script.LastRequestsAsync(cancellation)).Where(request => request.Network == SyncingSystem.Bitcoin).ToList();
        var limited = requests.Single(request => request.Status == 429);
        requests.ShouldContain(request => request.Number > limited.Number);
        requests.Where(request => request.Number > limited.Number && request.Time < limited.Time.AddSeconds(Patience)).ShouldBeEmpty();
        await syncing.System.UntilTrue(user, wallet, address);
        await syncing.Forget(user, wallet);
    }

    private async Task<(TestUser User, Guid Wallet, Dictionary<string, Guid> Ids)> Import(int count)
    {
        await syncing.Script.ResetCountersAsync(cancellation);
        var addresses = await syncing.Script.CreateAsync(new(SyncingSystem.Bitcoin, Transactions, count), cancellation);
        var user = await syncing.System.NewUser();
        return (user, await user.CreateWallet("lied to"), addresses.ToDictionary(address => address, _ => Guid.Empty));
    }

    private static async Task<JsonElement> Address(TestUser user, Guid wallet, Guid address) =>
        (await user.SyncProgress(wallet)).GetProperty("addresses").EnumerateArray()
            .Single(entry => entry.GetProperty("addressId").GetGuid() == address);

    private static string? Text(JsonElement told, string property) => told.GetProperty(property).GetString();

    private async Task<long> Count(string type, string stream)
    {
        await using var source = NpgsqlDataSource.Create(syncing.System.DatabaseOf("sync"));
        await using var command = source.CreateCommand("select count(*) from mt_events where type = $1 and stream_id = $2");
        foreach (var value in (string[])[type, stream]) command.Parameters.Add(new() { Value = value });
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }
}

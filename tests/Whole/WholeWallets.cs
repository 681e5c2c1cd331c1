using System.Diagnostics;
using System.Text.Json;
using ChainSimulator;
using NBitcoin;
using Shouldly;
using Testing;
using Xunit;

namespace Whole;

/// <summary>
/// Whole wallets by their extended keys: every used address is found as long as no gap is longer than the limit, whoever is killed
/// meanwhile; and where one is longer, it is said how far was looked. Addresses are worked out here by other code than the service's.
/// </summary>
public sealed class WholeWallets(WholeWallets.Shared shared) : IClassFixture<WholeWallets.Shared>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private readonly WholeSystem system = shared.System!;
    private readonly SimulatorClient script = shared.Script!;

    /// <summary>A system whose addresses are checked no more often than usual, so that requests can be counted.</summary>
    public sealed class Shared : IAsyncLifetime
    {
        internal WholeSystem? System { get; private set; }

        internal SimulatorClient? Script { get; private set; }

        public async ValueTask InitializeAsync()
        {
            System = await WholeSystem.Start();
            Script = new SimulatorClient(System.Script);
        }

        public async ValueTask DisposeAsync()
        {
            if (System is not null) await System.DisposeAsync();
        }
    }

    [Fact(Explicit = true)]
    public async Task used_addresses_with_gaps_of_nineteen_are_all_found_whoever_is_killed_between_a_use_and_what_follows_from_it()
    {
        var account = Account();
        int[] used = [.. Enumerable.Range(0, 12).Select(each => each * 20)];
        await Use(account, used);
        using var user = await system.NewUser();
        var (wallet, source) = await Add(user, account);

        foreach (var place in new[] { "inbox-before-commit:1", "wallet-before-commit:1", "inbox-after-commit:1", "wallet-after-commit:1" })
        {
            await system.Wallets.Kill();
            system.Wallets.OnceOnly["KILL_AT"] = place;
            system.Wallets.Launch();
            await system.Wallets.UntilEnded(TimeSpan.FromMinutes(2));
        }

        await system.Wallets.Start();
        await UntilAllFound(user, source, used, TimeSpan.FromMinutes(5));
        await user.UntilVerified(wallet, TimeSpan.FromMinutes(5));
        var known = new Dictionary<string, JsonElement>();
        await foreach (var address in user.All($"/api/v1/wallets/{wallet}/addresses"))
            known.Add(address.GetProperty("address").GetString()!, address.GetProperty("source"));
        foreach (var index in used) known[AddressOf(account, index)].GetProperty("index").GetInt32().ShouldBe(index);
        known.Count.ShouldBe(used[^1] + 1 + 20 + 20);
        await system.UntilTrue(user, wallet, AddressOf(account, used[^1]));
    }

    [Fact]
    public async Task thousands_of_used_addresses_are_all_found_at_a_stated_number_of_requests()
    {
        // Ten in a row, then nineteen that nobody used.
        var runs = SyncingSystem.IsFull ? 300 : 6;
        var account = Account();
        int[] used = [.. Enumerable.Range(0, runs).SelectMany(run => Enumerable.Range(run * 29, 10))];
        await Use(account, used);
        using var user = await system.NewUser();
        await script.ResetCountersAsync(Cancellation);
        var watch = Stopwatch.StartNew();

        var (wallet, source) = await Add(user, account);
        await UntilAllFound(user, source, used, TimeSpan.FromMinutes(SyncingSystem.IsFull ? 60 : 5));
        var found = watch.Elapsed;
        var addresses = used[^1] + 1 + 20 + 20;
        await Eventually.Is(
            async () => (await user.SyncProgress(wallet)).GetProperty("syncedCount").GetInt64() == addresses, "every address is synced",
            TimeSpan.FromMinutes(SyncingSystem.IsFull ? 30 : 5));

        var requests = (await script.RequestsAsync(Cancellation)).Total;
        Tell.Figures($"{used.Length:N0} used addresses with gaps of 19 every ten: all found in {found.TotalSeconds:N0} s, synced in "
            + $"{watch.Elapsed.TotalSeconds:N0} s; {addresses:N0} addresses looked at with {requests:N0} requests to the provider");
    }

    [Fact]
    public async Task behind_a_gap_of_twenty_one_nothing_is_found_and_it_is_said_how_far_was_looked()
    {
        var account = Account();
        await Use(account, [0, 22]);
        using var user = await system.NewUser();
        var (wallet, source) = await Add(user, account);

        var branch = await Eventually.Get(
            async () => (await user.Get(source)).GetProperty("branches")[0], branch => branch.GetProperty("done").GetBoolean(), "it was looked",
            TimeSpan.FromMinutes(2));
        Read(branch).ShouldBe((21, 1, 0, 20));

        await user.Delete(source);
        (_, source) = await Add(user, account, gapLimit: 22, wallet);
        await UntilAllFound(user, source, [0, 22], TimeSpan.FromMinutes(2), gapLimit: 22);
    }

    private static async Task UntilAllFound(TestUser user, string source, int[] used, TimeSpan timeout, int gapLimit = 20)
    {
        var branch = await Eventually.Get(
            async () => (await user.Get(source)).GetProperty("branches")[0],
            branch => branch.GetProperty("done").GetBoolean() && branch.GetProperty("used").GetInt32() == used.Length,
            $"all {used.Length} used addresses are found", timeout);
        branch.GetProperty("highestUsed").GetInt32().ShouldBe(used[^1]);
        branch.GetProperty("lookedTo").GetInt32().ShouldBeGreaterThanOrEqualTo(used[^1] + gapLimit);
    }

    private static (int Derived, int Used, int HighestUsed, int LookedTo) Read(JsonElement branch) =>
        (branch.GetProperty("derived").GetInt32(), branch.GetProperty("used").GetInt32(), branch.GetProperty("highestUsed").GetInt32(),
            branch.GetProperty("lookedTo").GetInt32());

    private static ExtPubKey Account() => new ExtKey().Derive(new KeyPath("84'/0'/0'")).Neuter();

    private static string AddressOf(ExtPubKey account, int index) =>
        account.Derive(0).Derive((uint)index).PubKey.GetAddress(ScriptPubKeyType.Segwit, Network.Main).ToString();

    private async Task Use(ExtPubKey account, int[] indexes)
    {
        foreach (var some in indexes.Chunk(500))
            await script.CreateAsync(
                new(SyncingSystem.Bitcoin, 1, Addresses: [.. some.Select(index => AddressOf(account, index))], Blocks: 10), Cancellation);
    }

    private static async Task<(Guid Wallet, string Source)> Add(TestUser user, ExtPubKey account, int? gapLimit = null, Guid? wallet = null)
    {
        var id = wallet ?? await user.CreateWallet("whole");
        var descriptor = $"wpkh({account.ToString(Network.Main)}/<0;1>/*)";
        var source = await user.Post($"/api/v1/wallets/{id}/sources", new { text = descriptor, network = "bitcoin", gapLimit });
        return (id, $"/api/v1/wallets/{id}/sources/{source.GetProperty("id").GetString()}");
    }
}

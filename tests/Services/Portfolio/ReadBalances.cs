using System.Text.Json.Nodes;
using Contracts;
using Shouldly;
using Xunit;

namespace Services.Portfolio;

public sealed class ReadBalances(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    [Fact]
    public async Task the_status_follows_the_sync_and_the_reported_balance_is_there_at_once()
    {
        var world = await SmallWorld.Create(portfolio);
        await portfolio.Reached("sync", 41);
        await Expect(world, "syncing", reported: null, derived: 0);

        await portfolio.FromSync(world.Report(confirmed: 500, tip: 100, pending: -20));
        var entry = await Expect(world, "syncing", reported: 500, derived: 0);
        Lists.Amount(entry["pending"]).ShouldBe(-20);
        var asOf = entry["asOf"]!;
        ((long)asOf["height"]!, (string)asOf["hash"]!, (DateTimeOffset)asOf["at"]!, (long)asOf["position"]!)
            .ShouldBe((100, "hash 100", world.At, 41));

        await portfolio.FromSync(
            new TransactionsObserved(world.Ledger, [RandomHistory.Transaction(new Random(1), 90, 500)]), world.WalkCompleted(100));
        await Expect(world, "syncing", reported: 500, derived: 500);

        await portfolio.FromSync(Reconciled(world, "verified", 500, 500));
        entry = await Expect(world, "verified", reported: 500, derived: 500);
        entry["verified"]!["height"]!.GetValue<long>().ShouldBe(100);

        await portfolio.FromSync(Reconciled(world, "explained", 510, 500, new BalanceDifference("immature-coinbase", 10, 1)));
        entry = await Expect(world, "explained", reported: 510, derived: 500);
        ((string)entry["differences"]![0]!["class"]!, Lists.Amount(entry["differences"]![0]!["balance"])).ShouldBe(("immature-coinbase", 10));
        var total = (await Lists.Get(world.Client, $"{world.Path}/balances"))["totals"]!.AsArray().Single()!;
        total["differences"]!.ToJsonString().ShouldBe(entry["differences"]!.ToJsonString());

        await portfolio.FromSync(Reconciled(world, "mismatch", 600, 500));
        await Expect(world, "mismatch", reported: 600, derived: 500);
    }

    [Fact]
    public async Task what_its_owner_cancelled_before_it_was_read_is_paused_until_it_is_asked_for_again()
    {
        var world = await SmallWorld.Create(portfolio);
        var (later, name) = (Guid.CreateVersion7(), "later");
        await portfolio.FromSync(world.Report(confirmed: 500, tip: 100));
        await portfolio.FromWallets(new SyncCancelRequested(world.Wallet, world.At),
            new AddressImported(world.Wallet, later, "bitcoin", name, null, world.At));

        var page = await Lists.Get(world.Client, $"{world.Path}/balances");
        page["data"]!.AsArray().Select(row => ((string)row!["address"]! == name, (string)row["status"]!)).ShouldBe(
            [(false, "paused"), (true, "importing")], ignoreOrder: true);

        // What is read nevertheless, for another wallet, is there.
        await portfolio.FromSync(world.WalkCompleted(100), Reconciled(world, "verified", 500, 0));
        (await Statuses()).ShouldBe(["importing", "verified"]);

        await portfolio.FromWallets(new SyncCancelRequested(world.Wallet, world.At));
        (await Statuses()).ShouldBe(["paused", "verified"]);
        await portfolio.FromWallets(new SyncRequested(world.Wallet, world.At));
        (await Statuses()).ShouldBe(["importing", "verified"]);

        async Task<string[]> Statuses() => [.. (await Lists.Get(world.Client, $"{world.Path}/balances"))["data"]!.AsArray()
            .Select(row => (string)row!["status"]!).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public async Task coinbases_too_young_to_be_spent_are_shown_until_they_are_not()
    {
        var world = await SmallWorld.Create(portfolio);
        var (coinbase, paid) = (RandomHistory.Transaction(new Random(1), 1000, 500) with { Coinbase = true },
            RandomHistory.Transaction(new Random(2), 1001, 70));
        var old = RandomHistory.Transaction(new Random(3), 901, 9) with { Coinbase = true };
        await portfolio.FromSync(new TransactionsObserved(world.Ledger, [paid, coinbase, old]), world.WalkCompleted(1001));

        // The hundredth confirmation counts: block 1000's comes with block 1099, block 901's with 1000.
        foreach (var (tip, immature) in new[] { (1001, 500), (1098, 500), (1099, 0) })
        {
            await portfolio.FromSync(world.Report(confirmed: 579, tip: tip));
            var balances = await Lists.Get(world.Client, $"{world.Path}/balances");
            foreach (var entry in new[] { balances["data"]![0]!, balances["totals"]![0]! })
                (Lists.Amount(entry["derived"]), Lists.Amount(entry["immature"])).ShouldBe((579, immature), $"{tip}");
        }

        await portfolio.FromSync(world.Report(confirmed: 579, tip: 1001),
            new TransactionsOrphaned(world.Ledger, [new(coinbase.Txid, coinbase.BlockHash, coinbase.Height, 0)], world.At));
        var past = await Lists.Get(world.Client, $"{world.Path}/balances?at=2025-06-01T00:00:00Z");
        past["data"]![0]!["immature"].ShouldBeNull();
        past["totals"]![0]!["immature"].ShouldBeNull();
        Lists.Amount((await Lists.Get(world.Client, $"{world.Path}/balances"))["data"]![0]!["immature"]).ShouldBe(0);
    }

    [Theory]
    [InlineData(1239, 0)]
    [InlineData(1238, 500)]
    public async Task each_network_has_its_own_rule(long tip, int immature)
    {
        var (owner, wallet, address, ledger) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        var asset = Chains.Networks.Dogecoin.Native.Caip19;
        var coinbase = RandomHistory.Transaction(new Random((int)tip), 1000, 0) with { Coinbase = true, Movements = [new("native", asset, 500)] };
        await portfolio.FromWallets(new WalletCreated(wallet, owner, "mined", DateTimeOffset.UnixEpoch),
            new AddressImported(wallet, address, "dogecoin", $"D{ledger:N}", null, DateTimeOffset.UnixEpoch));
        await portfolio.FromSync(
            new LedgerTracked(ledger, wallet, address, "dogecoin", $"D{ledger:N}", DateTimeOffset.UnixEpoch),
            new TransactionsObserved(ledger, [coinbase]),
            new BalanceReported(ledger, asset, 500, 0, 1, tip, "hash", "test", DateTimeOffset.UnixEpoch));
        using var client = portfolio.As(owner);
        var entry = (await Lists.Get(client, $"/api/v1/wallets/{wallet}/balances"))["data"]![0]!;
        (Lists.Amount(entry["immature"]), (string)entry["reportedBy"]!).ShouldBe((immature, "test"));
    }

    [Fact]
    public async Task an_address_of_which_nothing_is_known_yet_is_importing()
    {
        var world = await SmallWorld.Create(portfolio);
        var fresh = new AddressImported(world.Wallet, Guid.CreateVersion7(), "bitcoin", "bc1qfresh", "fresh", world.At);
        await portfolio.FromWallets(fresh);

        var entries = (await Lists.Get(world.Client, $"{world.Path}/balances"))["data"]!.AsArray();
        var entry = entries.Single(one => (Guid)one!["addressId"]! == fresh.AddressId)!;
        ((string)entry["status"]!, (string)entry["label"]!, entry["reported"]).ShouldBe(("importing", "fresh", null));
        Lists.Amount(entry["derived"]).ShouldBe(0);
        entry["reportedBy"].ShouldBeNull();
    }

    [Fact]
    public async Task an_empty_wallet_is_empty()
    {
        var (owner, wallet) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await portfolio.FromWallets(new WalletCreated(wallet, owner, "new", DateTimeOffset.UnixEpoch));
        using var client = portfolio.As(owner);
        var balances = await Lists.Get(client, $"/api/v1/wallets/{wallet}/balances");
        ((string)balances["status"]!, (string)balances["label"]!, balances["totals"]!.AsArray().Count, balances["data"]!.AsArray().Count)
            .ShouldBe(("empty", "new", 0, 0));
    }

    [Fact]
    public async Task a_wallet_made_a_moment_ago_is_there_although_its_creation_has_not_arrived()
    {
        var (owner, wallet) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        portfolio.OnItsWay(new WalletCreated(wallet, owner, "fresh", DateTimeOffset.UnixEpoch));
        using var client = portfolio.As(owner);
        ((string)(await Lists.Get(client, $"/api/v1/wallets/{wallet}/balances"))["label"]!).ShouldBe("fresh");
    }

    [Fact]
    public async Task a_large_wallet_is_paged_by_address_with_totals_for_all_of_it()
    {
        var world = await SmallWorld.Create(portfolio);
        var more = Enumerable.Range(0, 120)
            .Select(i => new AddressImported(world.Wallet, Guid.CreateVersion7(), "bitcoin", $"bc1q{world.Wallet:N}{i}", null, world.At)).ToList();
        var tracked = more.ConvertAll(e => new LedgerTracked(Guid.CreateVersion7(), e.WalletId, e.AddressId, e.Network, e.Address, world.At));
        await portfolio.FromWallets([.. more]);
        await portfolio.FromSync([.. tracked]);
        await portfolio.FromSync([.. tracked.Select((e, i) =>
            new BalanceReported(e.LedgerId, RandomHistory.Asset, i, 1, 2, 100 + i, "h", "test", world.At))]);

        var page = await Lists.Get(world.Client, $"{world.Path}/balances?limit=50");
        page["data"]!.AsArray().Count.ShouldBe(50);
        var total = page["totals"]!.AsArray().Single()!;
        ((long)total["addresses"]!, Lists.Amount(total["reported"]), Lists.Amount(total["pending"]), (long)total["reportedTransactions"]!)
            .ShouldBe((121, 119 * 60, 120, 240));
        ((string)page["status"]!, (string)total["status"]!, (long)total["asOf"]!["height"]!).ShouldBe(("syncing", "syncing", 100));

        var all = await Lists.All(world.Client, $"{world.Path}/balances", new Random(1));
        all.ConvertAll(entry => (Guid)entry["addressId"]!).ShouldBe([world.Address, .. more.Select(e => e.AddressId).Order()]);
        var second = await Lists.Get(world.Client, $"{world.Path}/balances?limit=50&cursor={(string)page["next"]!}");
        var back = await Lists.Get(world.Client, $"{world.Path}/balances?limit=50&cursor={(string)second["prev"]!}");
        back["data"]!.ToJsonString().ShouldBe(page["data"]!.ToJsonString());

        // Differences of a class are one, whoever's they are.
        await portfolio.FromSync([.. tracked.Take(3).Select((e, i) => new BalanceReconciled(
            e.LedgerId, "explained", RandomHistory.Asset, i, 1, 2, 2, 100, "h", "test",
            i == 0 ? [new("withdrawals", 1, 1), new("balance", 7, 0)] : [new("withdrawals", i + 1, 1)], world.At))]);
        total = (await Lists.Get(world.Client, $"{world.Path}/balances?limit=1"))["totals"]!.AsArray().Single()!;
        total["differences"]!.AsArray().Select(each => $"{each!["class"]} {Lists.Amount(each["balance"])} {each["transactions"]}")
            .ShouldBe(["balance 7 0", "withdrawals 6 3"]);
    }

    [Fact]
    public async Task an_address_in_two_wallets_counts_once_in_the_portfolio()
    {
        var world = await SmallWorld.Create(portfolio);
        var second = Guid.CreateVersion7();
        var again = new AddressImported(second, Guid.CreateVersion7(), "bitcoin", $"bc1q{world.Ledger:N}", null, world.At);
        await portfolio.FromWallets(new WalletCreated(second, world.Owner, "second", world.At), again);
        await portfolio.FromSync(
            new LedgerTracked(world.Ledger, second, again.AddressId, "bitcoin", again.Address, world.At),
            world.Report(500, 100));

        var total = (await Lists.Get(world.Client, "/api/v1/portfolio"))["totals"]!.AsArray().Single()!;
        (Lists.Amount(total["reported"]), (long)total["addresses"]!).ShouldBe((500, 1));

        using var narrow = portfolio.As(world.Owner, new HashSet<Guid>());
        (await Lists.Get(narrow, "/api/v1/portfolio"))["totals"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task what_each_wallet_holds_comes_with_how_far_that_can_be_trusted()
    {
        var world = await SmallWorld.Create(portfolio);
        var empty = new WalletCreated(Guid.CreateVersion7(), world.Owner, "empty", world.At);
        await portfolio.FromWallets(empty);
        (await ByWallet()).ShouldBe(new Dictionary<Guid, (string, string?, bool)>
        {
            [world.Wallet] = ("syncing", null, false), [empty.WalletId] = ("empty", null, false),
        });

        await portfolio.FromSync(
            world.Report(7, 100), new TransactionsObserved(world.Ledger, [RandomHistory.Transaction(new Random(1), 90, 7)]), world.WalkCompleted(100),
            new BalanceReconciled(world.Ledger, "verified", RandomHistory.Asset, 7, 7, 1, 1, 100, "h", "test", [], world.At));
        (await ByWallet())[world.Wallet].ShouldBe(("verified", "0.00000007 BTC", true));

        await portfolio.FromSync(
            new BalanceReconciled(world.Ledger, "mismatch", RandomHistory.Asset, 9, 7, 1, 1, 100, "h", "test", [], world.At),
            new LedgerFellBehind(world.Ledger, world.At, "nobody answers", world.At));
        (await ByWallet())[world.Wallet].Status.ShouldBe("mismatch");
        (await Lists.Get(world.Client, "/api/v1/portfolio"))["byWallet"]!.AsArray().Select(each => (DateTimeOffset?)each!["staleSince"])
            .ShouldBe([world.At, null], ignoreOrder: true);

        async Task<Dictionary<Guid, (string Status, string? Coins, bool IsDated)>> ByWallet() =>
            (await Lists.Get(world.Client, "/api/v1/portfolio"))["byWallet"]!.AsArray().ToDictionary(each => (Guid)each!["walletId"]!, each => (
                (string)each!["status"]!, each["coins"] is { } coins ? $"{coins["display"]} {coins["symbol"]}" : null, each["asOf"] is not null));
    }

    [Fact]
    public async Task while_no_provider_answers_every_sum_says_since_when()
    {
        var world = await SmallWorld.Create(portfolio);
        await portfolio.FromSync(world.Report(500, 100));
        var since = world.At.AddMinutes(-7);
        foreach (var expected in (DateTimeOffset?[])[null, since, null])
        {
            if (expected is not null) await portfolio.FromSync(new LedgerFellBehind(world.Ledger, since, "nobody answers", world.At));
            foreach (var view in (JsonNode[])
            [
                await Lists.Get(world.Client, $"{world.Path}/balances"), (await Lists.Get(world.Client, $"{world.Path}/balances"))["data"]![0]!,
                (await Lists.Get(world.Client, $"{world.Path}/balances"))["totals"]![0]!, await Lists.Get(world.Client, "/api/v1/portfolio"),
            ])
            {
                ((DateTimeOffset?)view["staleSince"]).ShouldBe(expected);
            }

            ((DateTimeOffset?)(await Lists.Get(world.Client, $"{world.Path}/balances?at={world.At:yyyy-MM-ddTHH:mm:ssZ}"))["staleSince"])
                .ShouldBeNull("the past is as it was");
            if (expected is not null) await portfolio.FromSync(new LedgerCaughtUp(world.Ledger, world.At));
        }
    }

    private static BalanceReconciled Reconciled(SmallWorld world, string verdict, long reported, long derived,
        params BalanceDifference[] differences) =>
        new(world.Ledger, verdict, RandomHistory.Asset, reported, derived, 1, 1, 100, "hash 100", "test", differences, world.At);

    private static async Task<JsonNode> Expect(SmallWorld world, string status, long? reported, long derived)
    {
        var balances = await Lists.Get(world.Client, $"{world.Path}/balances");
        var entry = balances["data"]!.AsArray().Single()!;
        var total = balances["totals"]!.AsArray().Single()!;
        foreach (var one in new[] { entry, total })
        {
            ((string)one["status"]!, (long?)Lists.Amount(one["reported"]), (long?)Lists.Amount(one["derived"])).ShouldBe((status, reported, derived));
        }

        return entry;
    }
}

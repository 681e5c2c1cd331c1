using System.Net;
using System.Text.Json.Nodes;
using Contracts;
using EventSourcing;
using Portfolio.Feed;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Portfolio;

/// <summary>
/// What a user is told of payments to an address, through the inboxes and from the user's own stream. Bitcoin wants six confirmations.
/// </summary>
public sealed class WatchDeposits(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_payment_is_told_from_the_mempool_to_its_completion_and_back()
    {
        var world = await Imported(tip: 100);
        var payment = RandomHistory.Transaction(new Random(1), 101, 500);
        await Hears(new TransactionsPending(world.Ledger, [Waiting(payment)]));
        await Hears(new TransactionsObserved(world.Ledger, [payment]), Tip(101));
        for (var tip = 102; tip <= 108; tip++) await Hears(Tip(tip));
        await Hears(new TransactionsOrphaned(world.Ledger, [new(payment.Txid, payment.BlockHash, 101, 0)], world.At), Tip(101));
        await Hears(new TransactionsObserved(world.Ledger, [payment with { Height = 103, BlockHash = "other", Incarnation = 1 }]), Tip(108));

        var feed = await Deposits(world);
        feed.Select(Line).ShouldBe(
        [
            "deposit_update pending 0/6", "deposit_update processing 1/6",
            "confirmation_update processing 2/6", "confirmation_update processing 3/6", "confirmation_update processing 4/6",
            "confirmation_update processing 5/6", "deposit_completed completed 6/6",
            "deposit_orphaned orphaned 0/6",
            "deposit_update processing 6/6", "deposit_completed completed 6/6",
        ]);
        ((FeedMessage.DepositOrphaned)feed[7].Data).Cancels.ShouldBe(feed[6].Id);
        feed.Select(told => ((DepositMessage)told.Data).DepositId).Distinct().ShouldHaveSingleItem();
        feed.ShouldAllBe(told => ((DepositMessage)told.Data).Amount!.Amount == 500 && ((DepositMessage)told.Data).WalletId == world.Wallet);
        var entry = (await List(world)).Single();
        ((string)entry["status"]!, (long)entry["confirmations"]!, (long)entry["height"]!, (string)entry["blockHash"]!)
            .ShouldBe(("completed", 6, 103, "other"));
        ((string)entry["label"]!, (string)entry["amount"]!["symbol"]!).ShouldBe(("cold", "BTC"));
        ((string)(await Lists.Get(world.Client, $"/api/v1/deposits/{entry["id"]}"))["label"]!).ShouldBe("cold");
    }

    [Fact]
    public async Task several_payments_to_one_address_settle_on_their_own()
    {
        var world = await Imported(tip: 200);
        var (first, second) = (RandomHistory.Transaction(new Random(2), 201, 10), RandomHistory.Transaction(new Random(3), 204, 20));
        await Hears(new TransactionsObserved(world.Ledger, [first]), Tip(201));
        await Hears(new TransactionsObserved(world.Ledger, [second]), Tip(204));
        await Hears(Tip(206));
        (await List(world)).Select(entry => ((string)entry["amount"]!["amount"]!, (string)entry["status"]!))
            .ShouldBe([("20", "processing"), ("10", "completed")]);
        await Hears(Tip(209));
        (await List(world, "&status=completed")).Count.ShouldBe(2);
        (await Deposits(world)).Count(told => told.Data is FeedMessage.DepositCompleted).ShouldBe(2);
    }

    [Fact]
    public async Task a_history_that_is_imported_makes_completed_deposits_and_is_told_to_nobody()
    {
        var world = await SmallWorld.Create(portfolio);
        var random = new Random(4);
        var history = Enumerable.Range(0, 1_300).Select(i => RandomHistory.Transaction(random, 300 - (i / 5), i % 4 == 0 ? -1 : 7)).ToList();
        var young = RandomHistory.Transaction(random, 301, 9);
        await portfolio.FromSync(Tip(301), world.Report(1, 300));
        await portfolio.FromSync([.. history.Chunk(100).Select(page => new TransactionsObserved(world.Ledger, page))]);
        await portfolio.Announce();
        (await portfolio.Feed(world.Owner)).ShouldBeEmpty();
        await portfolio.FromSync(new TransactionsObserved(world.Ledger, [young]), world.WalkCompleted(301));
        await portfolio.Announce();

        (await Deposits(world)).Select(Line).ShouldBe(["deposit_update processing 1/6"], "only what came after the import is news");
        var all = await List(world);
        all.Count.ShouldBe(1 + history.Count(transaction => transaction.Movements[0].Delta > 0));
        all.ShouldAllBe(entry => (string)entry["status"]! == ((string)entry["txid"]! == young.Txid ? "processing" : "completed"));
        (await portfolio.Feed(world.Owner)).ShouldNotContain(told => told.Data is FeedMessage.BalanceChanged);
        var before = (await portfolio.Feed(world.Owner)).Count;
        await portfolio.FromSync(world.Report(1, 301));
        await portfolio.FromSync([.. history.Chunk(100).Select(page => new TransactionsObserved(world.Ledger, page))]);
        await portfolio.Announce();
        (await portfolio.Feed(world.Owner)).Count.ShouldBe(before, "the same facts again are told to nobody");
    }

    [Fact]
    public async Task what_a_repair_finds_below_the_import_is_listed_and_told_to_nobody()
    {
        var world = await Imported(tip: 350);
        await Hears(new TransactionsObserved(world.Ledger, [RandomHistory.Transaction(new Random(23), 340, 5)]), Tip(350));
        (await Deposits(world)).ShouldBeEmpty();
        (await List(world)).Select(entry => (string)entry["status"]!).ShouldBe(["completed"]);
    }

    [Fact]
    public async Task somebody_who_tracks_a_known_address_gets_its_history_without_a_word()
    {
        var world = await Imported(tip: 400);
        await Hears(new TransactionsObserved(world.Ledger, [RandomHistory.Transaction(new Random(5), 401, 10)]), Tip(401));
        var walked = new LedgerWalkCompleted(world.Ledger, "top", 401, "hash 401", world.At);
        var (other, wallet, address) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        await portfolio.FromWallets(new WalletCreated(wallet, other, "w", world.At),
            new AddressImported(wallet, address, "bitcoin", $"bc1q{world.Ledger:N}", null, world.At));
        await Hears(walked, new LedgerTracked(world.Ledger, wallet, address, "bitcoin", $"bc1q{world.Ledger:N}", world.At));
        await Hears(new TransactionsObserved(world.Ledger, [RandomHistory.Transaction(new Random(6), 402, 20)]), Tip(402));

        (await portfolio.Feed(other)).Where(told => told.Data is DepositMessage).Select(Line).ShouldBe(["deposit_update processing 1/6"]);
        using var client = portfolio.As(other);
        (await Lists.All(client, "/api/v1/deposits", new Random(1))).Select(entry => (string)entry["status"]!)
            .ShouldBe(["processing", "completed"], ignoreOrder: true);
        (await List(world)).Select(entry => (string)entry["status"]!).ShouldBe(["processing", "processing"]);
    }

    [Fact]
    public async Task pending_and_observed_in_any_order_come_to_the_same()
    {
        var world = await Imported(tip: 500);
        var payment = RandomHistory.Transaction(new Random(7), 501, 30);
        await Hears(new TransactionsObserved(world.Ledger, [payment]), new TransactionsPending(world.Ledger, [Waiting(payment)]), Tip(501));
        (await Deposits(world)).Select(Line).ShouldBe(["deposit_update processing 1/6"]);
        (await Count("pending_transactions", world.Ledger)).ShouldBe(0);

        var other = RandomHistory.Transaction(new Random(8), 502, 40);
        await Hears(new TransactionsPending(world.Ledger, [Waiting(other)]), new TransactionsObserved(world.Ledger, [other]));
        (await Count("pending_transactions", world.Ledger)).ShouldBe(0);
        (await List(world)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task what_is_replaced_names_its_successor_and_what_is_dropped_may_come_back()
    {
        var world = await Imported(tip: 600);
        var (replaced, dropped) = (RandomHistory.Transaction(new Random(9), 601, 50), RandomHistory.Transaction(new Random(10), 601, 60));
        await Hears(new TransactionsPending(world.Ledger, [Waiting(replaced), Waiting(dropped)]));
        await Hears(new TransactionReplaced(world.Ledger, replaced.Txid, 0, "successor", world.At),
            new TransactionDropped(world.Ledger, dropped.Txid, 0, world.At));
        await Hears(new TransactionReplaced(world.Ledger, replaced.Txid, 0, "successor", world.At));
        await Hears(new TransactionsPending(world.Ledger, [Waiting(dropped) with { Incarnation = 1 }]));

        var feed = await Deposits(world);
        feed.Where(told => Txid(told) == replaced.Txid).Select(Line).ShouldBe(["deposit_update pending 0/6", "deposit_replaced replaced 0/6"]);
        feed.Where(told => Txid(told) == dropped.Txid).Select(Line)
            .ShouldBe(["deposit_update pending 0/6", "deposit_dropped dropped 0/6", "deposit_update pending 0/6"]);
        var entry = (await List(world, "&status=replaced")).Single();
        ((string)entry["replacedBy"]!).ShouldBe("successor");
    }

    [Fact]
    public async Task a_late_movement_changes_the_amount()
    {
        var world = await Imported(tip: 700);
        var payment = RandomHistory.Transaction(new Random(11), 701, 70);
        await Hears(new TransactionsObserved(world.Ledger, [payment]), Tip(701));
        await Hears(new MovementsAdded(world.Ledger,
            [new AddedMovement(payment.Txid, 0, new Movement("late", RandomHistory.Asset, 5), 0, null, null, "test")]));
        (await Deposits(world)).Select(told => ((DepositMessage)told.Data).Amount!.Amount.ToString()).ShouldBe(["70", "75"]);
    }

    [Fact]
    public async Task coins_that_a_block_makes_and_what_goes_out_are_no_deposits()
    {
        var world = await Imported(tip: 800);
        await Hears(new TransactionsObserved(world.Ledger,
            [RandomHistory.Transaction(new Random(12), 801, 80) with { Coinbase = true }, RandomHistory.Transaction(new Random(13), 801, -3)]),
            Tip(801));
        (await Deposits(world)).ShouldBeEmpty();
        (await List(world)).ShouldBeEmpty();
    }

    [Fact]
    public async Task what_the_bus_brings_before_the_wallet_is_known_waits_for_it()
    {
        var (owner, wallet, address, ledger) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        var at = DateTimeOffset.UnixEpoch;
        portfolio.WalletsAway(true);
        await Hears(new LedgerTracked(ledger, wallet, address, "bitcoin", "bc1qlate", at),
            new BalanceReported(ledger, RandomHistory.Asset, 0, 0, 0, 900, "h", "test", at), new LedgerWalkStarted(ledger, "first", at),
            new LedgerWalkCompleted(ledger, "first", 900, "h", at),
            new TransactionsObserved(ledger, [RandomHistory.Transaction(new Random(14), 901, 90)]),
            new WalletSyncCompleted(wallet, Guid.CreateVersion7(), 1, 1, at), Tip(901));
        (await portfolio.Feed(owner)).ShouldBeEmpty();
        (await Count("feed_marks", ledger)).ShouldBePositive("nobody can say that there is no such wallet");

        // Told by nobody but the source's own feed.
        portfolio.OnItsWay(new WalletCreated(wallet, owner, "w", at));
        portfolio.OnItsWay(new AddressImported(wallet, address, "bitcoin", "bc1qlate", null, at));
        portfolio.WalletsAway(false);
        await Execute("update feed_marks set next_try = now(); update feed_facts set next_try = now()");
        await portfolio.Announce();
        (await portfolio.Feed(owner)).Select(told => EventTypes.AliasOf(told.Data.GetType()))
            .ShouldBe(["deposit_update", "sync_completed"], ignoreOrder: true);
        (await Count("feed_marks", ledger)).ShouldBe(0);
    }

    [Fact]
    public async Task of_a_wallet_that_is_gone_nobody_is_told_and_nothing_waits()
    {
        var (wallet, ledger) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await Hears(new LedgerTracked(ledger, wallet, Guid.CreateVersion7(), "bitcoin", "bc1qgone", DateTimeOffset.UnixEpoch),
            new LedgerWalkCompleted(ledger, "first", 900, "h", DateTimeOffset.UnixEpoch),
            new TransactionsObserved(ledger, [RandomHistory.Transaction(new Random(14), 901, 90)]),
            new WalletSyncCompleted(wallet, Guid.CreateVersion7(), 1, 1, DateTimeOffset.UnixEpoch));
        (await Count("feed_marks", ledger)).ShouldBe(0);
        (await Count("deposits", ledger)).ShouldBe(0);
    }

    [Fact]
    public async Task how_runs_end_is_told_once_and_regular_checks_that_find_nothing_are_not()
    {
        var world = await Imported(tip: 1_000);
        var (run, failed) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        Contract[] facts =
        [
            new WalletSyncStarted(world.Wallet, run, "import", world.At),
            new WalletSyncWaiting(world.Wallet, run, "rate limited", world.At.AddMinutes(1), world.At),
            new WalletSyncWaiting(world.Wallet, run, "rate limited", world.At.AddMinutes(2), world.At),
            new WalletSyncCompleted(world.Wallet, run, 3, 40, world.At, "import", world.At, 5),
            new WalletSyncCompleted(world.Wallet, Guid.CreateVersion7(), 0, 0, world.At, "scheduled", world.At, 5),
            new WalletSyncFailed(world.Wallet, failed, "nobody answers", world.At.AddHours(1), world.At),
        ];
        await Hears(facts);
        await Hears(facts);
        (await portfolio.Feed(world.Owner)).Select(told => EventTypes.AliasOf(told.Data.GetType()))
            .ShouldBe(["sync_waiting", "sync_completed", "sync_failed"], ignoreOrder: true);
    }

    [Fact]
    public async Task a_budget_that_runs_short_is_told_once_to_each_who_tracks_an_address_of_its_networks()
    {
        var (one, other) = (await Imported(tip: 1_000), await Imported(tip: 1_000));
        var day = Guid.CreateVersion7().ToString();
        BudgetAlerted Alert(params string[] networks) => new("blockstream", "throttled", day, 4, 3, networks, one.At);
        await Hears(Alert("litecoin", "bitcoin"));
        await Hears(Alert("litecoin", "bitcoin"), Alert("solana") with { Budget = "elsewhere" });

        foreach (var world in (SmallWorld[])[one, other])
        {
            var told = (await portfolio.Feed(world.Owner)).Select(told => told.Data).OfType<FeedMessage.RateLimitAlert>().ShouldHaveSingleItem();
            (told.Budget, told.Kind, told.Window, told.Requests, told.Limit, told.WalletId).ShouldBe(("blockstream", "throttled", day, 4, 3, null));
            told.Networks.ShouldBe(["litecoin", "bitcoin"]);
        }
    }

    [Fact]
    public async Task balances_are_told_when_they_change_and_mismatches_when_they_begin()
    {
        var world = await Imported(tip: 1_100);
        var payment = RandomHistory.Transaction(new Random(16), 1_101, 500);
        await Hears(new TransactionsPending(world.Ledger, [Waiting(payment)]));
        await Hears(new TransactionsObserved(world.Ledger, [payment]));
        await Hears(Verdict("mismatch", 1_101));
        await Hears(Verdict("mismatch", 1_102));
        await Hears(Verdict("verified", 1_103), world.Report(500, 1_103));

        (await portfolio.Feed(world.Owner)).Select(told => told.Data).OfType<FeedMessage.BalanceChanged>()
            .Select(told => (told.ConfirmedBefore!.Display, told.PendingBefore!.Display, told.Confirmed!.Display, told.Pending!.Display))
            .ShouldBe([("0", "0", "0", "0.000005"), ("0", "0.000005", "0.000005", "0")]);
        (await portfolio.Feed(world.Owner)).Select(told => told.Data).OfType<FeedMessage.BalanceMismatch>().Single().Height.ShouldBe(1_101);

        BalanceReconciled Verdict(string verdict, long height) =>
            new(world.Ledger, verdict, RandomHistory.Asset, 7, 500, 1, 1, height, "h", "test", [], world.At);
    }

    [Fact]
    public async Task how_far_a_long_history_is_read_is_told_in_tenths()
    {
        var world = await SmallWorld.Create(portfolio);
        await portfolio.FromSync(world.Report(1, 300) with { TransactionCount = 2_000 });
        var random = new Random(17);
        var page = Enumerable.Range(0, 450).Select(_ => RandomHistory.Transaction(random, 250, 1)).ToList();
        await portfolio.FromSync(new TransactionsObserved(world.Ledger, page));
        // Not with every page.
        var told = await Eventually.Get(
            async () =>
            {
                await portfolio.Announce();
                return (await portfolio.Feed(world.Owner)).ConvertAll(each => (FeedMessage.SyncProgress)each.Data);
            },
            progress => progress.Count > 0, "how far it is");
        told.Select(each => (each.Percent, each.Transactions, each.Expected)).ShouldBe([(20, 450, 2_000)]);
    }

    [Fact]
    public async Task of_a_deleted_wallet_nothing_is_left_but_the_numbers_and_kinds_of_what_was_told()
    {
        var world = await Imported(tip: 1_200);
        var kept = Guid.CreateVersion7();
        await portfolio.FromWallets(new WalletCreated(kept, world.Owner, "kept", world.At));
        await Hears(new TransactionsObserved(world.Ledger, [RandomHistory.Transaction(new Random(18), 1_201, 500)]), Tip(1_201),
            new WalletSyncCompleted(kept, Guid.CreateVersion7(), 1, 1, world.At),
            new WalletSyncCompleted(world.Wallet, Guid.CreateVersion7(), 1, 1, world.At));
        var before = await portfolio.Feed(world.Owner);

        await portfolio.FromWallets(new WalletDeleted(world.Wallet, world.At));
        await portfolio.Reached("wallets", 7);
        await portfolio.FromSync(new WalletSyncCompleted(world.Wallet, Guid.CreateVersion7(), 1, 1, world.At));
        await portfolio.FromSync(new LedgerUntracked(world.Ledger, world.Wallet, world.Address, world.At), new LedgerClosed(world.Ledger, world.At));
        (await Erased(world)).ShouldBeFalse("nobody has taken back what was told");
        await portfolio.Announce();

        (await Erased(world)).ShouldBeTrue();
        var after = await portfolio.Feed(world.Owner);
        after.Select(told => (told.Version, told.Id, told.Data.GetType()))
            .ShouldBe(before.Select(told => (told.Version, told.Id, told.Data.GetType())));
        after.Select(told => (FeedMessage)told.Data).ShouldAllBe(told => told.Redacted == (told.WalletId != kept));
        after.Count(told => ((FeedMessage)told.Data).WalletId == kept).ShouldBe(1);
        foreach (var id in new[] { world.Wallet, world.Address, world.Ledger })
            (await Occurrences(id)).ShouldBe(0, $"{id} is still somewhere");
    }

    [Fact]
    public async Task an_address_that_leaves_takes_its_deposits_along()
    {
        var world = await Imported(tip: 1_300);
        await Hears(new TransactionsObserved(world.Ledger, [RandomHistory.Transaction(new Random(19), 1_301, 500)]), Tip(1_301));
        var id = (Guid)(await List(world)).Single()["id"]!;
        (await Lists.Ask(world.Client, $"/api/v1/deposits/{id}")).Status.ShouldBe(HttpStatusCode.OK);
        await portfolio.FromWallets(new AddressRemoved(world.Wallet, world.Address, world.At));
        (await List(world)).ShouldBeEmpty();
        await Hears(new LedgerUntracked(world.Ledger, world.Wallet, world.Address, world.At), new LedgerClosed(world.Ledger, world.At));
        (await Count("deposits", world.Ledger)).ShouldBe(0);
        (await Lists.Ask(world.Client, $"/api/v1/deposits/{id}")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task a_closed_ledger_takes_its_deposits_along_though_its_source_has_purged_why()
    {
        var world = await Imported(tip: 1_350);
        await Hears(new TransactionsObserved(world.Ledger, [RandomHistory.Transaction(new Random(22), 1_351, 500)]), Tip(1_351));
        await Hears(new LedgerClosed(world.Ledger, world.At));
        (await Occurrences(world.Ledger)).ShouldBe(0);
    }

    [Fact]
    public async Task deposits_are_filtered_paged_and_nobody_elses_business()
    {
        var world = await Imported(tip: 1_400);
        var random = new Random(20);
        var payments = Enumerable.Range(0, 30).Select(i => RandomHistory.Transaction(random, 1_401 + (i % 7), 100 + i)).ToList();
        await Hears(new TransactionsObserved(world.Ledger, payments), Tip(1_407));
        var all = await List(world);
        all.Select(entry => (DateTimeOffset)entry["firstSeenAt"]!).ShouldBeInOrder(SortDirection.Descending);
        all.Count.ShouldBe(30);
        all.Select(entry => (string)entry["status"]!).Distinct().ShouldBe(["processing", "completed"], ignoreOrder: true);
        (await List(world, $"&address={world.Address}&network=bitcoin&asset={Uri.EscapeDataString(RandomHistory.Asset)}")).Count.ShouldBe(30);
        (await List(world, $"&address={Guid.NewGuid()}")).ShouldBeEmpty();
        (await List(world, "&asset=other")).ShouldBeEmpty();
        (await List(world, "&to=1990-01-01")).ShouldBeEmpty();
        (await List(world, "&from=1990-01-01")).Count.ShouldBe(30);
        (await Lists.Ask(world.Client, "/api/v1/deposits?status=nonsense")).Status.ShouldBe(HttpStatusCode.BadRequest);
        var first = await Lists.Get(world.Client, $"/api/v1/deposits?wallet={world.Wallet}&limit=10");
        var second = await Lists.Get(world.Client, $"/api/v1/deposits?wallet={world.Wallet}&limit=10&cursor={first["next"]}");
        var back = await Lists.Get(world.Client, $"/api/v1/deposits?wallet={world.Wallet}&limit=10&cursor={second["prev"]}");
        back["data"]!.ToJsonString().ShouldBe(first["data"]!.ToJsonString());

        using var stranger = portfolio.As(Guid.CreateVersion7());
        (await Lists.Ask(stranger, $"/api/v1/deposits?wallet={world.Wallet}")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await Lists.All(stranger, "/api/v1/deposits", random)).ShouldBeEmpty();
        (await Lists.Ask(stranger, $"/api/v1/deposits/{all[0]["id"]}")).Status.ShouldBe(HttpStatusCode.NotFound);
        using var narrow = portfolio.As(world.Owner, new HashSet<Guid> { Guid.CreateVersion7() });
        (await Lists.All(narrow, "/api/v1/deposits", random)).ShouldBeEmpty();
        (await Lists.Ask(narrow, $"/api/v1/deposits/{all[0]["id"]}")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task two_announcers_at_once_tell_nothing_twice()
    {
        var world = await Imported(tip: 1_500);
        var random = new Random(21);
        for (var block = 1_501; block < 1_521; block++)
        {
            var payments = Enumerable.Range(0, 8).Select(_ => RandomHistory.Transaction(random, block, 5)).ToList();
            await portfolio.FromSync(new TransactionsObserved(world.Ledger, payments), Tip(block));
            await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => portfolio.AnotherAnnouncer()).Select(async announcer =>
            {
                while (await announcer.StepAsync(null, Ct)) { }
            }));
        }

        await portfolio.Announce();
        var feed = await Deposits(world);
        feed.GroupBy(Txid).Select(each => string.Join(' ', each.Select(told => ((DepositMessage)told.Data).Confirmations)))
            .ShouldAllBe(counts => "1 2 3 4 5 6".StartsWith(counts, StringComparison.Ordinal));
        feed.Count.ShouldBe((15 * 8 * 6) + (8 * 15));
    }

    /// <summary>A wallet with an address whose empty history was read up to that tip.</summary>
    private async Task<SmallWorld> Imported(long tip)
    {
        var world = await SmallWorld.Create(portfolio);
        await Hears(world.Report(0, tip), world.WalkCompleted(tip), Tip(tip));
        return world;
    }

    private async Task Hears(params IReadOnlyList<Contract> contracts)
    {
        await portfolio.FromSync(contracts);
        await portfolio.Announce();
    }

    private async Task<List<StoredEvent>> Deposits(SmallWorld world) =>
        (await portfolio.Feed(world.Owner)).FindAll(told => told.Data is DepositMessage);

    private static Task<List<JsonNode>> List(SmallWorld world, string query = "") =>
        Lists.All(world.Client, $"/api/v1/deposits?wallet={world.Wallet}{query}", new Random(1));

    private async Task<bool> Erased(SmallWorld world)
    {
        using var client = portfolio.AsService("wallets");
        return (bool)(await Lists.Get(client, $"/internal/erasures/{world.Wallet}?position=7"))["erased"]!;
    }

    private async Task Execute(string sql)
    {
        await using var command = portfolio.Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Ct);
    }

    private async Task<long> Count(string table, Guid ledger)
    {
        await using var command = portfolio.Database.CreateCommand($"select count(*) from {table} where ledger_id = $1");
        command.Parameters.Add(new() { Value = ledger });
        return (long)(await command.ExecuteScalarAsync(Ct))!;
    }

    // In whatever column of whatever table.
    private async Task<long> Occurrences(Guid id)
    {
        var tables = new List<string>();
        await using (var names = portfolio.Database.CreateCommand("select tablename::text from pg_tables where schemaname = 'public'"))
        await using (var reader = await names.ExecuteReaderAsync(Ct))
        {
            while (await reader.ReadAsync(Ct)) tables.Add(reader.GetString(0));
        }

        var found = 0L;
        foreach (var table in tables)
        {
            await using var command = portfolio.Database.CreateCommand($"select count(*) from {table} t where t::text like '%' || $1 || '%'");
            command.Parameters.Add(new() { Value = id.ToString() });
            found += (long)(await command.ExecuteScalarAsync(Ct))!;
        }

        return found;
    }

    private static ChainTipAdvanced Tip(long height) => new("bitcoin", height, $"hash {height}", DateTimeOffset.UnixEpoch);

    private static PendingTransaction Waiting(ObservedTransaction transaction) => new(
        transaction.Txid, transaction.BlockTime.AddMinutes(-5), transaction.Fee, transaction.Movements, transaction.From, transaction.To,
        transaction.Incarnation, transaction.Provider);

    private static string Txid(StoredEvent told) => ((DepositMessage)told.Data).Txid;

    private static string Line(StoredEvent told)
    {
        var message = (DepositMessage)told.Data;
        return $"{EventTypes.AliasOf(message.GetType())} {message.Status} {message.Confirmations}/{message.Required}";
    }
}

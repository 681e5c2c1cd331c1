using System.Diagnostics;
using ChainSimulator.Serving;
using Shouldly;
using Sync.Ledgers;
using Sync.Walks;
using Xunit;

namespace Services.Sync;

/// <summary>Where one provider fails, lags, lies or tells no more, another goes on, and the ledger comes to the truth.</summary>
public sealed class FailingOver(BothDialects sync) : IClassFixture<BothDialects>, IAsyncLifetime
{
    private const int Transactions = 500;
    private readonly CancellationToken ct = TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await sync.Forget();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task beyond_what_the_first_tells_the_next_goes_on_and_nothing_counts_as_a_failure()
    {
        var (wallet, addresses) = await sync.NewWallet(Transactions);
        await sync.Mine(15);

        var answers = await sync.Sync(wallet);

        answers.ShouldAllBe(answer => answer.Outcome == SliceOutcome.More || answer.Outcome == SliceOutcome.Done);
        await sync.ShouldBeTrue(addresses[0]);
        await sync.ShouldHoldNoEventTwice();
        var told = await ToldBy(addresses[0]);
        told.Sum(provider => provider.Value).ShouldBe(Transactions);
        told[BothDialects.Info].ShouldBeGreaterThanOrEqualTo(BothDialects.Cap);
        (await Rounds(addresses[0])).ShouldBe(2, "one that both told, a short one, and no repair that would have hidden a gap");
        // From where the first stopped, not from the top.
        (await sync.Script.RequestsAsync(ct)).PageCalls[addresses[0]].ShouldBeLessThan(25);
        Write($"{Transactions} transactions, {told[BothDialects.Info]} told by one, {told[BothDialects.Esplora]} by the other, " +
            $"{(await sync.Script.RequestsAsync(ct)).PageCalls[addresses[0]]} pages");
    }

    [Fact]
    public async Task where_the_only_other_fails_its_failure_counts_and_is_told()
    {
        var (wallet, addresses) = await sync.NewWallet(Transactions);
        await sync.Script.SetFaultAsync(new(FaultKind.Status, Replica: BothDialects.Esplora), ct);
        (await sync.Sync(wallet, tries: 4)).Where(answer => answer.Outcome is not SliceOutcome.More)
            .ShouldAllBe(answer => answer.Reason!.StartsWith(BothDialects.Esplora));
        (await sync.Execute("select failures from walks w join ledgers using (ledger_id) where address = $1", addresses[0]))
            .ShouldNotBe(0, "the other provider's failure counts");

        await sync.Forget();
        await sync.LetTimePass(wallet);
        await sync.Sync(wallet);
        await sync.ShouldBeTrue(addresses[0]);
    }

    [Theory]
    [InlineData(FaultKind.Status)]
    [InlineData(FaultKind.RateLimit)]
    [InlineData(FaultKind.Hang)]
    [InlineData(FaultKind.Break)]
    [InlineData(FaultKind.Html)]
    [InlineData(FaultKind.EmptyPage)]
    [InlineData(FaultKind.EndlessPages)]
    [InlineData(FaultKind.Omit)]
    public async Task whatever_befalls_the_first_in_the_middle_of_a_walk_the_other_goes_on(FaultKind kind)
    {
        var (wallet, addresses) = await sync.NewWallet(180);
        await sync.Mine(15);
        await sync.Script.SetFaultAsync(new(kind, Replica: BothDialects.Info, Route: "/rawaddr/*", Skip: 2, Every: 3, RetryAfterSeconds: 60,
            Invented: true), ct);

        var answers = await sync.Sync(wallet);

        answers.ShouldAllBe(answer => answer.Outcome == SliceOutcome.More || answer.Outcome == SliceOutcome.Done);
        await sync.ShouldBeTrue(addresses[0]);
        await sync.ShouldHoldNoEventTwice();
        (await ToldBy(addresses[0])).ShouldContainKey(BothDialects.Esplora);
    }

    [Theory]
    [InlineData(FaultKind.Status)]
    [InlineData(FaultKind.Hang)]
    [InlineData(FaultKind.Html)]
    public async Task a_first_that_answers_nothing_at_all_keeps_nobody_waiting(FaultKind kind)
    {
        var (wallet, addresses) = await sync.NewWallet(60);
        await sync.Script.SetFaultAsync(new(kind, Replica: BothDialects.Info), ct);

        (await sync.Sync(wallet)).ShouldAllBe(answer => answer.Outcome == SliceOutcome.Done);
        await sync.ShouldBeTrue(addresses[0]);
        (await ToldBy(addresses[0])).ShouldHaveSingleItem().Key.ShouldBe(BothDialects.Esplora);
    }

    [Theory]
    [InlineData(7, 0)]
    [InlineData(0, 2)]
    [InlineData(0, -5)]
    public async Task a_lie_in_the_sum_is_outvoted_without_reading_the_history_again(long balance, int transactions)
    {
        var (wallet, addresses) = await sync.NewWallet(180);
        await sync.Mine(15);
        await sync.Script.SetFaultAsync(new(FaultKind.Lie, Replica: BothDialects.Info, Balance: balance, Transactions: transactions,
            Route: "/multiaddr*"), ct);

        await sync.Sync(wallet);

        await sync.ShouldBeTrue(addresses[0]);
        (await sync.Execute("select repaired_for from ledgers where address = $1", addresses[0])).ShouldBe(DBNull.Value);
        if (transactions >= 0) (await sync.Script.RequestsAsync(ct)).PageCalls[addresses[0]].ShouldBeLessThan(10);
    }

    [Fact]
    public async Task a_repair_in_which_another_had_to_go_on_takes_back_what_both_do_not_know()
    {
        var (wallet, addresses) = await sync.NewWallet(180);
        await sync.Mine(15);
        await sync.Sync(wallet);
        await sync.ShouldBeTrue(addresses[0]);
        // A transaction that somebody once made up, deep in the history.
        var ledger = await sync.LedgerOf(addresses[0]);
        var height = (long)(await sync.Execute("select min(height) + 1 from ledger_transactions where ledger_id = $1", ledger))!;
        var madeUp = new Contracts.ObservedTransaction(
            new string('e', 64), height, null, DateTimeOffset.UtcNow, null, 1, [new("native", Chains.Networks.Bitcoin.Native.Caip19, 77)], [], [],
            false, 0, "liar");
        await using (var work = await sync.Store.BeginAsync(ct))
        {
            work.Append(LedgerEvent.Category, ledger, [EventSourcing.NewEvent.Fresh(new LedgerEvent.TransactionObserved(ledger, madeUp))]);
            await work.CommitAsync(ct);
        }

        await sync.Execute("insert into ledger_transactions (ledger_id, txid, height, delta, seen_round) values ($1, $2, $3, 77, 1)", ledger,
            madeUp.Txid, height);
        await sync.Execute("update ledgers set derived = derived + 77, derived_count = derived_count + 1 where ledger_id = $1", ledger);
        // The repair is Esplora's, after a page of its opinion; in the middle of it blockchain.info has to go on.
        await sync.Script.SetFaultAsync(new(FaultKind.Truncate, Replica: BothDialects.Esplora, Route: "/address/*/txs/chain*", Skip: 4, Count: 1),
            ct);

        await sync.Resync(wallet);

        await sync.ShouldBeTrue(addresses[0]);
        (await sync.Execute("select kind is null and switch_height is not null from walks where ledger_id = $1", ledger))
            .ShouldBe(true, "two told the last round");
        (await Rounds(addresses[0])).ShouldBe(3);
    }

    [Fact]
    public async Task a_provider_behind_the_rounds_beginning_does_not_go_on()
    {
        var (wallet, addresses) = await sync.NewWallet(180);
        await sync.Mine(2, 3, addresses[0]);
        await sync.Script.SetFaultAsync(new(FaultKind.Status, Replica: BothDialects.Info, Route: "/rawaddr/*", Skip: 1), ct);
        await sync.Script.SetFaultAsync(new(FaultKind.Lag, Replica: BothDialects.Esplora, By: 1), ct);

        (await sync.Sync(wallet, tries: 1)).ShouldHaveSingleItem().Outcome.ShouldBe(SliceOutcome.Deferred);
        (await ToldBy(addresses[0])).Keys.ShouldBe([BothDialects.Info]);

        await sync.Script.ClearFaultsAsync(ct);
        await sync.LetTimePass(wallet);
        await sync.Sync(wallet);
        await sync.ShouldBeTrue(addresses[0]);
    }

    [Fact]
    public async Task a_first_that_lags_is_passed_over_although_it_answers()
    {
        var (wallet, addresses) = await sync.NewWallet(40);
        await sync.Sync(wallet);
        await sync.Mine(3, 2, addresses[0]);
        await sync.Resync(wallet);
        await sync.Script.SetFaultAsync(new(FaultKind.Lag, Replica: BothDialects.Info, By: 3), ct);

        (await sync.Resync(wallet)).ShouldAllBe(answer => answer.Outcome == SliceOutcome.Done);
        await sync.ShouldBeTrue(addresses[0]);
    }

    // The pages of either end in the middle of a block of sixty.
    [Theory]
    [InlineData(BothDialects.Info, 2)]
    [InlineData(BothDialects.Esplora, 3)]
    public async Task where_one_stops_in_the_middle_of_a_block_the_other_tells_the_rest_of_it(string stops, int rounds)
    {
        var (wallet, addresses) = await sync.NewWallet(20);
        for (var n = 0; n < 3; n++) await sync.Mine(1, 60, addresses[0]);
        if (stops == BothDialects.Esplora)
            await sync.Script.SetFaultAsync(new(FaultKind.Truncate, Replica: BothDialects.Info, Route: "/rawaddr/*", Count: 1), ct);
        await sync.Script.SetFaultAsync(new(FaultKind.Truncate, Replica: stops, Route: stops == BothDialects.Info
            ? "/rawaddr/*" : "/address/*/txs/chain*", Skip: stops == BothDialects.Info ? 3 : 6), ct);

        await sync.Sync(wallet);

        await sync.ShouldBeTrue(addresses[0]);
        (await ToldBy(addresses[0])).Count.ShouldBe(2);
        // One more would be a repair that has hidden a gap.
        (await Rounds(addresses[0])).ShouldBe(rounds);
    }

    [Fact]
    public async Task providers_that_order_a_block_each_in_its_own_way_meet_without_a_gap_in_the_middle_of_one()
    {
        var (wallet, addresses) = await sync.NewWallet(20);
        for (var n = 0; n < 4; n++) await sync.Mine(1, 60, addresses[0]);
        // Either refuses after each page, so that every block is divided between them.
        await sync.Script.SetFaultAsync(new(FaultKind.Truncate, Percent: 45, Route: "/rawaddr/*"), ct);
        await sync.Script.SetFaultAsync(new(FaultKind.Truncate, Percent: 30, Route: "/address/*/txs/chain/*"), ct);

        await sync.Sync(wallet);
        await sync.Script.ClearFaultsAsync(ct);
        await sync.LetTimePass(wallet);
        await sync.Sync(wallet);

        await sync.ShouldBeTrue(addresses[0]);
        await sync.ShouldHoldNoEventTwice();
    }

    [Fact]
    public async Task a_walk_that_was_under_way_before_rounds_had_a_provider_goes_on_where_it_was()
    {
        var (wallet, addresses) = await sync.NewWallet(180);
        await sync.Script.SetFaultAsync(new(FaultKind.RateLimit, Route: "/rawaddr/*", Skip: 2), ct);
        await sync.Script.SetFaultAsync(new(FaultKind.RateLimit, Replica: BothDialects.Esplora), ct);
        await sync.Sync(wallet, tries: 1);
        // As the migration leaves it.
        await sync.Execute(
            "update walks set provider = null, switch_height = null, doubted_height = null, cursor_newer = round_seen, anchor_newer = round_seen");

        await sync.Forget();
        await sync.Execute("delete from provider_pauses");
        await sync.LetTimePass(wallet);
        await sync.Sync(wallet);

        await sync.ShouldBeTrue(addresses[0]);
        (await sync.Execute("select rounds from walks join ledgers using (ledger_id) where address = $1", addresses[0])).ShouldBe(1);
    }

    [Fact]
    public async Task young_blocks_are_named_along_with_their_pages_and_old_ones_can_wait()
    {
        await sync.Network.Backfilling.WaitAsync(ct);
        var (wallet, addresses) = await sync.NewWallet(60);
        await sync.Mine(15);
        await sync.Mine(3, 2, addresses[0]);
        await sync.Sync(wallet);

        await sync.ShouldBeTrue(addresses[0]);
        (await ToldBy(addresses[0])).Keys.ShouldBe([BothDialects.Info]);
        const string Named =
            "select count(*) from ledger_transactions t join ledgers l using (ledger_id) where address = $1 and block_hash is not null and height ";
        (await sync.Execute(Named + "> tip_height - 6", addresses[0])).ShouldBe(2L);
        (await sync.Execute(Named + "< tip_height - 15", addresses[0])).ShouldBe(0L);
    }

    [Fact]
    public async Task a_regular_check_of_forty_addresses_costs_three_requests()
    {
        var (wallet, addresses) = await sync.NewWallet(6, 40);
        await sync.Mine(15);
        await sync.Sync(wallet, tries: 200);
        foreach (var address in addresses) await sync.ShouldBeTrue(address);

        var watch = Stopwatch.StartNew();
        var asked = await Check(wallet);
        Asked(asked).ShouldBeLessThanOrEqualTo(Most());
        Write($"40 addresses checked by {Asked(asked)} requests, and {asked.Total - Asked(asked)} for the times of blocks");

        // Also when blocks came that hold nothing of theirs; what did change is read.
        await sync.Mine(2);
        watch.Restart();
        Asked(await Check(wallet)).ShouldBeLessThanOrEqualTo(Most());
        await sync.Mine(1, 2, addresses[17]);
        (await Check(wallet)).PageCalls.Keys.ShouldBe([addresses[17]]);
        foreach (var address in addresses) await sync.ShouldBeTrue(address);

        // Beside them it is asked for the times of blocks that nobody named yet, however many that are.
        static long Asked(RequestCounts counts) =>
            counts.Routes.Where(route => !route.Route.StartsWith("/block", StringComparison.Ordinal)).Sum(route => route.Count);

        // What was asked ahead holds for ten seconds; a machine that takes longer asks again.
        long Most() => 3 * (1 + (long)(watch.Elapsed / TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task summaries_asked_ahead_do_not_outlive_their_tip()
    {
        var (wallet, addresses) = await sync.NewWallet(6, 8);
        await sync.Mine(15);
        await sync.Sync(wallet, tries: 60);
        await sync.ShouldBeTrue(addresses[0]);
        // A block between the question for the many and the one for the tip that closes it.
        await sync.Script.SetFaultAsync(new(FaultKind.Gate, Id: "closing", Replica: BothDialects.Info, Route: "/latestblock", Skip: 1, Count: 1), ct);
        await Want(wallet);
        var saga = SyncParts.SagaOf(wallet, Triggers.Scheduled);
        var slice = (await sync.Plan(saga)).Slices[0];
        var running = sync.Runner.RunAsync(SyncParts.Command(wallet, slice), redelivered: false, ct);
        await Testing.Eventually.Is(async () => (await sync.Script.GatesAsync(ct)).Count == 1, "the tip is asked again");
        foreach (var address in addresses) await sync.Mine(1, 1, address);
        await sync.Script.ReleaseGateAsync("closing", null, ct);
        await running;

        await sync.LetTimePass(wallet);
        await Want(wallet);
        await sync.Sync(wallet, Triggers.Scheduled);
        foreach (var address in addresses) await sync.ShouldBeTrue(address);
    }

    private Task<object?> Rounds(string address) =>
        sync.Execute("select rounds from walks join ledgers using (ledger_id) where address = $1", address);

    private async Task<RequestCounts> Check(Guid wallet)
    {
        await sync.Script.ResetCountersAsync(ct);
        await Want(wallet);
        await sync.Sync(wallet, Triggers.Scheduled, tries: 200);
        return await sync.Script.RequestsAsync(ct);
    }

    private Task<object?> Want(Guid wallet) =>
        sync.Execute("update ledgers set wanted_at = now() where ledger_id in (select ledger_id from ledger_trackers where wallet_id = $1)", wallet);

    private async Task<Dictionary<string, int>> ToldBy(string address)
    {
        var told = new Dictionary<string, int>();
        await foreach (var stored in sync.Store.ReadStreamAsync($"{LedgerEvent.Category}-{await sync.LedgerOf(address)}", ct))
        {
            if (stored.Data is LedgerEvent.TransactionObserved { Transaction.Provider: var provider })
                told[provider] = told.GetValueOrDefault(provider) + 1;
        }

        return told;
    }

    private static void Write(string line)
    {
        TestContext.Current.TestOutputHelper!.WriteLine(line);
        Console.WriteLine(line);
    }
}

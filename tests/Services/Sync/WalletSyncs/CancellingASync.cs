using ChainSimulator.Serving;
using Contracts;
using Shouldly;
using Sync.Walks;
using Testing;
using Xunit;

namespace Services.Sync;

/// <summary>The owner cancels: the run ends once, what is unfinished stands still, and goes on where it stood when asked for.</summary>
public sealed class CancellingASync(SyncParts sync) : IClassFixture<SyncParts>, IAsyncLifetime
{
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;
    private SagaBus bus = null!;

    public async ValueTask InitializeAsync() => bus = await SagaBus.Start(sync);

    public ValueTask DisposeAsync() => bus.DisposeAsync();

    [Fact]
    public async Task a_run_that_is_cancelled_ends_with_all_it_came_to_and_is_not_begun_again()
    {
        var (wallet, _) = await sync.NewWallet(5);
        await bus.Due(wallet);
        await bus.Answer(await bus.Sent(1), SliceOutcome.More, pages: 4, found: 90, requests: 7);
        var second = await bus.Sent(2);
        // The slice in hand has stored pages that it has not answered with.
        await sync.Execute(
            "update walks set slice = 2, slice_done = false, pages = pages + 3, requests = requests + 3, found = found + 60, cursor_txid = 'here' " +
            "where ledger_id = $1", second.LedgerId);

        await Cancel(wallet);
        await bus.Due(wallet, overdue: false);

        (await bus.State(wallet)).ShouldBe("Idle");
        (await bus.Told(wallet)).ShouldBe("sync_started,sync_cancelled");
        (await Run(wallet)).ShouldBe("cancelled 7/10/150");
        (await sync.Execute("select fence > 0 and walk_no > $2 and slice_done and cursor_txid = 'here' from walks where ledger_id = $1",
            second.LedgerId, second.WalkNo)).ShouldBe(true);

        // The regular check has its time: the paused address is none of its business.
        await bus.Due(wallet);
        (await bus.State(wallet)).ShouldBe("Idle");
        bus.All.Count.ShouldBe(2);
        (await bus.Told(wallet)).ShouldBe("sync_started,sync_cancelled");
        (await sync.Execute("select paused from ledger_trackers where wallet_id = $1", wallet)).ShouldBe(true);
    }

    [Fact]
    public async Task asked_for_again_it_goes_on_where_the_cursor_stands()
    {
        var (wallet, _) = await sync.NewWallet(5);
        await bus.Due(wallet);
        var first = await bus.Sent(1);
        await bus.Answer(first, SliceOutcome.More, pages: 4, found: 90);
        await sync.Execute("update walks set cursor_txid = 'here', cursor_height = 7, kind = 'first' where ledger_id = $1", first.LedgerId);
        await Cancel(wallet);
        await bus.Due(wallet, overdue: false);

        await Request(wallet);
        await bus.Due(wallet, overdue: false);

        var again = await bus.Sent(3);
        (again.LedgerId, again.Slice, again.WalkNo > first.WalkNo).ShouldBe((first.LedgerId, 1, true));
        (await sync.Execute("select cursor_txid || kind from walks where ledger_id = $1", first.LedgerId)).ShouldBe("herefirst");
        await bus.Answer(again, SliceOutcome.Done, pages: 2, found: 30);
        // The walk began before the sync was asked for, so a check follows it.
        await bus.Answer(await bus.Sent(4), SliceOutcome.Done);
        (await bus.Told(wallet)).ShouldBe("sync_started,sync_cancelled,sync_started,sync_completed");
        (await Run(wallet)).ShouldBe("completed 2/0/30");
        (await Triggers(wallet)).ShouldBe("import,requested");
    }

    [Fact]
    public async Task what_was_asked_for_during_a_run_is_not_why_the_next_one_begins()
    {
        var (wallet, _) = await sync.NewWallet(5);
        await bus.Due(wallet);
        await Request(wallet);
        await bus.Answer(await bus.Sent(1), SliceOutcome.Done);
        await bus.Answer(await bus.Sent(2), SliceOutcome.Done);
        (await bus.Told(wallet)).ShouldBe("sync_started,sync_completed");

        var more = (await sync.Script.CreateAsync(new(SyncParts.Bitcoin, 3), cancellation)).Single();
        await sync.Tell(SyncParts.Imported(wallet, more));
        await bus.Due(wallet);
        await bus.Sent(3);

        (await Triggers(wallet)).ShouldBe("import,import");
    }

    [Fact]
    public async Task cancelled_and_asked_for_before_the_saga_hears_of_either_the_run_ends_and_another_begins()
    {
        var (wallet, _) = await sync.NewWallet(5);
        await bus.Due(wallet);
        var first = await bus.Sent(1);
        await sync.Tell(new SyncCancelRequested(wallet, DateTimeOffset.UtcNow), new SyncRequested(wallet, DateTimeOffset.UtcNow));

        await bus.Due(wallet, overdue: false);
        (await bus.Told(wallet)).ShouldBe("sync_started,sync_cancelled");
        (await sync.Execute("select due_at <= now() from wallet_syncs where correlation_id = $1", wallet)).ShouldBe(true);
        await bus.Due(wallet, overdue: false);

        (await bus.Sent(2)).WalkNo.ShouldBeGreaterThan(first.WalkNo);
        (await bus.Told(wallet)).ShouldBe("sync_started,sync_cancelled,sync_started");
        (await Triggers(wallet)).ShouldBe("import,requested");
    }

    [Fact]
    public async Task asked_for_and_then_cancelled_it_stays_cancelled()
    {
        var (wallet, _) = await sync.NewWallet(5);
        await bus.Due(wallet);
        await sync.Tell(new SyncRequested(wallet, DateTimeOffset.UtcNow), new SyncCancelRequested(wallet, DateTimeOffset.UtcNow));

        for (var n = 0; n < 3; n++) await bus.Due(wallet, overdue: n > 0);

        (await bus.Told(wallet)).ShouldBe("sync_started,sync_cancelled");
        bus.All.Count.ShouldBe(1);
    }

    [Fact]
    public async Task cancelled_twice_and_told_twice_it_ends_once()
    {
        var (wallet, _) = await sync.NewWallet(5);
        await bus.Due(wallet);
        await Cancel(wallet);
        await Cancel(wallet);
        for (var n = 0; n < 3; n++) await bus.Due(wallet, overdue: false);
        await Cancel(wallet);
        await bus.Due(wallet);

        (await bus.Told(wallet)).ShouldBe("sync_started,sync_cancelled");
        bus.All.Count.ShouldBe(1);
    }

    [Fact]
    public async Task with_nothing_running_cancelling_changes_nothing()
    {
        var (wallet, addresses) = await sync.NewWallet(5);
        await sync.Sync(wallet);
        var before = await sync.Execute("select state || due_at || coalesce(data::text, '') from wallet_syncs where correlation_id = $1", wallet);

        await Cancel(wallet);

        (await sync.Execute("select state || due_at || coalesce(data::text, '') from wallet_syncs where correlation_id = $1", wallet))
            .ShouldBe(before);
        (await sync.Execute("select bool_or(paused) from ledger_trackers where wallet_id = $1", wallet)).ShouldBe(false);
        await bus.Due(wallet);
        (await bus.Told(wallet)).ShouldBeNull();
        await sync.ShouldBeTrue(addresses[0]);
    }

    [Fact]
    public async Task an_answer_that_comes_with_the_cancellation_is_counted_and_nothing_more_is_sent()
    {
        var (wallet, _) = await sync.NewWallet(5);
        await bus.Due(wallet);
        var slice = await bus.Sent(1);
        await Cancel(wallet);

        // Out of order: the answer is heard before the due time.
        await bus.Answer(slice, SliceOutcome.More, pages: 4, found: 90, requests: 6);
        (await bus.State(wallet)).ShouldBe("Idle");
        await bus.Answer(slice, SliceOutcome.More, pages: 4, found: 90, requests: 6, store: false);
        await bus.Due(wallet, overdue: false);

        (await bus.Told(wallet)).ShouldBe("sync_started,sync_cancelled");
        (await Run(wallet)).ShouldBe("cancelled 4/6/90");
        bus.All.Count.ShouldBe(1);
    }

    [Fact]
    public async Task an_answer_that_was_lost_before_the_cancellation_is_counted_too()
    {
        var (wallet, _) = await sync.NewWallet(5);
        await bus.Due(wallet);
        var slice = await bus.Sent(1);
        await bus.Store(slice, new SliceAnswer(SliceOutcome.More, 4, 90, null, null, DateTimeOffset.UtcNow, 6));
        await Cancel(wallet);
        await bus.Due(wallet, overdue: false);

        (await Run(wallet)).ShouldBe("cancelled 4/6/90");
    }

    [Fact]
    public async Task whichever_is_heard_first_of_completion_and_cancellation_ends_the_run_and_the_address_is_finished()
    {
        var (wallet, addresses) = await sync.NewWallet(60);
        await bus.Due(wallet);
        var slice = await bus.Sent(1);
        var done = (await sync.Runner.RunAsync(slice, false, cancellation))!.Value.Answer;
        await Cancel(wallet);
        await bus.Answer(slice, done.Outcome, done.Pages, done.Found, store: false);

        (await bus.Told(wallet)).ShouldBe("sync_started,sync_cancelled");
        (await sync.Execute("select bool_or(paused) from ledger_trackers where wallet_id = $1", wallet)).ShouldBe(false);
        await sync.ShouldBeTrue(addresses[0]);
        // Finished, so it keeps being checked.
        await sync.Execute("update ledgers set checked_at = now() - interval '1 hour', wanted_at = now() - interval '1 hour' where ledger_id = $1",
            slice.LedgerId);
        await bus.Due(wallet);
        (await bus.Sent(2)).LedgerId.ShouldBe(slice.LedgerId);
    }

    [Fact]
    public async Task a_cancellation_after_the_end_pauses_nothing_that_is_finished()
    {
        var (wallet, _) = await sync.NewWallet(60);
        await bus.Due(wallet);
        var slice = await bus.Sent(1);
        var done = (await sync.Runner.RunAsync(slice, false, cancellation))!.Value.Answer;
        await bus.Answer(slice, done.Outcome, done.Pages, done.Found, store: false);
        await Cancel(wallet);
        await bus.Due(wallet, overdue: false);

        (await bus.Told(wallet)).ShouldBe("sync_started,sync_completed");
        (await sync.Execute("select bool_or(paused) from ledger_trackers where wallet_id = $1", wallet)).ShouldBe(false);
    }

    [Fact]
    public async Task the_slice_in_hand_and_its_redeliveries_store_nothing_after_the_cancellation()
    {
        var (wallet, addresses) = await sync.NewWallet(120);
        var gate = await sync.Script.SetFaultAsync(new(FaultKind.Gate, Route: $"/address/{addresses[0]}/txs/chain/*", Skip: 1, Count: 1),
            cancellation);
        await bus.Due(wallet);
        var slice = await bus.Sent(1);
        var running = sync.Runner.RunAsync(slice, redelivered: false, cancellation);
        await Eventually.Is(async () => (await sync.Script.GatesAsync(cancellation)).Count == 1, "the slice stands between two pages");
        await Cancel(wallet);
        await bus.Due(wallet, overdue: false);
        var stored = await sync.Execute("select count(*) from ledger_transactions where ledger_id = $1", slice.LedgerId);

        await sync.Script.ReleaseGateAsync(gate, null, cancellation);
        (await running).ShouldBeNull();
        (await sync.Runner.RunAsync(slice, redelivered: true, cancellation)).ShouldBeNull();
        (await sync.Runner.RunAsync(slice, redelivered: false, cancellation)).ShouldBeNull();
        (await sync.Execute("select count(*) from ledger_transactions where ledger_id = $1", slice.LedgerId)).ShouldBe(stored);

        await Request(wallet);
        await bus.Due(wallet, overdue: false);
        var again = await bus.Sent(2);
        (await sync.Runner.RunAsync(again, redelivered: false, cancellation))!.Value.Answer.Outcome.ShouldBe(SliceOutcome.Done);
        await sync.ShouldBeTrue(addresses[0]);
        await sync.ShouldHoldNoEventTwice();
    }

    [Fact]
    public async Task another_wallet_with_the_address_goes_on_with_the_walk_at_once()
    {
        var (wallet, addresses) = await sync.NewWallet(5);
        await bus.Due(wallet);
        var slice = await bus.Sent(1);
        await bus.Answer(slice, SliceOutcome.More, pages: 4, found: 90);
        var other = Guid.CreateVersion7();
        await sync.Tell(new WalletCreated(other, Guid.CreateVersion7(), "other", DateTimeOffset.UtcNow), SyncParts.Imported(other, addresses[0]));
        await bus.Due(other);
        (await bus.State(other)).ShouldBe("Waiting");

        await Cancel(wallet);
        await bus.Due(wallet, overdue: false);

        (await sync.Execute("select due_at <= now() from wallet_syncs where correlation_id = $1", other)).ShouldBe(true);
        await bus.Due(other, overdue: false);
        var taken = await bus.Sent(3);
        (taken.WalletId, taken.LedgerId).ShouldBe((other, slice.LedgerId));
        await bus.Answer(taken, SliceOutcome.Done, pages: 1, found: 10);
        await bus.Answer(await bus.Sent(4), SliceOutcome.Done);
        (await bus.Told(other)).ShouldBe("sync_started,sync_waiting,sync_completed");
        (await bus.Told(wallet)).ShouldBe("sync_started,sync_cancelled");
    }

    [Fact]
    public async Task an_address_imported_meanwhile_is_synced_alone()
    {
        var (wallet, _) = await sync.NewWallet(5, addresses: 2);
        await bus.Due(wallet);
        await bus.Sent(2);
        await Cancel(wallet);
        var more = (await sync.Script.CreateAsync(new(SyncParts.Bitcoin, 3), cancellation)).Single();
        await sync.Tell(SyncParts.Imported(wallet, more));

        // It ends the cancelled run, and the next one begins with what was imported since.
        await bus.Due(wallet, overdue: false);
        await bus.Due(wallet, overdue: false);

        (await bus.Sent(3)).LedgerId.ShouldBe(await sync.LedgerOf(more));
        await bus.Answer(await bus.Sent(3), SliceOutcome.Done, pages: 1, found: 3);
        (await bus.Told(wallet)).ShouldBe("sync_started,sync_cancelled,sync_started,sync_completed");
    }

    [Fact]
    public async Task a_waiting_run_is_cancelled_and_goes_on_after_the_stated_wait_only()
    {
        var (wallet, _) = await sync.NewWallet(5);
        await bus.Due(wallet);
        await bus.Answer(await bus.Sent(1), SliceOutcome.Deferred, reason: "first: rate limited", retryAt: DateTimeOffset.UtcNow.AddMinutes(3));
        await Cancel(wallet);
        await bus.Due(wallet, overdue: false);
        (await bus.Told(wallet)).ShouldBe("sync_started,sync_waiting,sync_cancelled");

        await Request(wallet);
        await bus.Due(wallet, overdue: false);
        (await bus.State(wallet)).ShouldBe("Waiting");
        bus.All.Count.ShouldBe(1);
    }

    [Fact]
    public async Task a_failed_runs_long_wait_ends_when_a_sync_is_asked_for()
    {
        var (wallet, _) = await sync.NewWallet(5);
        await bus.Due(wallet);
        var slice = await bus.Sent(1);
        await sync.Execute("update walks set failures = 9 where ledger_id = $1", slice.LedgerId);
        await bus.Answer(slice, SliceOutcome.Failed, reason: "first: down", retryAt: DateTimeOffset.UtcNow.AddMinutes(3));
        (await bus.Told(wallet)).ShouldBe("sync_started,sync_failed");

        await Request(wallet);
        await bus.Due(wallet, overdue: false);

        (await bus.Sent(2)).ShouldBe(slice with { Slice = 2 });
    }

    [Fact]
    public async Task a_regular_check_that_is_cancelled_is_no_more_told_than_one_that_finds_nothing()
    {
        var (wallet, _) = await sync.NewWallet(5);
        await sync.Sync(wallet);
        await sync.Execute("update ledgers set checked_at = now() - interval '1 hour', wanted_at = now() - interval '1 hour'");
        await bus.Due(wallet);
        await bus.Sent(1);
        await Cancel(wallet);
        await bus.Due(wallet, overdue: false);

        (await bus.State(wallet)).ShouldBe("Idle");
        (await bus.Told(wallet)).ShouldBeNull();
    }

    [Fact]
    public async Task a_cancelled_re_sync_does_not_come_back_as_one_that_was_asked_for()
    {
        var (wallet, _) = await sync.NewWallet(5);
        await sync.Sync(wallet);
        await Request(wallet);
        await bus.Due(wallet);
        await bus.Sent(1);
        await Cancel(wallet);
        await bus.Due(wallet, overdue: false);
        (await bus.Told(wallet)).ShouldBe("sync_started,sync_cancelled");

        await bus.Due(wallet);
        (await sync.Execute("select data ->> 'Trigger' from wallet_syncs where correlation_id = $1", wallet)).ShouldBe("scheduled");
    }

    private Task Cancel(Guid wallet) => sync.Tell(new SyncCancelRequested(wallet, DateTimeOffset.UtcNow));

    private Task Request(Guid wallet) => sync.Tell(new SyncRequested(wallet, DateTimeOffset.UtcNow));

    private async Task<string?> Triggers(Guid wallet) =>
        await sync.Execute("select string_agg(trigger, ',' order by started_at) from sync_runs where wallet_id = $1", wallet) as string;

    private async Task<string?> Run(Guid wallet) =>
        await sync.Execute(
            "select status || ' ' || pages || '/' || requests || '/' || found from sync_runs where wallet_id = $1 order by started_at desc limit 1",
            wallet) as string;
}

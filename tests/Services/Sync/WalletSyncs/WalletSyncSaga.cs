using Contracts;
using Shouldly;
using Sync.Walks;
using Xunit;

namespace Services.Sync;

/// <summary>The saga of a wallet on its real table, over a bus in memory; the test plays the sweeper and the fetching.</summary>
public sealed class WalletSyncSaga(SyncParts sync) : IClassFixture<SyncParts>, IAsyncLifetime
{
    private SagaBus bus = null!;

    public async ValueTask InitializeAsync() => bus = await SagaBus.Start(sync);

    public ValueTask DisposeAsync() => bus.DisposeAsync();

    [Fact]
    public async Task from_an_import_it_fetches_slice_by_slice_until_all_is_done()
    {
        var (wallet, _) = await sync.NewWallet(5);
        await bus.Due(wallet);
        (await bus.State(wallet)).ShouldBe("Syncing");
        var first = await bus.Sent(1);
        (first.Slice, first.WalkNo).ShouldBe((1, 1L));

        await bus.Answer(first, SliceOutcome.More, pages: 4, found: 90);
        var second = await bus.Sent(2);
        second.ShouldBe(first with { Slice = 2 });

        await bus.Answer(second, SliceOutcome.Done, pages: 1, found: 10);
        (await bus.State(wallet)).ShouldBe("Idle");
        (await bus.Told(wallet)).ShouldBe("sync_started,sync_completed");
        (await sync.Execute("select data ->> 'Pages' || '/' || (data ->> 'Found') from mt_events where type = 'sync_completed' and stream_id = $1",
            $"wallet-sync-{wallet}")).ShouldBe("5/100");
        (await sync.Execute("select due_at > now() + interval '1 minute' from wallet_syncs where correlation_id = $1", wallet)).ShouldBe(true);
    }

    [Fact]
    public async Task a_duplicate_answer_moves_nothing_twice()
    {
        var (wallet, _) = await sync.NewWallet(5);
        await bus.Due(wallet);
        var slice = await bus.Sent(1);
        for (var n = 0; n < 3; n++) await bus.Answer(slice, SliceOutcome.More, pages: 2, found: 50);

        (await bus.Sent(2)).Slice.ShouldBe(2);
        bus.All.Count.ShouldBe(2);
        await bus.Answer(slice with { Slice = 2 }, SliceOutcome.Done, pages: 1, found: 1);
        await bus.Answer(slice with { Slice = 2 }, SliceOutcome.Done, pages: 1, found: 1);
        (await bus.Told(wallet)).ShouldBe("sync_started,sync_completed");
        (await sync.Execute("select data ->> 'Found' from mt_events where type = 'sync_completed' and stream_id = $1", $"wallet-sync-{wallet}"))
            .ShouldBe("51");
    }

    [Fact]
    public async Task answers_out_of_order_and_to_what_was_never_asked_are_passed_over()
    {
        var (wallet, _) = await sync.NewWallet(5);
        await bus.Due(wallet);
        var slice = await bus.Sent(1);

        await bus.Answer(slice with { Slice = 2 }, SliceOutcome.Done, store: false);
        await bus.Answer(slice with { WalkNo = 7 }, SliceOutcome.Done, store: false);
        await bus.Answer(slice with { LedgerId = Guid.CreateVersion7() }, SliceOutcome.Done, store: false);

        (await bus.State(wallet)).ShouldBe("Syncing");
        bus.All.Count.ShouldBe(1);
        (await bus.Told(wallet)).ShouldBe("sync_started");
    }

    [Fact]
    public async Task a_late_answer_finds_the_run_over_or_the_wallet_gone()
    {
        var (wallet, _) = await sync.NewWallet(5);
        await bus.Due(wallet);
        var slice = await bus.Sent(1);
        await bus.Answer(slice, SliceOutcome.Done, found: 5);
        await bus.Answer(slice, SliceOutcome.Done, found: 5, store: false);
        (await bus.State(wallet)).ShouldBe("Idle");
        (await bus.Told(wallet)).ShouldBe("sync_started,sync_completed");

        await sync.Tell(new WalletDeleted(wallet, DateTimeOffset.UtcNow));
        await bus.Answer(slice, SliceOutcome.More, store: false);
        await bus.Due(wallet, overdue: false);
        (await sync.Execute("select count(*) from wallet_syncs where correlation_id = $1", wallet)).ShouldBe(0L);
        bus.All.Count.ShouldBe(1);
        (await bus.Told(wallet)).ShouldBe("sync_erased");
    }

    [Fact]
    public async Task overdue_it_asks_again_for_the_same_slice_and_too_early_it_does_nothing()
    {
        var (wallet, _) = await sync.NewWallet(5);
        await bus.Due(wallet);
        var slice = await bus.Sent(1);
        await bus.Due(wallet, overdue: false);
        bus.All.Count.ShouldBe(1);

        await bus.Due(wallet);
        (await bus.Sent(2)).ShouldBe(slice);
        (await bus.State(wallet)).ShouldBe("Syncing");
        (await bus.Told(wallet)).ShouldBe("sync_started");
    }

    [Fact]
    public async Task what_stays_unanswered_is_asked_for_ever_less_often_until_something_is_answered()
    {
        var (wallet, _) = await sync.NewWallet(5);
        await bus.Due(wallet);
        var slice = await bus.Sent(1);
        (await WaitsFor(wallet)).ShouldBeInRange(20, 30);

        await sync.Execute("""
            update wallet_syncs set data = data || jsonb_build_object('UnansweredSince', now() - interval '10 minutes') where correlation_id = $1
            """, wallet);
        await bus.Due(wallet);
        (await bus.Sent(2)).ShouldBe(slice);
        (await WaitsFor(wallet)).ShouldBeInRange(580, 620);

        await bus.Answer(slice, SliceOutcome.More, pages: 1);
        await bus.Sent(3);
        (await WaitsFor(wallet)).ShouldBeInRange(20, 30);
        await bus.Answer(slice with { Slice = 2 }, SliceOutcome.Done);
        (await bus.State(wallet)).ShouldBe("Idle");

        async Task<double> WaitsFor(Guid of) => (double)(await sync.Execute(
            "select extract(epoch from due_at - now())::float8 from wallet_syncs where correlation_id = $1", of))!;
    }

    [Fact]
    public async Task a_deferred_slice_is_waited_for_with_its_reason_and_goes_on()
    {
        var (wallet, _) = await sync.NewWallet(5);
        await bus.Due(wallet);
        var slice = await bus.Sent(1);
        await bus.Answer(slice, SliceOutcome.Deferred, reason: "first: rate limited", retryAt: DateTimeOffset.UtcNow.AddMinutes(3));

        (await bus.State(wallet)).ShouldBe("Waiting");
        (await sync.Execute("select data ->> 'Reason' from wallet_syncs where correlation_id = $1", wallet)).ShouldBe("first: rate limited");
        (await sync.Execute("select due_at > now() + interval '2 minutes' from wallet_syncs where correlation_id = $1", wallet)).ShouldBe(true);
        (await bus.Told(wallet)).ShouldBe("sync_started,sync_waiting");

        await sync.LetTimePass(wallet);
        await bus.Due(wallet);
        (await bus.Sent(2)).ShouldBe(slice with { Slice = 2 });
        await bus.Answer(slice with { Slice = 2 }, SliceOutcome.Done);
        (await bus.Told(wallet)).ShouldBe("sync_started,sync_waiting,sync_completed");
    }

    [Fact]
    public async Task a_ledger_that_another_wallet_walks_is_waited_for_and_not_walked_twice()
    {
        var (wallet, addresses) = await sync.NewWallet(5);
        await bus.Due(wallet);
        var slice = await bus.Sent(1);
        var other = Guid.CreateVersion7();
        await sync.Tell(new WalletCreated(other, Guid.CreateVersion7(), "other", DateTimeOffset.UtcNow), SyncParts.Imported(other, addresses[0]));
        await bus.Due(other);
        (await bus.State(other)).ShouldBe("Waiting");
        bus.All.Count.ShouldBe(1);

        await bus.Answer(slice, SliceOutcome.Done);
        // The second import asked for a check of its own, behind the first walk; whoever comes first makes it for both.
        (await sync.Execute("select due_at <= now() from wallet_syncs where correlation_id = $1", other)).ShouldBe(true);
    }
}

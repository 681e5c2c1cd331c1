using System.Collections.Concurrent;
using Contracts;
using EventSourcing;
using MassTransit;
using MassTransit.Configuration;
using MassTransit.Saga;
using MassTransit.Testing;
using Messaging;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Sync;
using Sync.Walks;
using Sync.WalletSyncs;
using Testing;
using Xunit;

namespace Services.Sync;

/// <summary>The saga of a wallet on its real table, over a bus in memory; the test plays the sweeper and the fetching.</summary>
public sealed class WalletSyncSaga(SyncParts sync) : IClassFixture<SyncParts>, IAsyncLifetime
{
    private readonly ConcurrentQueue<FetchPages> sent = [];
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;
    private ServiceProvider? services;
    private int heard;

    private ITestHarness Bus => services!.GetRequiredService<ITestHarness>();

    public async ValueTask InitializeAsync()
    {
        var parts = sync.Build(new ServiceCollection());
        parts.AddSingleton(new SagaTable<WalletSync>("wallet_syncs"));
        parts.AddMassTransitTestHarness(bus =>
        {
            bus.AddSagaStateMachine<WalletSyncStateMachine, WalletSync>().Repository(repository => repository.RegisterSagaRepository<
                WalletSync, Work, SagaConsumeContextFactory<Work, WalletSync>, SagaRepositoryContextFactory<WalletSync>>());
            bus.UsingInMemory((context, memory) =>
            {
                memory.ReceiveEndpoint(Queues.Name(SyncQueues.WalletSync), queue =>
                {
                    queue.UseInMemoryOutbox(context);
                    queue.ConfigureSaga<WalletSync>(context);
                });
                foreach (var priority in SyncQueues.Priorities)
                {
                    memory.ReceiveEndpoint(Queues.Name(SyncQueues.Fetch(SyncParts.Bitcoin, priority)), queue => queue.Handler<FetchPages>(message =>
                    {
                        sent.Enqueue(message.Message);
                        return Task.CompletedTask;
                    }));
                }
            });
        });
        services = parts.BuildServiceProvider();
        await Bus.Start();
    }

    public async ValueTask DisposeAsync()
    {
        if (services is not null) await services.DisposeAsync();
    }

    [Fact]
    public async Task from_an_import_it_fetches_slice_by_slice_until_all_is_done()
    {
        var (wallet, _) = await sync.NewWallet(5);
        await Due(wallet);
        (await State(wallet)).ShouldBe("Syncing");
        var first = await Sent(1);
        (first.Slice, first.WalkNo).ShouldBe((1, 1L));

        await Answer(first, SliceOutcome.More, pages: 4, found: 90);
        var second = await Sent(2);
        second.ShouldBe(first with { Slice = 2 });

        await Answer(second, SliceOutcome.Done, pages: 1, found: 10);
        (await State(wallet)).ShouldBe("Idle");
        (await Told(wallet)).ShouldBe("sync_started,sync_completed");
        (await sync.Execute("select data ->> 'Pages' || '/' || (data ->> 'Found') from mt_events where type = 'sync_completed' and stream_id = $1", $"wallet-sync-{wallet}")).ShouldBe("5/100");
        (await sync.Execute("select due_at > now() + interval '1 minute' from wallet_syncs where correlation_id = $1", wallet)).ShouldBe(true);
    }

    [Fact]
    public async Task a_duplicate_answer_moves_nothing_twice()
    {
        var (wallet, _) = await sync.NewWallet(5);
        await Due(wallet);
        var slice = await Sent(1);
        for (var n = 0; n < 3; n++) await Answer(slice, SliceOutcome.More, pages: 2, found: 50);

        (await Sent(2)).Slice.ShouldBe(2);
        sent.Count.ShouldBe(2);
        await Answer(slice with { Slice = 2 }, SliceOutcome.Done, pages: 1, found: 1);
        await Answer(slice with { Slice = 2 }, SliceOutcome.Done, pages: 1, found: 1);
        (await Told(wallet)).ShouldBe("sync_started,sync_completed");
        (await sync.Execute("select data ->> 'Found' from mt_events where type = 'sync_completed' and stream_id = $1", $"wallet-sync-{wallet}")).ShouldBe("51");
    }

    [Fact]
    public async Task answers_out_of_order_and_to_what_was_never_asked_are_passed_over()
    {
        var (wallet, _) = await sync.NewWallet(5);
        await Due(wallet);
        var slice = await Sent(1);

        await Answer(slice with { Slice = 2 }, SliceOutcome.Done, store: false);
        await Answer(slice with { WalkNo = 7 }, SliceOutcome.Done, store: false);
        await Answer(slice with { LedgerId = Guid.CreateVersion7() }, SliceOutcome.Done, store: false);

        (await State(wallet)).ShouldBe("Syncing");
        sent.Count.ShouldBe(1);
        (await Told(wallet)).ShouldBe("sync_started");
    }

    [Fact]
    public async Task a_late_answer_finds_the_run_over_or_the_wallet_gone()
    {
        var (wallet, _) = await sync.NewWallet(5);
        await Due(wallet);
        var slice = await Sent(1);
        await Answer(slice, SliceOutcome.Done, found: 5);
        await Answer(slice, SliceOutcome.Done, found: 5, store: false);
        (await State(wallet)).ShouldBe("Idle");
        (await Told(wallet)).ShouldBe("sync_started,sync_completed");

        await sync.Tell(new WalletDeleted(wallet, DateTimeOffset.UtcNow));
        await Answer(slice, SliceOutcome.More, store: false);
        await Due(wallet, overdue: false);
        (await sync.Execute("select count(*) from wallet_syncs where correlation_id = $1", wallet)).ShouldBe(0L);
        sent.Count.ShouldBe(1);
        (await Told(wallet)).ShouldBe("sync_erased");
    }

    [Fact]
    public async Task overdue_it_asks_again_for_the_same_slice_and_too_early_it_does_nothing()
    {
        var (wallet, _) = await sync.NewWallet(5);
        await Due(wallet);
        var slice = await Sent(1);
        await Due(wallet, overdue: false);
        sent.Count.ShouldBe(1);

        await Due(wallet);
        (await Sent(2)).ShouldBe(slice);
        (await State(wallet)).ShouldBe("Syncing");
        (await Told(wallet)).ShouldBe("sync_started");
    }

    [Fact]
    public async Task a_deferred_slice_is_waited_for_with_its_reason_and_goes_on()
    {
        var (wallet, _) = await sync.NewWallet(5);
        await Due(wallet);
        var slice = await Sent(1);
        await Answer(slice, SliceOutcome.Deferred, reason: "first: rate limited", retryAt: DateTimeOffset.UtcNow.AddMinutes(3));

        (await State(wallet)).ShouldBe("Waiting");
        (await sync.Execute("select data ->> 'Reason' from wallet_syncs where correlation_id = $1", wallet)).ShouldBe("first: rate limited");
        (await sync.Execute("select due_at > now() + interval '2 minutes' from wallet_syncs where correlation_id = $1", wallet)).ShouldBe(true);
        (await Told(wallet)).ShouldBe("sync_started,sync_waiting");

        await sync.LetTimePass(wallet);
        await Due(wallet);
        (await Sent(2)).ShouldBe(slice with { Slice = 2 });
        await Answer(slice with { Slice = 2 }, SliceOutcome.Done);
        (await Told(wallet)).ShouldBe("sync_started,sync_waiting,sync_completed");
    }

    [Fact]
    public async Task a_ledger_that_another_wallet_walks_is_waited_for_and_not_walked_twice()
    {
        var (wallet, addresses) = await sync.NewWallet(5);
        await Due(wallet);
        var slice = await Sent(1);
        var other = Guid.CreateVersion7();
        await sync.Tell(new WalletCreated(other, Guid.CreateVersion7(), "other", DateTimeOffset.UtcNow), SyncParts.Imported(other, addresses[0]));
        await Due(other);
        (await State(other)).ShouldBe("Waiting");
        sent.Count.ShouldBe(1);

        await Answer(slice, SliceOutcome.Done);
        // The second import asked for a check of its own, behind the first walk; whoever comes first makes it for both.
        (await sync.Execute("select due_at <= now() from wallet_syncs where correlation_id = $1", other)).ShouldBe(true);
    }

    private async Task Due(Guid wallet, bool overdue = true)
    {
        if (overdue) await sync.Execute("update wallet_syncs set due_at = now() where correlation_id = $1", wallet);
        await Send(new WalletSyncDue(wallet));
    }

    // What the consumer does to the walk's row, then its answer.
    private async Task Answer(
        FetchPages slice, SliceOutcome outcome, long pages = 0, long found = 0, string? reason = null, DateTimeOffset? retryAt = null, bool store = true)
    {
        var answer = new SliceAnswer(outcome, pages, found, reason, retryAt, DateTimeOffset.UtcNow);
        var rows = services!.GetRequiredService<WalkStore>();
        if (store && await rows.ClaimAsync(slice, takeOver: false, lease: 40, cancellation) is ({ } walk, _))
        {
            await using var work = await rows.BeginAsync(walk, cancellation);
            await WalkStore.EndSliceAsync(work.Connection, walk, answer, checkAgain: false, cancellation);
            await work.CommitAsync(cancellation);
        }

        await Send(new PagesFetched(slice.WalletId, slice.LedgerId, slice.WalkNo, slice.Slice, answer));
    }

    private async Task Send<T>(T message) where T : class
    {
        var endpoint = await Bus.Bus.GetSendEndpoint(Queues.Address(SyncQueues.WalletSync));
        await endpoint.Send(message, cancellation);
        heard++;
        // Counted once the message is dealt with, whatever it came to.
        await Eventually.Is(() => Bus.Consumed.Select(entry => entry.MessageObject is WalletSyncDue or PagesFetched, cancellation).Count() == heard, "the saga has heard of it");
    }

    private async Task<FetchPages> Sent(int count)
    {
        await Eventually.Is(() => sent.Count >= count, $"{count} slices are sent");
        sent.Count.ShouldBe(count);
        return sent.Last();
    }

    private async Task<string?> State(Guid wallet) => await sync.Execute("select state from wallet_syncs where correlation_id = $1", wallet) as string;

    private async Task<string?> Told(Guid wallet) =>
        await sync.Execute("select string_agg(type, ',' order by version) from mt_events where stream_id = $1", $"wallet-sync-{wallet}") as string;
}

using System.Collections.Concurrent;
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

/// <summary>
/// The sagas of wallets on their real table, over a bus in memory. The test plays the sweeper, and the fetching too unless
/// slices are to be fetched for real.
/// </summary>
internal sealed class SagaBus : IAsyncDisposable
{
    private readonly ConcurrentQueue<FetchPages> sent = [];
    private readonly SyncParts sync;
    private readonly ServiceProvider services;
    private int heard;

    private SagaBus(SyncParts sync, bool fetching)
    {
        this.sync = sync;
        var parts = sync.Build(new ServiceCollection());
        parts.AddSingleton(new SagaTable<WalletSync>("wallet_syncs"));
        parts.AddMassTransitTestHarness(bus =>
        {
            bus.AddSagaStateMachine<WalletSyncStateMachine, WalletSync>().Repository(repository => repository.RegisterSagaRepository<
                WalletSync, Work, SagaConsumeContextFactory<Work, WalletSync>, SagaRepositoryContextFactory<WalletSync>>());
            if (fetching) bus.AddConsumer<FetchPagesConsumer>();
            bus.UsingInMemory((context, memory) =>
            {
                memory.ReceiveEndpoint(Queues.Name(SyncQueues.WalletSync), queue =>
                {
                    queue.UseInMemoryOutbox(context);
                    queue.ConfigureSaga<WalletSync>(context);
                });
                foreach (var (network, priority) in sync.Adapters.Networks.SelectMany(network =>
                    SyncQueues.Priorities.Select(priority => (network, priority))))
                {
                    memory.ReceiveEndpoint(Queues.Name(SyncQueues.Fetch(network, priority)), queue =>
                    {
                        queue.UseInMemoryOutbox(context);
                        if (fetching) queue.ConfigureConsumer<FetchPagesConsumer>(context);
                        else
                        {
                            queue.Handler<FetchPages>(message =>
                            {
                                sent.Enqueue(message.Message);
                                return Task.CompletedTask;
                            });
                        }
                    });
                }
            });
        });
        services = parts.BuildServiceProvider();
    }

    public IReadOnlyCollection<FetchPages> All => sent;

    private ITestHarness Bus => services.GetRequiredService<ITestHarness>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<SagaBus> Start(SyncParts sync, bool fetching = false)
    {
        var bus = new SagaBus(sync, fetching);
        await bus.Bus.Start();
        return bus;
    }

    public ValueTask DisposeAsync() => services.DisposeAsync();

    /// <summary>The sweeper's message; too early unless the saga is made overdue.</summary>
    public async Task Due(Guid wallet, bool overdue = true)
    {
        if (overdue) await sync.Execute("update wallet_syncs set due_at = now() where correlation_id = $1", wallet);
        await Send(new WalletSyncDue(wallet));
    }

    /// <summary>What the consumer does to the walk's row, then its answer.</summary>
    public async Task Answer(
        FetchPages slice, SliceOutcome outcome, long pages = 0, long found = 0, string? reason = null, DateTimeOffset? retryAt = null,
        bool store = true, long requests = 0)
    {
        var answer = new SliceAnswer(outcome, pages, found, reason, retryAt, DateTimeOffset.UtcNow, requests);
        if (store) await Store(slice, answer);
        await Send(new PagesFetched(slice.WalletId, slice.LedgerId, slice.WalkNo, slice.Slice, answer));
    }

    /// <summary>What the consumer does to the walk's row, and its answer is lost.</summary>
    public async Task Store(FetchPages slice, SliceAnswer answer)
    {
        var rows = services.GetRequiredService<WalkStore>();
        if (await rows.ClaimAsync(slice, takeOver: false, lease: 40, Cancellation) is not (var (claim, state), _)) return;

        await using var work = await rows.BeginAsync(claim, Cancellation);
        var counters = state.Counters;
        counters = counters with
        {
            Pages = counters.Pages + answer.Pages,
            Requests = counters.Requests + answer.Requests,
            Found = counters.Found +
            answer.Found
        };
        await WalkStore.SaveAsync(work.Connection, claim, state with { Counters = counters }, lease: 40, Cancellation);
        await rows.EndSliceAsync(work.Connection, claim, answer, counters.Failures, checkAgain: false, Cancellation);
        await work.CommitAsync(Cancellation);
    }

    /// <summary>The last slice sent, once so many were.</summary>
    public async Task<FetchPages> Sent(int count)
    {
        await Eventually.Is(() => sent.Count >= count, $"{count} slices are sent");
        sent.Count.ShouldBe(count);
        return sent.Last();
    }

    public async Task<string?> State(Guid wallet) => await sync.Execute("select state from wallet_syncs where correlation_id = $1", wallet) as string;

    public async Task<string?> Told(Guid wallet) =>
        await sync.Execute("select string_agg(type, ',' order by version) from mt_events where stream_id = $1", $"wallet-sync-{wallet}") as string;

    private async Task Send<T>(T message) where T : class
    {
        var endpoint = await Bus.Bus.GetSendEndpoint(Queues.Address(SyncQueues.WalletSync));
        var id = NewId.NextGuid();
        await endpoint.Send(message, context => context.MessageId = id, Cancellation);
        heard++;
        // Consumed once the message is dealt with, whatever it came to.
        await Eventually.Is(() => Bus.Consumed.Select(entry => entry.Context.MessageId == id, Cancellation).Any(),
            $"the saga has heard of message {heard}");
    }
}

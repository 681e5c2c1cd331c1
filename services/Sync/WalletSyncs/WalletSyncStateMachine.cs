using MassTransit;
using Messaging;
using Microsoft.Extensions.Options;
using Sync.Chains;
using Sync.Ledgers;
using Sync.Walks;
using Sync.WalletSyncs.Runs;

namespace Sync.WalletSyncs;

/// <summary>
/// One wallet's syncing as a table of states. The saga decides what is next and only sends; consumers do the work. Every
/// message may come twice, late or not at all: slices have numbers, and a due time stands behind everything that is awaited.
/// </summary>
internal sealed class WalletSyncStateMachine : MassTransitStateMachine<WalletSync>
{
    private readonly SyncOptions options;
    private readonly TimeProvider clock;
    private readonly string[] networks;

    public WalletSyncStateMachine(IOptions<SyncOptions> options, ProviderPools adapters, TimeProvider clock)
    {
        this.options = options.Value;
        this.clock = clock;
        networks = adapters.Networks;
        InstanceState(saga => saga.State);
        // No row, no saga: rows come with the first address and go with the wallet, never with a late message.
        Event(() => Due, e => { e.CorrelateById(x => x.Message.WalletId); e.OnMissingInstance(x => x.Discard()); });
        Event(() => Fetched, e => { e.CorrelateById(x => x.Message.WalletId); e.OnMissingInstance(x => x.Discard()); });

        During(Idle,
            When(Due, x => IsDue(x.Saga)).ThenAsync(BeginAsync).ThenAsync(NextAsync),
            Ignore(Fetched));

        During(Syncing,
            // An answer may be lost, or never have been sent: ask again. It is the same slice, by number, so nothing is fetched twice.
            When(Due, x => IsDue(x.Saga) || IsRepeated(x)).ThenAsync(SendAgainAsync).ThenAsync(NextAsync),
            When(Fetched, x => !Awaits(x.Saga, x.Message) && IsRepeated(x)).ThenAsync(SendAgainAsync).ThenAsync(NextAsync),
            When(Fetched, x => Awaits(x.Saga, x.Message)).Then(Account).ThenAsync(ContinueAsync).ThenAsync(NextAsync));

        During(Waiting,
            When(Due, x => IsDue(x.Saga)).ThenAsync(NextAsync),
            Ignore(Fetched));
    }

    public State Idle { get; } = null!;

    public State Syncing { get; } = null!;

    public State Waiting { get; } = null!;

    public Event<WalletSyncDue> Due { get; } = null!;

    public Event<PagesFetched> Fetched { get; } = null!;

    private bool IsDue(WalletSync saga) => saga.DueAt is { } due && due <= clock.GetUtcNow().AddSeconds(1);

    // Handled before, but what was to be sent after the commit may have gone with the process or the broker.
    private static bool IsRepeated(ConsumeContext context) => context.ReceiveContext.Redelivered || context.GetRetryAttempt() > 0;

    private static bool Awaits(WalletSync saga, PagesFetched message) =>
        saga.InFlight.Any(slice => slice.LedgerId == message.LedgerId && slice.WalkNo == message.WalkNo && slice.Slice == message.Slice);

    private async Task BeginAsync(BehaviorContext<WalletSync, WalletSyncDue> context)
    {
        var saga = context.Saga;
        saga.Trigger = await Planner.TriggerAsync(context.Connection(), saga.CorrelationId, networks, saga.RequestedAt is not null, context.CancellationToken);
        if (saga.Trigger == Triggers.Scheduled)
            await Planner.RequestChecksAsync(context.Connection(), saga.CorrelationId, options.CheckSeconds / 2, context.CancellationToken);
        var now = clock.GetUtcNow();
        // A later run is a later one whatever the replicas' clocks say.
        saga.StartedAt = now > saga.StartedAt ? now : saga.StartedAt.AddMilliseconds(1);
        (saga.RunId, saga.Announced, saga.Pages, saga.Requests, saga.Found, saga.Reason) = (Guid.CreateVersion7(), false, 0, 0, 0, null);
        (saga.PacedFrom, saga.WaitsSince, saga.RequestedAt) = (saga.StartedAt, null, null);
        saga.InFlight.Clear();
    }

    private async Task SendAgainAsync<TMessage>(BehaviorContext<WalletSync, TMessage> context) where TMessage : class
    {
        var saga = context.Saga;
        if (saga.CancelledAt is not null) return;
        // Nobody will answer for a ledger that was closed, that another wallet took over, or whose network is no longer synced.
        var held = await Planner.HeldAsync(context.Connection(), saga, context.CancellationToken);
        saga.InFlight.RemoveAll(slice => !held.Contains((slice.LedgerId, slice.WalkNo)) || !networks.Contains(slice.Network));
        await SendAsync(context, saga.InFlight);
    }

    private static void Account(BehaviorContext<WalletSync, PagesFetched> context)
    {
        var (saga, answer) = (context.Saga, context.Message.Answer);
        saga.Pages += answer.Pages;
        saga.Requests += answer.Requests;
        saga.Found += answer.Found;
    }

    private static async Task ContinueAsync(BehaviorContext<WalletSync, PagesFetched> context)
    {
        var (saga, message) = (context.Saga, context.Message);
        var slice = saga.InFlight.First(slice => slice.LedgerId == message.LedgerId);
        saga.InFlight.Remove(slice);
        if (message.Answer.Outcome is not SliceOutcome.More) return;

        var answer = message.Answer;
        slice = slice with
        {
            Slice = slice.Slice + 1, Pages = slice.Pages + answer.Pages, Requests = slice.Requests + answer.Requests, Found = slice.Found + answer.Found,
        };
        saga.InFlight.Add(slice);
        if (saga.CancelledAt is null) await SendAsync(context, [slice]);
    }

    // Fills the free places; then the run goes on, waits, or is over.
    private async Task NextAsync<TMessage>(BehaviorContext<WalletSync, TMessage> context) where TMessage : class
    {
        var (saga, now) = (context.Saga, clock.GetUtcNow());
        if (saga.CancelledAt is { } cancelledAt)
        {
            await CancelAsync(context, cancelledAt);
            return;
        }

        var plan = await Planner.PlanAsync(context.Connection(), saga, networks, options, context.CancellationToken);
        saga.InFlight.AddRange(plan.Slices);
        if (saga.Trigger != Triggers.Scheduled || saga.Found > 0 || plan.Waiting > 0) await AnnounceAsync(context);

        if (saga.InFlight.Count > 0)
        {
            if (saga.WaitsSince is { } since) saga.PacedFrom += now - since;
            (saga.Reason, saga.WaitsSince) = (null, null);
            saga.DueAt = now.AddSeconds(options.AnswerSeconds);
            await SendAsync(context, plan.Slices);
            await context.TransitionToState(Syncing);
        }
        else if (plan.Waiting == 0)
        {
            await TellEndAsync(context, new SyncEvent.SyncCompleted(saga.CorrelationId, saga.RunId, saga.Pages, saga.Found, now)
            {
                Trigger = saga.Trigger, StartedAt = saga.StartedAt, Requests = saga.Requests,
            });
            await EndAsync(context, now.Add(Jittered(options.CheckSeconds)));
        }
        else if (plan.AllFailed)
        {
            var next = plan.NextTry ?? now.AddSeconds(options.CheckSeconds);
            await TellEndAsync(context, new SyncEvent.SyncFailed(saga.CorrelationId, saga.RunId, plan.Reason ?? "unknown", next, now)
            {
                Trigger = saga.Trigger, StartedAt = saga.StartedAt, Pages = saga.Pages, Requests = saga.Requests, Found = saga.Found,
            });
            saga.Reason = plan.Reason;
            await EndAsync(context, next);
        }
        else
        {
            var until = plan.NextTry is { } next && next > now ? next : now.AddSeconds(1);
            var reason = plan.Reason ?? "the address is being read";
            if (reason != saga.Reason) await TellAsync(context, new SyncEvent.SyncWaiting(saga.CorrelationId, saga.RunId, reason, until, now));
            (saga.Reason, saga.DueAt) = (reason, until);
            saga.WaitsSince ??= now;
            await context.TransitionToState(Waiting);
        }
    }

    // Ends the run by its owner's order. What was asked for since then, another import or a sync, is the next run's.
    private async Task CancelAsync<TMessage>(BehaviorContext<WalletSync, TMessage> context, DateTimeOffset cancelledAt) where TMessage : class
    {
        var (saga, now, connection, ct) = (context.Saga, clock.GetUtcNow(), context.Connection(), context.CancellationToken);
        if (saga.InFlight.Count > 0)
        {
            var (pages, requests, found) = await Planner.UnansweredAsync(connection, saga, ct);
            (saga.Pages, saga.Requests, saga.Found) = (saga.Pages + pages, saga.Requests + requests, saga.Found + found);
            await Planner.LetGoAsync(connection, saga.CorrelationId, [.. saga.InFlight.Select(slice => slice.LedgerId)], ct);
            saga.InFlight.Clear();
        }

        await TellEndAsync(context, new SyncEvent.SyncCancelled(
            saga.CorrelationId, saga.RunId, saga.Trigger, saga.StartedAt, saga.Pages, saga.Requests, saga.Found, now));
        var requestedAt = saga.RequestedAt > cancelledAt ? saga.RequestedAt : null;
        (saga.CancelledAt, saga.Reason) = (null, null);
        var isWanted = await Planner.IsWantedSinceAsync(connection, saga.CorrelationId, networks, cancelledAt, ct);
        await EndAsync(context, isWanted ? now : now.Add(Jittered(options.CheckSeconds)));
        saga.RequestedAt = requestedAt;
    }

    private Task EndAsync<TMessage>(BehaviorContext<WalletSync, TMessage> context, DateTimeOffset next) where TMessage : class
    {
        // What was asked for during the run is answered by it.
        (context.Saga.DueAt, context.Saga.RequestedAt) = (next, null);
        return context.TransitionToState(Idle);
    }

    private static Task AnnounceAsync<TMessage>(BehaviorContext<WalletSync, TMessage> context) where TMessage : class
    {
        var saga = context.Saga;
        if (saga.Announced) return Task.CompletedTask;
        saga.Announced = true;
        return TellAsync(context, new SyncEvent.SyncStarted(saga.CorrelationId, saga.RunId, saga.Trigger, saga.StartedAt));
    }

    // Whose beginning was not told, its end is not either.
    private static Task TellEndAsync<TMessage>(BehaviorContext<WalletSync, TMessage> context, SyncEvent end) where TMessage : class =>
        context.Saga.Announced ? TellAsync(context, end) : Task.CompletedTask;

    private static Task TellAsync<TMessage>(BehaviorContext<WalletSync, TMessage> context, SyncEvent @event) where TMessage : class
    {
        context.Work().Append(SyncEvent.Category, context.Saga.CorrelationId, [EventSourcing.NewEvent.Fresh(@event)]);
        return SyncRuns.WriteAsync(context.Connection(), @event, context.CancellationToken);
    }

    private static async Task SendAsync<TMessage>(BehaviorContext<WalletSync, TMessage> context, IReadOnlyList<SliceInFlight> slices) where TMessage : class
    {
        foreach (var slice in slices)
        {
            var queue = Queues.Address(SyncQueues.Fetch(slice.Network, Triggers.PriorityOf(context.Saga.Trigger)));
            await context.Send(queue, new FetchPages(context.Saga.CorrelationId, slice.LedgerId, slice.WalkNo, slice.Slice));
        }
    }

    // Spread, so that wallets imported together do not ask together for ever.
    private static TimeSpan Jittered(int seconds) => TimeSpan.FromMilliseconds(seconds * (950 + Random.Shared.Next(100)));
}

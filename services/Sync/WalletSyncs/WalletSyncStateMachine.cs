using EventSourcing;
using MassTransit;
using Messaging;
using Microsoft.Extensions.Options;
using Npgsql;
using Sync.Providers;
using Sync.Walks;
using Sync.WalletSyncs.Runs;

namespace Sync.WalletSyncs;

/// <summary>
/// One wallet's syncing as a table of states. The saga decides what is next and only sends; consumers do the work. Every
/// message may come twice, late or not at all: slices have numbers, and a due time stands behind everything that is awaited.
/// </summary>
internal sealed class WalletSyncStateMachine : MassTransitStateMachine<WalletSync>
{
    private const double MostAnswerTimes = 32;

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
            When(Due, x => IsDue(x.Saga)).ThenAsync(BeginAsync).ThenAsync(ProceedAsync),
            Ignore(Fetched));

        During(Syncing,
            // An answer may be lost, or never have been sent: ask again. It is the same slice, by number, so nothing is fetched twice.
            When(Due, x => IsDue(x.Saga) || IsRepeated(x)).ThenAsync(AskAgainAsync).ThenAsync(ProceedAsync),
            When(Fetched, x => !x.Saga.Awaits(x.Message) && IsRepeated(x)).ThenAsync(AskAgainAsync).ThenAsync(ProceedAsync),
            When(Fetched, x => x.Saga.Awaits(x.Message)).ThenAsync(ContinueAsync).ThenAsync(ProceedAsync));

        During(Waiting,
            When(Due, x => IsDue(x.Saga)).ThenAsync(ProceedAsync),
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

    private async Task BeginAsync(BehaviorContext<WalletSync, WalletSyncDue> context)
    {
        var (saga, connection, ct) = (context.Saga, context.Connection(), context.CancellationToken);
        var trigger = await Planner.TriggerAsync(connection, saga.CorrelationId, networks, saga.RequestedAt is not null, options.FailAfter, ct);
        saga.Begin(trigger, Guid.CreateVersion7(), clock.GetUtcNow());
    }

    private async Task AskAgainAsync<TMessage>(BehaviorContext<WalletSync, TMessage> context) where TMessage : class
    {
        var saga = context.Saga;
        if (saga.CancelledAt is not null) return;
        // Nobody will answer for a ledger that was closed, that another wallet took over, or whose network is no longer synced.
        var held = await Planner.HeldAsync(context.Connection(), saga, context.CancellationToken);
        saga.InFlight.RemoveAll(slice => !held.Contains((slice.LedgerId, slice.WalkNo)) || !networks.Contains(slice.Network));
        if (saga.InFlight.Count == 0) saga.UnansweredSince = null;
        await SendAsync(context, saga.InFlight);
    }

    private static async Task ContinueAsync(BehaviorContext<WalletSync, PagesFetched> context)
    {
        if (context.Saga.Take(context.Message) is { } next && context.Saga.CancelledAt is null) await SendAsync(context, [next]);
    }

    // Gathers what is left to do, decides, and writes the decision.
    private async Task ProceedAsync<TMessage>(BehaviorContext<WalletSync, TMessage> context) where TMessage : class
    {
        var (saga, connection, ct) = (context.Saga, context.Connection(), context.CancellationToken);
        var times = Times(saga);
        RunOutcome outcome;
        if (saga.CancelledAt is { } cancelledAt)
        {
            await ReleaseAsync(saga, connection, ct);
            outcome = RunRules.Cancel(saga, await Planner.IsWantedSinceAsync(connection, saga.CorrelationId, networks, cancelledAt, ct), times);
            var requestedAt = saga.RequestedAt > cancelledAt ? saga.RequestedAt : null;
            saga.Apply(outcome, times.Now);
            (saga.CancelledAt, saga.RequestedAt) = (null, requestedAt);
        }
        else
        {
            var plan = await Planner.PlanAsync(connection, saga, networks, options, times.Now, ct);
            if (plan.Every is { } every) times = times with { NextCheck = Spread(times.Now, every) };
            outcome = RunRules.Decide(saga, plan, times);
            saga.Apply(outcome, times.Now);
        }

        foreach (var @event in outcome.Events)
        {
            context.Work().Append(SyncEvent.Category, saga.CorrelationId, [NewEvent.Fresh(@event)]);
            await SyncRuns.WriteAsync(connection, @event, ct);
            if (SyncRuns.OutcomeOf(@event) is { } ended) context.Work().AfterCommit(CountOf(saga.Trigger, ended));
        }

        await SendAsync(context, outcome.Send);
        await context.TransitionToState(outcome.State switch { RunState.Syncing => Syncing, RunState.Waiting => Waiting, _ => Idle });
    }

    private static Action CountOf(string trigger, string outcome) =>
        () => SyncMetrics.Runs.Add(1, new("trigger", trigger), new("outcome", outcome));

    // The slices in flight end where they stand; what they came to by then is the run's.
    private static async Task ReleaseAsync(WalletSync saga, NpgsqlConnection connection, CancellationToken ct)
    {
        if (saga.InFlight.Count == 0) return;
        var (pages, requests, found) = await Planner.UnansweredAsync(connection, saga, ct);
        (saga.Pages, saga.Requests, saga.Found) = (saga.Pages + pages, saga.Requests + requests, saga.Found + found);
        await Planner.ReleaseAsync(connection, saga.CorrelationId, [.. saga.InFlight.Select(slice => slice.LedgerId)], ct);
        saga.InFlight.Clear();
    }

    private static async Task SendAsync<TMessage>(BehaviorContext<WalletSync, TMessage> context, IReadOnlyList<SliceInFlight> slices)
        where TMessage : class
    {
        foreach (var slice in slices)
        {
            var priority = slice.IsRetry ? SyncQueues.Retries : slice.IsTouched ? SyncQueues.Interactive : Triggers.PriorityOf(context.Saga.Trigger);
            var queue = Queues.Address(SyncQueues.Fetch(slice.Network, priority));
            await context.Send(queue, new FetchPages(context.Saga.CorrelationId, slice.LedgerId, slice.WalkNo, slice.Slice));
        }
    }

    // Checks are spread, so that wallets imported together do not ask together for ever.
    private static DateTimeOffset Spread(DateTimeOffset now, TimeSpan every) => now + (every * (0.95 + (Random.Shared.Next(100) / 1000.0)));

    // What was not answered may stand in a long queue, which would only grow by what is sent again: each time it is waited for as
    // long as it was waited for by then.
    private RunTimes Times(WalletSync saga)
    {
        var now = clock.GetUtcNow();
        var waited = saga.UnansweredSince is { } since ? (now - since).TotalSeconds : 0;
        return new(now, now.AddSeconds(Math.Clamp(waited, options.AnswerSeconds, options.AnswerSeconds * MostAnswerTimes)),
            Spread(now, TimeSpan.FromSeconds(options.CheckSeconds)));
    }
}

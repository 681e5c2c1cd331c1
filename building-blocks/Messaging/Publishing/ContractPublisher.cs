using System.Diagnostics;
using EventSourcing;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using ServiceDefaults;

namespace Messaging;

/// <summary>
/// Publishes the log: reads it behind its checkpoint, publishes it as contracts, waits for the broker's confirmations, then
/// moves the checkpoint. One process at a time does it for a database. What was published without the checkpoint having
/// moved is published again, and inboxes skip it.
/// </summary>
internal sealed class ContractPublisher(
    EventStore store, ContractReader contracts, PublisherCheckpoint checkpoint, Leases leases, LogSignal signal, IBusControl bus,
    IOptions<MessagingOptions> options) : BackgroundService
{
    public const string LeaseName = "contract-publisher";

    private const int Window = 64;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ConfirmedWithin = TimeSpan.FromSeconds(30);
    private readonly HashSet<Type> declared = [];

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        leases.RunAsync(LeaseName, PublishAsync, stoppingToken);

    private async Task PublishAsync(Lease lease)
    {
        var ct = lease.Lost;
        // The service's own queues are declared by then. Whoever declares later starts with the feed.
        await bus.WaitForHealthStatus(BusHealthStatus.Healthy, ct);
        var (readTo, publishedTo) = await checkpoint.ReadAsync(ct);
        while (true)
        {
            var wakeUp = signal.Next;
            var began = Stopwatch.GetTimestamp();
            var events = await store.ReadLogAsync(readTo, options.Value.BatchSize, ct);
            if (events.Count == 0)
            {
                await LogSignal.WaitAsync(wakeUp, Poll, ct);
                continue;
            }

            var mapped = contracts.Read(events, publishedTo);
            foreach (var window in mapped.Chunk(Window)) await PublishAsync(window, ct);
            KillPoint.Reach("publisher-before-checkpoint");

            readTo = events[^1].Position;
            if (mapped.Count > 0) publishedTo = mapped[^1].Contract.Log.UpTo;
            await checkpoint.MoveAsync(lease, readTo, publishedTo, ct);

            // The first fact after a silence is published at once. Those that follow it share messages, and the transactions of who hears them.
            var rest = options.Value.GatherFor - Stopwatch.GetElapsedTime(began);
            if (events.Count < options.Value.BatchSize && rest > TimeSpan.Zero) await Task.Delay(rest, ct);
        }
    }

    private async Task PublishAsync(MappedContract[] window, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(ConfirmedWithin);
        // Handed to the channel one after the other, so queues get them in order; only the confirmations are awaited together.
        // The first of a type also declares its exchange, which others would overtake.
        var confirmations = new List<Task>(window.Length);
        foreach (var mapped in window)
        {
            var confirmation = PublishAsync(mapped, limit.Token);
            confirmations.Add(confirmation);
            if (declared.Add(mapped.Contract.GetType())) await Task.WhenAll(confirmations);
        }

        await Task.WhenAll(confirmations);
        MessagingMetrics.Published.Add(window.Length);
    }

    private async Task PublishAsync(MappedContract mapped, CancellationToken ct)
    {
        var contract = mapped.Contract;
        using var activity = Trace(mapped);
        await bus.Publish(
            (object)contract,
            contract.GetType(),
            context => context.MessageId = FactId.Of("contract", contract.Log.Source, $"{contract.Log.After}", $"{contract.Log.UpTo}"),
            ct);
    }

    /// <summary>The trace in which the fact was stored goes on with whoever hears of it.</summary>
    private static Activity? Trace(MappedContract mapped)
    {
        var (trace, span) = (mapped.Cause.CorrelationId, mapped.Cause.CausationId);
        if (trace is not { Length: 32 } || span is not { Length: 16 }) return null;

        var parent = new ActivityContext(
            ActivityTraceId.CreateFromString(trace), ActivitySpanId.CreateFromString(span), ActivityTraceFlags.Recorded, isRemote: true);
        return MessagingMetrics.Activities.StartActivity($"publish {mapped.Contract.GetType().Name}", ActivityKind.Internal, parent);
    }
}

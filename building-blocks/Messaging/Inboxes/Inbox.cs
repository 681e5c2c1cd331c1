using Contracts;
using EventSourcing;
using Microsoft.Extensions.Logging;
using ServiceDefaults;

namespace Messaging;

/// <summary>
/// One source's contracts on their way into this service. The bus is the fast way: a contract that begins where the
/// checkpoint stands is applied, an older one skipped. For anything else the source's feed has what was missed, and
/// before anything else too: the broker may hold messages of a log that a backup has taken the place of since.
/// </summary>
internal sealed class Inbox(
    string source, IInbox handler, EventStore store, FeedClient feed, DueSignal due, int batchSize, TimeProvider clock, ILogger log,
    bool skipsUnknown = false) : IDisposable
{
    private const int RoundsBeforePull = 5;
    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(10);
    private readonly SemaphoreSlim applying = new(1, 1);
    private readonly SemaphoreSlim pulling = new(1, 1);
    private readonly Lock gate = new();
    private List<Arrival> arrivals = [];

    public string Source => source;

    public IInbox Handler => handler;

    public InboxState State { get; } = new(source, clock);

    /// <summary>
    /// Takes a contract that the bus delivered, and returns when it is applied. Contracts that arrive while others are
    /// being applied wait for each other and share the next transaction.
    /// </summary>
    public async Task ReceiveAsync(Contract contract, CancellationToken ct)
    {
        var arrival = new Arrival(contract);
        if (State is { Compared: false, Blocked: null }) await PullAsync(_ => Task.FromResult(State.Compared), ct);
        lock (gate) arrivals.Add(arrival);

        for (var round = 1; !arrival.Done; round++)
        {
            await applying.WaitAsync(ct);
            try
            {
                if (!arrival.Done) await ApplyArrivalsAsync(ct);
            }
            finally
            {
                applying.Release();
            }

            if (arrival.Done) return;

            // Neighbours are dispatched at once, so the one before may only be a moment late.
            if (round < RoundsBeforePull)
            {
                await Task.Delay(Round, ct);
                continue;
            }

            log.LogInformation("What {Source} says before {After} did not arrive: the feed is pulled", source, contract.Log.After);
            MessagingMetrics.Gaps.Add(1, MessagingMetrics.Tag("source", source));
            await PullAsync(ct);
        }
    }

    /// <summary>
    /// Applies what the source's feed has beyond the checkpoint, up to the head of its log. What cannot be applied blocks
    /// the inbox; what is only away is thrown.
    /// </summary>
    public Task PullAsync(CancellationToken ct) => PullAsync(_ => Task.FromResult(false), ct);

    /// <summary>The same, but only where the inbox has not read up to this position by then; those who wait for one pull share it.</summary>
    public Task PullAsync(long position, CancellationToken ct) => PullAsync(async token => await ReadToAsync(token) >= position, ct);

    /// <summary>Up to where the source's log is applied, by whichever process.</summary>
    public async Task<long> ReadToAsync(CancellationToken ct) => (await CheckpointAsync(ct)).ReadTo;

    public void Dispose()
    {
        applying.Dispose();
        pulling.Dispose();
    }

    private async Task PullAsync(Func<CancellationToken, Task<bool>> isNeedless, CancellationToken ct)
    {
        await pulling.WaitAsync(ct);
        try
        {
            if (await isNeedless(ct)) return;
            while (await PullPageAsync(ct)) { }
        }
        catch (Exception e) when (!Transient.Is(e) && !Transient.IsRace(e))
        {
            Block(e);
        }
        finally
        {
            pulling.Release();
        }
    }

    private async Task<bool> PullPageAsync(CancellationToken ct)
    {
        var from = await CheckpointAsync(ct);
        var page = await feed.ReadAsync(source, from.ReadTo, batchSize, ct);
        if (page.Lost || page.Head < from.ReadTo)
        {
            if (handler is IRepeatableInbox repeatable) return await StartOverAsync(repeatable, from, ct);
            // Its next positions would be taken for old ones and skipped.
            var reason = $"this inbox has read the log of '{source}' to {from.ReadTo}, which that log no longer holds (its head is {page.Head}): " +
                "it was replaced by an older one";
            log.LogError("The inbox of {Source} stands still: {Reason}", source, reason);
            State.Block(reason);
            return false;
        }

        if (page.UpTo == from.ReadTo)
        {
            State.Reached(page.UpTo, page.Head);
            return false;
        }

        var contracts = page.Contracts.Where(entry => !skipsUnknown || Feed.IsKnown(source, entry))
            .Select(entry => Feed.Read(source, entry)).ToList();
        await using var work = await store.BeginAsync(ct);
        // Somebody else got on meanwhile: look again from there.
        if (await InboxCheckpoint.LockAsync(work.Connection, source, ct) != from) return true;

        var position = contracts.Count > 0 ? contracts[^1].Log.UpTo : from.Position;
        await ApplyAsync(work, contracts, new InboxCheckpoint(position, page.UpTo), "feed", ct);
        State.Reached(page.UpTo, page.Head);
        return page.UpTo < page.Head;
    }

    private async Task<bool> StartOverAsync(IRepeatableInbox repeatable, InboxCheckpoint from, CancellationToken ct)
    {
        await using var work = await store.BeginAsync(ct);
        if (await InboxCheckpoint.LockAsync(work.Connection, source, ct) != from) return true;

        log.LogWarning("The log of {Source} was replaced by an older one: what it told is forgotten and read anew", source);
        await repeatable.ForgetAsync(work, ct);
        await default(InboxCheckpoint).SaveAsync(work.Connection, source, ct);
        await work.CommitAsync(ct);
        return true;
    }

    private async Task ApplyArrivalsAsync(CancellationToken ct)
    {
        List<Arrival> batch;
        lock (gate) (batch, arrivals) = (arrivals, []);
        try
        {
            batch.Sort((one, other) => one.Contract.Log.After.CompareTo(other.Contract.Log.After));
            await ApplyInOrderAsync(batch, ct);
        }
        catch (Exception e) when (!Transient.Is(e) && !Transient.IsRace(e))
        {
            // The log keeps the contracts, so the messages are let go.
            Block(e);
            foreach (var arrival in batch) arrival.Done = true;
        }
        finally
        {
            lock (gate) arrivals.AddRange(batch.Where(arrival => !arrival.Done));
        }
    }

    private async Task ApplyInOrderAsync(List<Arrival> batch, CancellationToken ct)
    {
        // The log has them as well: while the inbox cannot go on, the bus is only emptied.
        if (State.Blocked is not null)
        {
            foreach (var arrival in batch) arrival.Done = true;
            return;
        }

        await using var work = await store.BeginAsync(ct);
        var checkpoint = await InboxCheckpoint.LockAsync(work.Connection, source, ct);
        var position = checkpoint.Position;
        var next = new List<Contract>();
        var reached = new List<Arrival>();
        foreach (var arrival in batch)
        {
            var (_, after, upTo) = arrival.Contract.Log;
            // What the feed has shown to hold nothing for us cannot come by the bus: such a message is of another life of the log.
            if (after == position && upTo > checkpoint.ReadTo)
            {
                next.Add(arrival.Contract);
                position = upTo;
            }

            // Neither old nor next: it waits for what is missing before it.
            if (upTo <= Math.Max(position, checkpoint.ReadTo)) reached.Add(arrival);
        }

        if (next.Count > 0) await ApplyAsync(work, next, new InboxCheckpoint(position, Math.Max(position, checkpoint.ReadTo)), "bus", ct);
        MessagingMetrics.Skipped.Add(reached.Count - next.Count, MessagingMetrics.Tag("source", source));
        foreach (var arrival in reached) arrival.Done = true;
    }

    private async Task ApplyAsync(Work work, List<Contract> contracts, InboxCheckpoint checkpoint, string way, CancellationToken ct)
    {
        if (contracts.Count > 0) await handler.ApplyAsync(work, contracts, ct);
        await checkpoint.SaveAsync(work.Connection, source, ct);
        KillPoint.Reach("inbox-before-commit");
        await work.CommitAsync(ct);
        KillPoint.Reach("inbox-after-commit");
        if (contracts.Count == 0) return;

        MessagingMetrics.Applied.Add(contracts.Count, MessagingMetrics.Tag("source", source), MessagingMetrics.Tag("way", way));
        due.Wake();
    }

    /// <summary>Skipping a contract would lose a fact: the puller tries it at once, and again until it can be applied.</summary>
    private void Block(Exception e)
    {
        log.LogError(e, "The inbox of {Source} stands still: a contract cannot be applied", source);
        State.Block($"a contract cannot be applied: {e.Message}");
    }

    private async Task<InboxCheckpoint> CheckpointAsync(CancellationToken ct)
    {
        await using var work = await store.BeginAsync(ct);
        return await InboxCheckpoint.ReadAsync(work.Connection, source, ct);
    }

    private sealed class Arrival(Contract contract)
    {
        private volatile bool done;

        public Contract Contract => contract;

        public bool Done
        {
            get => done;
            set => done = value;
        }
    }
}

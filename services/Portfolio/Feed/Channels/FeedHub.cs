using System.Collections.Concurrent;
using EventSourcing;
using Microsoft.Extensions.Options;
using ServiceDefaults;

namespace Portfolio.Feed.Channels;

/// <summary>Tails the log once for all readers in the process, and gives each message to whoever reads its user's feed.</summary>
internal sealed class FeedHub(
    EventStore store, FeedReader reader, LogSignal signal, IOptions<FeedOptions> options, TimeProvider clock, ILogger<FeedHub> log)
    : RecurringWork(Poll, clock, log)
{
    private const int PageSize = 500;

    // Behind the wake-ups, which come within milliseconds.
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);

    private readonly LogSignal signal = signal;
    private readonly ConcurrentDictionary<string, Reading> readings = new();
    private readonly SemaphoreSlim beginning = new(1);
    private Task wakeUp = Task.CompletedTask;
    private volatile bool hasBegun;
    private long position;
    private long epoch;

    protected override string Postponed => "Readers of feeds get what is new later";

    protected override bool StartsAtOnce => true;

    /// <summary>
    /// Begins to collect what is new of a user. Whatever is not collected is in the stream by the time this returns.
    /// </summary>
    public async Task<FeedSubscription> SubscribeAsync(Guid user, CancellationToken ct)
    {
        await BeginAsync(ct);
        var subscription = new FeedSubscription(user, options.Value.Buffered, Leave);
        while (true)
        {
            var reading = readings.GetOrAdd(FeedReader.StreamOf(user), _ => new());
            lock (reading)
            {
                if (reading.IsOver) continue;
                reading.Subscriptions.Add(subscription);
                return subscription;
            }
        }
    }

    protected override async Task<bool> DoAsync(CancellationToken ct)
    {
        wakeUp = signal.Next;
        await BeginAsync(ct);
        var events = await store.ReadLogAsync(position, PageSize, ct);
        // After the page: what it has of a restored log is never taken for what was lost.
        await MindRestoresAsync(ct);
        foreach (var stored in events)
            if (stored.Data is FeedMessage message && readings.TryGetValue(stored.StreamId, out var reading))
                Give(reading, new(stored, message, epoch));
        if (events.Count > 0) position = events[^1].Position;
        return events.Count == PageSize;
    }

    protected override Task PauseAsync(TimeSpan pause, CancellationToken ct) => LogSignal.WaitAsync(wakeUp, pause, ct);

    public override void Dispose()
    {
        beginning.Dispose();
        base.Dispose();
    }

    // From the log's head on; by whoever comes first.
    private async Task BeginAsync(CancellationToken ct)
    {
        if (hasBegun) return;
        await beginning.WaitAsync(ct);
        try
        {
            if (hasBegun) return;
            epoch = await reader.EpochAsync(ct);
            position = await store.HeadAsync(ct);
            hasBegun = true;
        }
        finally
        {
            beginning.Release();
        }
    }

    private async Task MindRestoresAsync(CancellationToken ct)
    {
        var now = await reader.EpochAsync(ct);
        if (now == epoch) return;
        epoch = now;
        log.LogWarning("The log was restored from a backup: every reader of a feed begins anew");
        foreach (var reading in readings.Values)
            lock (reading)
                foreach (var subscription in reading.Subscriptions) subscription.EndEpoch();
    }

    private static void Give(Reading reading, FeedItem item)
    {
        lock (reading)
            foreach (var subscription in reading.Subscriptions) subscription.Offer(item);
    }

    private void Leave(FeedSubscription subscription)
    {
        var stream = FeedReader.StreamOf(subscription.User);
        if (!readings.TryGetValue(stream, out var reading)) return;
        lock (reading)
        {
            reading.Subscriptions.Remove(subscription);
            if (reading.Subscriptions.Count > 0) return;
            reading.IsOver = true;
            readings.TryRemove(KeyValuePair.Create(stream, reading));
        }
    }

    private sealed class Reading
    {
        public HashSet<FeedSubscription> Subscriptions { get; } = [];

        public bool IsOver { get; set; }
    }
}

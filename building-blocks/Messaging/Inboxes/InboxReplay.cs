using EventSourcing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Messaging;

/// <summary>The source's log is not the one that was read so far: a backup has taken its place.</summary>
public sealed class LogReplacedException(string source, long readTo, long head)
    : Exception($"The log of '{source}' was read to {readTo}, which it no longer holds (its head is {head}): it was replaced by an older one.");

/// <summary>Up to where a source's log is replayed, where it ended, and how many contracts the last step applied.</summary>
public readonly record struct ReplayStep(long ReadTo, long Head, int Contracts);

/// <summary>
/// One of the service's inboxes fed again from the source's feed, into a store of its own with a checkpoint of its own:
/// the way to build a read model anew beside the live one.
/// </summary>
public sealed class InboxReplay
{
    private readonly IInbox handler;
    private readonly EventStore store;
    private readonly FeedClient feed;
    private readonly int batchSize;
    private (long After, Task<FeedPage> Page)? ahead;

    internal InboxReplay(string source, IInbox handler, EventStore store, FeedClient feed, int batchSize)
    {
        Source = source;
        this.handler = handler;
        this.store = store;
        this.feed = feed;
        this.batchSize = batchSize;
    }

    /// <summary>Whose log it is.</summary>
    public string Source { get; }

    /// <summary>A replay of each inbox that the service has, into this store.</summary>
    public static IReadOnlyList<InboxReplay> Of(IServiceProvider services, EventStore into)
    {
        var batchSize = services.GetRequiredService<IOptions<MessagingOptions>>().Value.BatchSize;
        var feed = services.GetRequiredService<FeedClient>();
        return [.. services.GetServices<Inbox>().Select(inbox => new InboxReplay(inbox.Source, inbox.Handler, into, feed, batchSize))];
    }

    /// <summary>How far the replay is.</summary>
    public async Task<InboxCheckpoint> CheckpointAsync(CancellationToken ct)
    {
        await using var work = await store.BeginAsync(ct);
        return await InboxCheckpoint.ReadAsync(work.Connection, Source, ct);
    }

    /// <summary>
    /// Applies the next stretch of the log, nothing beyond <paramref name="upTo"/>, with the checkpoint in one transaction.
    /// Where that is the log's head, or <paramref name="upTo"/>, the step ends there.
    /// </summary>
    /// <exception cref="LogReplacedException">What was replayed so far is of another log.</exception>
    public async Task<ReplayStep> StepAsync(long? upTo, CancellationToken ct)
    {
        var from = await CheckpointAsync(ct);
        var (page, head) = await ReadAsync(from.ReadTo, upTo, ct);
        if (page.Lost || page.Head < from.ReadTo) throw new LogReplacedException(Source, from.ReadTo, page.Head);
        if (page.UpTo == from.ReadTo) return new ReplayStep(page.UpTo, head, 0);

        // The source reads the next stretch while this one is applied.
        if (page.UpTo < (upTo ?? page.Head)) ahead = (page.UpTo, feed.ReadAsync(Source, page.UpTo, batchSize, ct, upTo));
        var contracts = page.Contracts.Select(entry => Feed.Read(Source, entry)).ToList();
        await using var work = await store.BeginAsync(ct);
        // Somebody else got on meanwhile: look again from there.
        if (await InboxCheckpoint.LockAsync(work.Connection, Source, ct) != from) return new ReplayStep(from.ReadTo, head, 0);

        if (contracts.Count > 0) await handler.ApplyAsync(work, contracts, ct);
        var position = contracts.Count > 0 ? contracts[^1].Log.UpTo : from.Position;
        await new InboxCheckpoint(position, page.UpTo).SaveAsync(work.Connection, Source, ct);
        await work.CommitAsync(ct);
        return new ReplayStep(page.UpTo, head, contracts.Count);
    }

    private async Task<(FeedPage Page, long Head)> ReadAsync(long after, long? upTo, CancellationToken ct)
    {
        if (ahead is { } next)
        {
            ahead = null;
            // The log may have grown since, up to where the caller knows it by now.
            if (next.After == after && await next.Page is { } early && early.UpTo <= (upTo ?? long.MaxValue))
                return (early, Math.Max(early.Head, upTo ?? 0));
        }

        var page = await feed.ReadAsync(Source, after, batchSize, ct, upTo);
        return (page, page.Head);
    }
}

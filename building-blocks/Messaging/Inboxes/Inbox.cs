using Contracts;
using EventSourcing;
using Microsoft.Extensions.Logging;
using ServiceDefaults;

namespace Messaging;

/// <summary>
/// One source's contracts on their way into this service. The bus is the fast way: a contract that begins where the
/// checkpoint stands is applied, an older one skipped. For anything else the source's feed tells what was missed.
/// </summary>
internal sealed class Inbox(
    string source, IInbox handler, EventStore store, FeedClient feed, DueSignal due, int batchSize, ILogger log) : IDisposable
{
    private readonly SemaphoreSlim pulling = new(1, 1);

    public string Source => source;

    public InboxState State { get; } = new(source);

    /// <summary>Takes a contract that the bus delivered.</summary>
    public async Task ReceiveAsync(Contract contract, CancellationToken ct)
    {
        // The log has it as well: while the inbox cannot go on, the bus is only emptied.
        if (State.Blocked is not null) return;

        await using (var work = await store.BeginAsync(ct))
        {
            var checkpoint = await InboxCheckpoint.LockAsync(work.Connection, source, ct);
            var (_, after, upTo) = contract.Log;
            if (upTo <= checkpoint.Position)
            {
                MessagingMetrics.Skipped.Add(1, MessagingMetrics.Tag("source", source));
                return;
            }

            if (after == checkpoint.Position)
            {
                await ApplyFromBusAsync(work, contract, new InboxCheckpoint(upTo, Math.Max(upTo, checkpoint.ReadTo)), ct);
                return;
            }

            log.LogInformation(
                "A contract from {Source} begins at {After} and not at {Position}: the feed is pulled", source, after, checkpoint.Position);
        }

        MessagingMetrics.Gaps.Add(1, MessagingMetrics.Tag("source", source));
        await PullAsync(ct);
    }

    /// <summary>Applies what the source's feed has beyond the checkpoint, up to the head of its log.</summary>
    public async Task PullAsync(CancellationToken ct)
    {
        await pulling.WaitAsync(ct);
        try
        {
            while (await PullPageAsync(ct)) { }
        }
        finally
        {
            pulling.Release();
        }
    }

    public void Dispose() => pulling.Dispose();

    private async Task<bool> PullPageAsync(CancellationToken ct)
    {
        var from = await CheckpointAsync(ct);
        var page = await feed.ReadAsync(source, from.ReadTo, batchSize, ct);
        if (page.Head < from.ReadTo)
        {
            // Its next positions would be taken for old ones and skipped.
            State.Block($"the log of '{source}' ends at {page.Head}, but this inbox has read it to {from.ReadTo}: it was replaced by an older one");
            return false;
        }

        if (page.UpTo == from.ReadTo)
        {
            State.Reached(page.UpTo, page.Head);
            return false;
        }

        var contracts = page.Contracts.Select(entry => Feed.Read(source, entry)).ToList();
        await using var work = await store.BeginAsync(ct);
        // Somebody else got on meanwhile: look again from there.
        if (await InboxCheckpoint.LockAsync(work.Connection, source, ct) != from) return true;

        var position = contracts.Count > 0 ? contracts[^1].Log.UpTo : from.Position;
        await ApplyAsync(work, contracts, new InboxCheckpoint(position, page.UpTo), "feed", ct);
        State.Reached(page.UpTo, page.Head);
        return page.UpTo < page.Head;
    }

    private async Task ApplyFromBusAsync(Work work, Contract contract, InboxCheckpoint checkpoint, CancellationToken ct)
    {
        try
        {
            await ApplyAsync(work, [contract], checkpoint, "bus", ct);
        }
        catch (Exception e) when (!Transient.Is(e) && !Transient.IsRace(e))
        {
            // The log keeps the contract, so the message is let go; the puller tries at once, and again and again.
            log.LogError(e, "A contract from {Source} cannot be applied after {Position}", source, contract.Log.After);
            State.Block($"a contract cannot be applied: {e.Message}");
        }
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

    private async Task<InboxCheckpoint> CheckpointAsync(CancellationToken ct)
    {
        await using var work = await store.BeginAsync(ct);
        return await InboxCheckpoint.ReadAsync(work.Connection, source, ct);
    }
}

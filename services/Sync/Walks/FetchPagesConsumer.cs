using System.Diagnostics;
using MassTransit;
using Messaging;
using ServiceDefaults;

namespace Sync.Walks;

/// <summary>Takes slices from a network's queue, fetches, and answers the wallet's saga how it went.</summary>
internal sealed class FetchPagesConsumer(SliceRunner runner) : IConsumer<FetchPages>
{
    public async Task Consume(ConsumeContext<FetchPages> context)
    {
        var started = Stopwatch.GetTimestamp();
        var command = context.Message;
        // Tried again here, or handed out again by the broker: whoever began it is gone.
        var isRepeated = context.ReceiveContext.Redelivered || context.GetRetryAttempt() > 0;
        if (await runner.RunAsync(command, isRepeated, context.CancellationToken) is not var (answer, walletId)) return;

        SyncMetrics.Slices.Add(1, new KeyValuePair<string, object?>("outcome", answer.Outcome.ToString()));
        SyncMetrics.SliceDuration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
        KillPoint.Reach("before-answer");
        await context.Send(Queues.Address(SyncQueues.WalletSync),
            new PagesFetched(walletId, command.LedgerId, command.WalkNo, command.Slice, answer));
    }
}

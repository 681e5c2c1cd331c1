using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Messaging;

/// <summary>
/// Compares an inbox with its source's log at start and every few seconds, whatever the bus brought. So a purged queue,
/// an unbound exchange or a lost message costs that long at most.
/// </summary>
internal sealed class InboxPuller(Inbox inbox, IOptions<MessagingOptions> options, ILogger<InboxPuller> log) : BackgroundService
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(200);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            var pause = options.Value.PullEvery;
            var blocked = inbox.State.NextBlock;
            try
            {
                await inbox.PullAsync(stoppingToken);
                failures = 0;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            // Whatever it is, the next try may go well: what can never be applied has blocked the inbox and is not thrown.
            catch (Exception e)
            {
                var retry = FirstRetry * Math.Pow(2, Math.Min(failures++, 10));
                if (retry < pause) pause = retry;
                inbox.State.Wait($"what it pulls from is away ({e.GetBaseException().Message}), next try in {pause.TotalSeconds:0.#} s");
                log.LogWarning("The feed of {Source} cannot be read: {Reason}", inbox.Source, e.GetBaseException().Message);
            }

            using var until = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            until.CancelAfter(pause);
            await blocked.WaitAsync(until.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServiceDefaults;

namespace Messaging;

/// <summary>
/// Compares an inbox with its source's log at start and every few seconds, whatever the bus brought. So a purged queue,
/// an unbound exchange or a lost message costs that long at most.
/// </summary>
internal sealed class InboxPuller(Inbox inbox, IOptions<MessagingOptions> options, TimeProvider time, ILogger<InboxPuller> log)
    : RecurringWork(options.Value.PullEvery, time, log)
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(200);
    private readonly IOptions<MessagingOptions> options = options;
    private readonly Inbox inbox = inbox;
    private Task blocked = Task.CompletedTask;

    protected override string Postponed => $"The feed of {inbox.Source} cannot be read yet";

    protected override bool StartsAtOnce => true;

    protected override async Task<bool> DoAsync(CancellationToken ct)
    {
        blocked = inbox.State.NextBlock;
        await inbox.PullAsync(ct);
        return false;
    }

    protected override TimeSpan PauseAfter(Exception failure, int failures)
    {
        var retry = FirstRetry * Math.Pow(2, Math.Min(failures - 1, 10));
        var pause = retry < options.Value.PullEvery ? retry : options.Value.PullEvery;
        inbox.State.Wait($"what it pulls from is away ({failure.GetBaseException().Message}), next try in {pause.TotalSeconds:0.#} s");
        return pause;
    }

    // What can never be applied has blocked the inbox and is not thrown: that ends the pause.
    protected override async Task PauseAsync(TimeSpan pause, CancellationToken ct)
    {
        using var until = CancellationTokenSource.CreateLinkedTokenSource(ct);
        until.CancelAfter(pause);
        await blocked.WaitAsync(until.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ct.ThrowIfCancellationRequested();
    }
}

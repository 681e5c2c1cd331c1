using Microsoft.Extensions.Logging;

namespace Messaging;

/// <summary>
/// For a request about something this service has not heard of: it may have been said a moment ago. Pulling what the
/// source has said lets people read their own writes, whichever service they ask.
/// </summary>
public sealed class InboxCatchUp
{
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(2);
    private readonly IReadOnlyList<Inbox> inboxes;
    private readonly ILogger<InboxCatchUp> log;

    internal InboxCatchUp(IEnumerable<Inbox> inboxes, ILogger<InboxCatchUp> log) => (this.inboxes, this.log) = ([.. inboxes], log);

    /// <summary>Applies what the source has said so far; gives up quietly where that takes more than two seconds.</summary>
    public async Task WithAsync(string source, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(AtMost);
        try
        {
            await inboxes.Single(inbox => inbox.Source == source).PullAsync(limit.Token);
        }
        catch (Exception e) when (Transient.Is(e) || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            log.LogInformation("What {Source} said last cannot be had now: {Reason}", source, e.Message);
        }
    }
}

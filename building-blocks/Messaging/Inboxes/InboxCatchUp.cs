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

    /// <summary>Applies what the source has said so far; gives up quietly where that takes more than two seconds, and then is false.</summary>
    public async Task<bool> WithAsync(string source, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(AtMost);
        try
        {
            var inbox = inboxes.Single(inbox => inbox.Source == source);
            await inbox.PullAsync(limit.Token);
            return inbox.State.Blocked is null;
        }
        catch (Exception e) when (Transient.Is(e) || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            log.LogInformation("What {Source} said last cannot be had now: {Reason}", source, e.Message);
            return false;
        }
    }
}

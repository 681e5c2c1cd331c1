using Microsoft.Extensions.Logging;
using ServiceDefaults;

namespace Messaging;

/// <summary>Tells how long ago each inbox was level with its source: it grows whatever keeps the inbox from reading on.</summary>
internal sealed class InboxAges(IEnumerable<Inbox> inboxes, TimeProvider clock, ILogger<InboxAges> log)
    : RecurringWork(TimeSpan.FromSeconds(5), clock, log)
{
    protected override string Postponed => "Ages of inboxes are told later";

    protected override bool StartsAtOnce => true;

    protected override Task<bool> DoAsync(CancellationToken ct)
    {
        foreach (var inbox in inboxes)
            MessagingMetrics.InboxBehind.Record(inbox.State.Behind.TotalSeconds, MessagingMetrics.Tag("source", inbox.Source));
        return Task.FromResult(false);
    }
}

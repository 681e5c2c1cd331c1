using Microsoft.Extensions.Logging;
using ServiceDefaults;

namespace Messaging;

/// <summary>Measures how far the publisher is behind, in every process and also while none of them can publish.</summary>
internal sealed class PublisherLag(PublisherCheckpoint checkpoint, TimeProvider time, ILogger<PublisherLag> log)
    : RecurringWork(Every, time, log)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    protected override string Postponed => "The publisher's last measured lag stands until the database answers";

    protected override bool StartsAtOnce => true;

    protected override async Task<bool> DoAsync(CancellationToken ct)
    {
        var (events, age) = await checkpoint.LagAsync(ct);
        MessagingMetrics.PublisherLag.Record(events);
        MessagingMetrics.PublisherBehind.Record(age);
        return false;
    }
}

using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Messaging;

/// <summary>Measures how far the publisher is behind, in every process and also while none of them can publish.</summary>
internal sealed class PublisherLag(PublisherCheckpoint checkpoint, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            try
            {
                MessagingMetrics.PublisherLag.Record(await checkpoint.LagAsync(stoppingToken));
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                // The last figure stands until the database answers.
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}

namespace Sync.Providers.Cache;

/// <summary>Stores what is to be kept behind the walks, and lets go of what is too old or too much.</summary>
internal sealed class CacheMaintenance(CachedPages pages, CachedSummaries summaries, CachedBlocks blocks, CacheUsage usage, TimeProvider clock,
    ILogger<CacheMaintenance> log)
    : BackgroundService
{
    private static readonly TimeSpan CountEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(StoreAsync(stoppingToken), TidyAsync(stoppingToken));

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TryAsync(() => usage.StoreAsync(cancellationToken));
    }

    private async Task StoreAsync(CancellationToken ct)
    {
        try
        {
            while (await pages.WaitAsync(ct))
            {
                // What was taken and could not be written is forgotten: it is only a cache.
                if (!await TryAsync(() => pages.StoreAsync(ct))) await Task.Delay(Pause, clock, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // What was not stored is asked again.
        }
    }

    private async Task TidyAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(CountEvery, clock);
        var swept = DateTimeOffset.MinValue;
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
            {
                await TryAsync(() => usage.StoreAsync(ct));
                if (clock.GetUtcNow() - swept < SweepEvery) continue;
                swept = clock.GetUtcNow();
                await TryAsync(async () =>
                {
                    await pages.SweepAsync(ct);
                    await summaries.SweepAsync(ct);
                    await blocks.SweepAsync(ct);
                });
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The stop itself stores what was counted last.
        }
    }

    private async Task<bool> TryAsync(Func<Task> what)
    {
        try
        {
            await what();
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.LogWarning(e, "The cache goes without: {Reason}", e.Message);
            return false;
        }
    }
}

using Messaging;
using Microsoft.Extensions.Options;
using Portfolio.Prices.Stored;

namespace Portfolio.Prices;

/// <summary>
/// Keeps prices and rates up, one process at a time for a database, so that replicas do not ask twice: the latest prices every few minutes,
/// closings that are missing in between, a stretch at a time.
/// </summary>
internal sealed class PriceKeeper(
    LatestPrices latest, DailyClosings closings, ExchangeRates rates, Leases leases, IOptions<PricesOptions> options, TimeProvider clock,
    ILogger<PriceKeeper> log) : BackgroundService
{
    public const string LeaseName = "price-keeper";

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ClosingsEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RatesEvery = TimeSpan.FromHours(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => leases.RunAsync(LeaseName, KeepAsync, stoppingToken);

    private async Task KeepAsync(Lease lease)
    {
        var ct = lease.Lost;
        // By this process's stopwatch; whoever takes over begins with all of it.
        var due = new Dictionary<string, (long Since, TimeSpan After)>();
        while (true)
        {
            await DoWhenDueAsync("rates", RatesEvery, rates.RefreshAsync);
            await DoWhenDueAsync("latest", Jittered(TimeSpan.FromSeconds(options.Value.LatestSeconds)), latest.RefreshAsync);
            var isMore = false;
            await DoWhenDueAsync("closings", ClosingsEvery, async token => isMore = await closings.FillAsync(token));
            if (isMore) due.Remove("closings");
            else await Task.Delay(Look, clock, ct);
        }

        // What fails has its own pause, and keeps none of the others up.
        async Task DoWhenDueAsync(string what, TimeSpan every, Func<CancellationToken, Task> work)
        {
            ct.ThrowIfCancellationRequested();
            if (due.TryGetValue(what, out var last) && clock.GetElapsedTime(last.Since) < last.After) return;
            due[what] = (clock.GetTimestamp(), every);
            try
            {
                await work(ct);
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                PriceMetrics.Failures.Add(1, new KeyValuePair<string, object?>("work", what));
                log.LogWarning(e, "The {What} of prices are kept up later: {Reason}", what, e.GetBaseException().Message);
            }
        }
    }

    // So that many installations do not ask in step.
    private static TimeSpan Jittered(TimeSpan every) => every + TimeSpan.FromMilliseconds(Random.Shared.Next((int)(every.TotalMilliseconds / 10)));
}

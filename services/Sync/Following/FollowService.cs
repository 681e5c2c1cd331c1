using EventSourcing;
using Messaging;
using Microsoft.Extensions.Options;
using Npgsql;
using Sync.Networks;
using Sync.Providers;

namespace Sync.Following;

/// <summary>
/// Follows every network that has providers, each under a lease of its own: every process is a candidate, one works, another goes
/// on from its place where it ends.
/// </summary>
internal sealed class FollowService(
    ProviderPools pools, NpgsqlDataSource database, EventStore store, Leases leases, RequestBudgets budgets, IOptions<ChainsOptions> chains,
    IOptions<SyncOptions> options, DueSignal due, TimeProvider clock, ILoggerFactory logs) : BackgroundService
{
    /// <summary>What polling may take of any limit.</summary>
    private const int PercentForPolling = 10;

    private const int RequestsOfALook = 2;

    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(5);
    private readonly ILogger log = logs.CreateLogger<FollowService>();

    public static string LeaseOf(string network) => $"follow-{network}";

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => !options.Value.Follow.Enabled ? Task.CompletedTask
        : Task.WhenAll(pools.Networks.Select(network => leases.RunAsync(LeaseOf(network), lease => FollowAsync(network, lease), stoppingToken)));

    private async Task FollowAsync(string network, Lease lease)
    {
        var (pool, ct) = (pools.Find(network)!, lease.Lost);
        using var wake = new SemaphoreSlim(0);
        var configured = chains.Value.GetValueOrDefault(network)?.Providers ?? [];
        var feeds = configured.Where(provider => provider.Push is not null)
            .Select(provider => new PushedHeads(network, provider.Name, new Uri(provider.Push!), Wake, clock, log)).ToList();
        var follower = new Follower(pool, database, store, options.Value, due, clock, log);
        var mempool = new MempoolWatch(pool, database, store, options.Value, PaceFor, due, clock, log);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var listening = Task.WhenAll([.. feeds.Select(feed => feed.ListenAsync(ended.Token)), mempool.RunAsync(lease.GuardAsync, ended.Token)]);
        try
        {
            while (!ct.IsCancellationRequested)
            {
                var poll = FollowRules.PollEvery(pool.Network, options.Value.Follow.MostPollSeconds);
                var (pause, isTold) = (PaceFor(poll, RequestsOfALook, PercentForPolling), false);
                try
                {
                    var before = await HeightAsync(network, ct);
                    isTold = await follower.LookAsync(lease.GuardAsync, ct);
                    if (await HeightAsync(network, ct) is { } height && height > before) feeds.ForEach(feed => feed.Found());
                }
                catch (ProviderException e)
                {
                    SyncMetrics.FollowerFailures.Add(1, new("network", network), new("kind", "tip"));
                    log.LogInformation("Blocks of {Network} are followed later: {Reason}", network, e.Message);
                    if (e.RetryAfter is { } rest && rest > pause) pause = rest < TimeSpan.FromMinutes(5) ? rest : TimeSpan.FromMinutes(5);
                    else if (pause < AfterFailure) pause = AfterFailure;
                }

                // Where nobody tracks anything, nothing need be known soon.
                if (!isTold && pause < AfterFailure) pause = AfterFailure;
                await wake.WaitAsync(pause, ct);
                // Many hints are one look.
                while (wake.Wait(0, CancellationToken.None)) { }
            }
        }
        finally
        {
            await ended.CancelAsync();
            await listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        void Wake() => wake.Release();

        TimeSpan PaceFor(TimeSpan shortest, long requests, int percent) => FollowRules.Pace(
            shortest, requests, percent, configured.Take(1).SelectMany(provider => LimitsOf(budgets.Of(network, provider))));
    }

    private async Task<long?> HeightAsync(string network, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return (await Followers.FindAsync(connection, network, ct))?.Height;
    }

    private static IEnumerable<(TimeSpan Span, long Limit)> LimitsOf(RequestBudget? budget)
    {
        if (budget is null) yield break;
        if (budget.PerSecond > 0) yield return (TimeSpan.FromSeconds(1), budget.PerSecond);
        foreach (var (span, _, limit) in budget.Limits.Limits())
            yield return (span switch { "hour" => TimeSpan.FromHours(1), "day" => TimeSpan.FromDays(1), _ => TimeSpan.FromDays(31) }, limit);
    }
}

using EventSourcing;
using Messaging;
using Microsoft.Extensions.Options;
using Npgsql;
using Postgres;
using ServiceDefaults;
using Sync.Networks;
using Sync.Providers;
using Sync.WalletSyncs;

namespace Sync.Following;

/// <summary>
/// Watches every follower from every process: how old its last block is, and whether it is late. While one is, the network's
/// addresses are checked at the usual pace again, beginning at once.
/// </summary>
internal sealed class FollowerWatch(
    NpgsqlDataSource database, EventStore store, ProviderPools pools, IOptions<SyncOptions> options, DueSignal due, TimeProvider clock,
    ILogger<FollowerWatch> log) : RecurringWork(TimeSpan.FromSeconds(Math.Clamp(options.Value.CheckSeconds / 8.0, 1, 15)), clock, log)
{
    // Of a network that is not configured any more nothing is known but that nobody follows it.
    private static readonly TimeSpan AnyBlockTime = TimeSpan.FromMinutes(1);

    private readonly TimeProvider clock = clock;
    private readonly ILogger<FollowerWatch> log = log;

    protected override string Postponed => "Followers are watched later";

    protected override async Task<bool> DoAsync(CancellationToken ct)
    {
        List<FollowerState> followers;
        await using (var connection = await database.OpenConnectionAsync(ct)) followers = await Followers.AllAsync(connection, ct);
        var now = clock.GetUtcNow();
        foreach (var follower in followers)
        {
            var network = pools.Find(follower.Network)?.Network;
            var blockTime = network?.BlockTime ?? AnyBlockTime;
            var poll = network is null ? AnyBlockTime : FollowRules.PollEvery(network, options.Value.Follow.MostPollSeconds);
            var isLate = follower.LateSince is not null
                || (FollowRules.IsLate(follower, blockTime, poll, TimeSpan.FromSeconds(options.Value.CheckSeconds), now)
                    && await SayLateAsync(follower, now, ct));
            if (network is not null) Record(follower, isLate, now);
        }

        return false;
    }

    private async Task<bool> SayLateAsync(FollowerState follower, DateTimeOffset now, CancellationToken ct)
    {
        await using var work = await store.BeginAsync(ct);
        if (!await Followers.LateAsync(work.Connection, follower.Network, follower.CaughtUpAt, now, ct)) return false;
        if (!await IsTrackedAsync(work.Connection, follower.Network, ct)) return false;
        await SyncSchedule.WakeNetworkAsync(work.Connection, follower.Network, ct);
        await work.CommitAsync(ct);
        due.Wake();
        log.LogWarning("The follower of {Network} is late: its last block {Height} is of {AdvancedAt}, and it stood at a tip last at {CaughtUpAt}; " +
            "addresses are checked at the usual pace", follower.Network, follower.Height, follower.AdvancedAt, follower.CaughtUpAt);
        return true;
    }

    // Where nobody tracks an address, nothing is followed and nothing late.
    private static Task<bool> IsTrackedAsync(NpgsqlConnection connection, string network, CancellationToken ct) =>
        connection.ScalarAsync<bool>("select exists (select from ledgers where network = @network)", new { network }, ct);

    private static void Record(FollowerState follower, bool isLate, DateTimeOffset now)
    {
        var label = new KeyValuePair<string, object?>("network", follower.Network);
        SyncMetrics.FollowerAge.Record(Math.Max((now - follower.AdvancedAt).TotalSeconds, 0), label);
        SyncMetrics.FollowerBehind.Record(Math.Max((now - follower.CaughtUpAt).TotalSeconds, 0), label);
        SyncMetrics.FollowerLate.Record(isLate ? 1 : 0, label);
    }
}

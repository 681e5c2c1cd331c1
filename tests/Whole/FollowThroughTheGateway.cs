using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Npgsql;
using Shouldly;
using Testing;
using Xunit;

namespace Whole;

/// <summary>
/// Clients of the feed at the gateway, cut off at random while messages flow, and while services are replaced and killed: each has every message
/// in the end, in order and once.
/// </summary>
public sealed class FollowThroughTheGateway
{
    // What comes last comes when all that happens meanwhile has happened, so that everybody is still there for it.
    private const int Last = 20;

    // On a machine that is busy with all these clients.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly (int Sockets, int Messages, TimeSpan Flow, TimeSpan LongestConnection) Size = SyncingSystem.IsFull
        ? (500, 20_000, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(10)) : (30, 1_000, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(1));

    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task whoever_is_cut_off_while_services_come_and_go_has_the_whole_stream()
    {
        await using var system = await WholeSystem.Start(whole =>
        {
            whole.HasTwoPortfolios = true;
            whole.Settings["portfolio"] = new() { ["Feed__StreamsPerKey"] = "5000" };
            whole.Settings["gateway"] = new() { ["Gateway__StreamCheckSeconds"] = "1" };
        });
        await FollowAsync(system, "cut off at random", () => Task.CompletedTask);
        await FollowAsync(system, "…, while each process of Portfolio and the gateway are replaced, and killed", async () =>
        {
            ServiceProcess[] all = [system.Portfolio, system.OtherPortfolio, system.Gateway];
            foreach (var process in all)
            {
                await process.Stop();
                await process.Start(Patience);
            }

            foreach (var process in all)
            {
                await process.Kill();
                await process.Start(Patience);
            }
        });
        await ARevokedKeyEndsItsStreams(system, await system.NewUser());
    }

    private async Task FollowAsync(WholeSystem system, string how, Func<Task> meanwhile)
    {
        var user = await system.NewUser();
        await using var database = NpgsqlDataSource.Create(system.DatabaseOf("portfolio"));
        // Mostly sockets, and some streams beside them.
        List<FeedFollower> followers = [.. Enumerable.Range(0, Size.Sockets + (Size.Sockets / 10)).Select(number =>
            new FeedFollower(() => system.AddressOf("gateway"), () => user.Key, bySocket: number < Size.Sockets)
            {
                Position = "0:0", IsLean = true, Pause = TimeSpan.FromMilliseconds(250),
            })];
        var cuts = followers.Select((_, number) => new Random(number)).ToList();
        var isOver = false;
        var clock = Stopwatch.StartNew();
        var following = Task.WhenAll(followers.Select((follower, number) => Task.Run(() => follower.FollowAsync(
            me => me.Log.Count >= Size.Messages, cancellation,
            () => Volatile.Read(ref isOver) ? Timeout.InfiniteTimeSpan : Size.LongestConnection * (0.05 + (0.95 * cuts[number].NextDouble()))),
            cancellation)));
        var around = meanwhile();
        for (var told = 0; told < Size.Messages; told++)
        {
            if (told == Size.Messages - Last) await around;
            // At an even pace, as far as that can be kept.
            if (told % 10 == 0 && (Size.Flow * told / Size.Messages) - clock.Elapsed is { Ticks: > 0 } early) await Task.Delay(early, cancellation);
            await TellAsync(database, user.Id, told);
        }

        var flowed = clock.Elapsed;
        Volatile.Write(ref isOver, true);
        await following.WaitAsync(TimeSpan.FromMinutes(SyncingSystem.IsFull ? 20 : 3), cancellation);
        var stored = await StoredAsync(database, user.Id);
        stored.Count.ShouldBe(Size.Messages);
        foreach (var follower in followers)
        {
            if (!follower.Log.SequenceEqual(stored)) follower.Log.ShouldBe(stored);
            follower.Resets.ShouldBeEmpty();
            follower.Dispose();
        }

        Tell.Figures(string.Create(CultureInfo.InvariantCulture,
            $"{how}: {Size.Sockets} sockets and {Size.Sockets / 10} event streams, {Size.Messages} messages in {flowed.TotalSeconds:0} s, "
            + $"{followers.Sum(follower => follower.Connections)} connections, all told after {clock.Elapsed.TotalSeconds:0} s"));
    }

    private async Task ARevokedKeyEndsItsStreams(WholeSystem system, TestUser user)
    {
        var current = await user.Get("/api/v1/api-keys/current");
        using var socket = new FeedFollower(() => system.AddressOf("gateway"), () => user.Key, bySocket: true);
        using var stream = new FeedFollower(() => system.AddressOf("gateway"), () => user.Key, bySocket: false);
        var open = new[] { socket.ConnectAsync(_ => false, cancellation), stream.ConnectAsync(_ => false, cancellation) };
        await Eventually.Is(() => socket.Words.Count == 1 && stream.Words.Count == 1, "both are open");
        await system.Admin.Delete($"/api/v1/api-keys/{current.GetProperty("id").GetGuid()}");
        await Eventually.Is(() => open.All(each => each.IsCompleted), "both end", TimeSpan.FromSeconds(20));
        using var refused = await user.Http.GetAsync("/api/v1/events", HttpCompletionOption.ResponseHeadersRead, cancellation);
        ((int)refused.StatusCode).ShouldBe(401);
    }

    private async Task<List<(long Seq, Guid Id)>> StoredAsync(NpgsqlDataSource database, Guid user)
    {
        await using var command = database.CreateCommand("select version, id from mt_events where stream_id = $1 order by version");
        command.Parameters.Add(new() { Value = $"feed-{user}" });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var stored = new List<(long, Guid)>();
        while (await reader.ReadAsync(cancellation)) stored.Add((reader.GetInt64(0), reader.GetGuid(1)));
        return stored;
    }

    // As the announcer appends, under the log's lock.
    private async Task TellAsync(NpgsqlDataSource database, Guid user, int number)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using var command = new NpgsqlCommand("""
            with locked as (select pg_advisory_xact_lock(7305148120)),
                 stream as (insert into mt_streams (id, version) select $2, 1 from locked
                            on conflict (id) do update set version = mt_streams.version + 1 returning version)
            insert into mt_events (seq_id, id, stream_id, version, type, data, timestamp)
            select nextval('mt_events_sequence'), $1, $2, version, 'sync_failed', $3::jsonb, now() from stream
            """, connection);
        command.Parameters.Add(new() { Value = Guid.CreateVersion7() });
        command.Parameters.Add(new() { Value = $"feed-{user}" });
        command.Parameters.Add(new() { Value = JsonSerializer.Serialize(new { Reason = $"number {number}" }) });
        await command.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        await using var notify = database.CreateCommand("notify log_appended");
        await notify.ExecuteNonQueryAsync(cancellation);
    }
}

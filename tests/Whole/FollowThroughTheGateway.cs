using System.Text.Json;
using Npgsql;
using Shouldly;
using Testing;
using Xunit;

namespace Whole;

/// <summary>
/// Clients of the feed at the gateway while services are replaced and killed: each has every message in the end, in order and once.
/// </summary>
public sealed class FollowThroughTheGateway
{
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task services_come_and_go_and_no_client_misses_a_message()
    {
        var (clients, rounds) = SyncingSystem.IsFull ? (100, 12) : (16, 4);
        await using var system = await WholeSystem.Start(whole =>
        {
            whole.Settings["portfolio"] = new() { ["Feed__StreamsPerKey"] = "1000" };
            whole.Settings["gateway"] = new() { ["Gateway__StreamCheckSeconds"] = "1" };
        });
        var user = await system.NewUser();
        await using var database = NpgsqlDataSource.Create(system.DatabaseOf("portfolio"));
        List<FeedFollower> followers = [.. Enumerable.Range(0, clients).Select(number =>
            new FeedFollower(() => system.AddressOf("gateway"), () => user.Key, bySocket: number % 2 == 0) { Position = "0:0" })];
        const int perRound = 50;
        var following = Task.WhenAll(followers.Select(follower =>
            Task.Run(() => follower.FollowAsync(me => me.Messages.Count >= rounds * perRound, cancellation), cancellation)));
        for (var round = 0; round < rounds; round++)
        {
            var telling = TellAsync(database, user.Id, perRound);
            switch (round % 4)
            {
                case 0:
                    await system.Portfolio.Stop();
                    await system.Portfolio.Start();
                    break;
                case 1:
                    await system.Gateway.Kill();
                    await system.Gateway.Start();
                    break;
                case 2:
                    await system.Portfolio.Kill();
                    await system.Portfolio.Start();
                    break;
                default:
                    await system.Gateway.Stop();
                    await system.Gateway.Start();
                    break;
            }

            await telling;
        }

        await following.WaitAsync(TimeSpan.FromMinutes(3), cancellation);
        foreach (var follower in followers)
        {
            follower.Seqs.ShouldBe(Enumerable.Range(1, rounds * perRound).Select(number => (long)number));
            follower.Messages.Select(message => message.GetProperty("id").GetGuid()).ShouldBeUnique();
            follower.Resets.ShouldBeEmpty();
            follower.Dispose();
        }

        Tell.Figures($"{clients} clients, {rounds * perRound} messages, {followers.Sum(follower => follower.Connections)} connections");
        await ARevokedKeyEndsItsStreams(system, user);
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

    // As the announcer appends, under the log's lock.
    private async Task TellAsync(NpgsqlDataSource database, Guid user, int count)
    {
        for (var told = 0; told < count; told++)
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
            command.Parameters.Add(new() { Value = JsonSerializer.Serialize(new { Reason = $"number {told}" }) });
            await command.ExecuteNonQueryAsync(cancellation);
            await transaction.CommitAsync(cancellation);
            await using var notify = database.CreateCommand("notify log_appended");
            await notify.ExecuteNonQueryAsync(cancellation);
        }
    }
}

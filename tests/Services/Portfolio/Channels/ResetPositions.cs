using System.Net;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Portfolio.Channels;

/// <summary>A backup is restored that holds less than clients have read: each is told so, and gets what is told anew.</summary>
public sealed class ResetPositions
{
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task who_has_read_more_than_was_kept_is_reset_and_gets_what_is_told_anew(bool bySocket)
    {
        await using var system = await FeedSystem.StartAsync();
        var caller = FeedSystem.Someone();
        await system.TellAsync(caller.UserId, 10);
        using var ahead = system.Follower(caller, bySocket);
        using var behind = system.Follower(caller, bySocket);
        (ahead.Position, behind.Position) = ("0:0", "0:0");
        await ahead.FollowAsync(me => me.Messages.Count == 10, cancellation);
        await behind.FollowAsync(me => me.Messages.Count == 5, cancellation);
        var kept = (await system.StoredAsync(caller.UserId))[..6];

        await system.RestoreAsync(caller.UserId, 6);
        await system.TellAsync(caller.UserId, 6);
        var now = await system.StoredAsync(caller.UserId);
        now.Count.ShouldBe(12);
        now[..6].ShouldBe(kept);
        await ahead.FollowAsync(me => me.Messages.Count == 16, cancellation);
        await behind.FollowAsync(me => me.Messages.Count == 12, cancellation);

        var reset = ahead.Resets.ShouldHaveSingleItem();
        reset.GetProperty("reason").GetString().ShouldBe("restored");
        reset.GetProperty("position").GetString().ShouldEndWith(":6");
        reset.GetProperty("detail").GetString().ShouldNotBeNullOrEmpty();
        ahead.Messages.Skip(10).Select(FeedSystem.Named).ShouldBe(now[6..]);
        ahead.Position.ShouldNotBeNull().ShouldNotStartWith("0:");
        behind.Resets.ShouldBeEmpty("what it has read is as it was");
        behind.Messages.Select(FeedSystem.Named).ShouldBe(now);
        await AsyncApiDocument.ShouldDescribe(ahead.Words.Concat(ahead.Messages));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task an_open_stream_is_reset_where_it_stands(bool bySocket)
    {
        await using var system = await FeedSystem.StartAsync();
        var caller = FeedSystem.Someone();
        await system.TellAsync(caller.UserId, 10);
        using var follower = system.Follower(caller, bySocket);
        follower.Position = "0:0";
        var following = follower.ConnectAsync(me => me.Messages.Count == 14, cancellation);
        await Eventually.Is(() => follower.Messages.Count == 10, "it has read all there was");

        await system.RestoreAsync(caller.UserId, 7);
        await system.TellAsync(caller.UserId, 4);
        await following;

        follower.Connections.ShouldBe(1);
        follower.Resets.ShouldHaveSingleItem().GetProperty("position").GetString().ShouldEndWith(":7");
        follower.Messages.Skip(10).Select(FeedSystem.Named).ShouldBe((await system.StoredAsync(caller.UserId))[7..]);
    }

    [Theory]
    [InlineData("0:4", "beyond-head", "0:3")]
    [InlineData("0:9223372036854775807", "beyond-head", "0:3")]
    [InlineData("77:2", "unknown-epoch", "0:2")]
    public async Task a_position_of_nowhere_is_reset_on_every_channel(string position, string reason, string goesOn)
    {
        await using var system = await FeedSystem.StartAsync();
        var caller = FeedSystem.Someone();
        await system.TellAsync(caller.UserId, 3);
        foreach (var bySocket in new[] { true, false })
        {
            using var follower = system.Follower(caller, bySocket);
            follower.Position = position;
            await follower.ConnectAsync(me => me.Words.Count == 1, cancellation);
            var reset = follower.Resets.ShouldHaveSingleItem();
            (reset.GetProperty("reason").GetString(), reset.GetProperty("position").GetString()).ShouldBe((reason, goesOn));
        }

        using var client = system.Client(caller);
        var page = await Lists.Get(client, $"/api/v1/events/history?after={position}");
        ((string?)page["reset"]!["reason"], (string?)page["reset"]!["position"], (string?)page["next"]).ShouldBe((reason, goesOn, goesOn));
        page["data"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task a_second_restore_of_an_older_backup_keeps_what_both_kept()
    {
        await using var system = await FeedSystem.StartAsync();
        var caller = FeedSystem.Someone();
        await system.TellAsync(caller.UserId, 10);
        await system.RestoreAsync(caller.UserId, 8);
        await system.TellAsync(caller.UserId, 4);
        using var client = system.Client(caller);
        var middle = ((string)(await Lists.Get(client, "/api/v1/events/history?limit=1"))["next"]!).Split(':')[0];
        await system.RestoreAsync(caller.UserId, 11);
        await system.TellAsync(caller.UserId, 1);

        (await Reset("0:8")).ShouldBeNull();
        (await Reset("0:9")).ShouldNotBeNull().ShouldEndWith(":8");
        (await Reset($"{middle}:11")).ShouldBeNull();
        (await Reset($"{middle}:12")).ShouldNotBeNull().ShouldEndWith(":11");

        async Task<string?> Reset(string position) =>
            (string?)(await Lists.Get(client, $"/api/v1/events/history?after={position}"))["reset"]?["position"];
    }

    [Fact]
    public async Task where_the_beginning_is_no_longer_kept_it_is_said_and_not_skipped()
    {
        await using var system = await FeedSystem.StartAsync();
        var caller = FeedSystem.Someone();
        await system.TellAsync(caller.UserId, 10);
        await using (var trim = system.Database.CreateCommand("delete from mt_events where version < 5"))
            await trim.ExecuteNonQueryAsync(cancellation);
        using var follower = system.Follower(caller, bySocket: true);
        follower.Position = "0:2";
        await follower.FollowAsync(me => me.Messages.Count == 6, cancellation);

        follower.Resets.ShouldHaveSingleItem().GetProperty("reason").GetString().ShouldBe("trimmed");
        follower.Seqs.ShouldBe([5, 6, 7, 8, 9, 10]);
        using var client = system.Client(caller);
        (await Lists.Get(client, "/api/v1/events/history"))["data"]!.AsArray().Count.ShouldBe(6);
    }

    [Fact]
    public async Task what_is_older_than_feeds_are_kept_goes_but_for_each_feeds_newest()
    {
        await using var system = await FeedSystem.StartAsync(("Feed:KeepDays", "30"));
        var (one, other) = (FeedSystem.Someone(), FeedSystem.Someone());
        await system.TellAsync(one.UserId, 6);
        await system.TellAsync(other.UserId, 2);
        await using (var age = system.Database.CreateCommand("update mt_events set timestamp = now() - interval '31 days'"))
            await age.ExecuteNonQueryAsync(cancellation);
        await system.TellAsync(one.UserId, 2);

        (await system.TrimAsync()).ShouldBe(7);
        (await system.TrimAsync()).ShouldBe(0);
        (await system.StoredAsync(one.UserId)).Select(message => message.Seq).ShouldBe([7, 8]);
        (await system.StoredAsync(other.UserId)).Select(message => message.Seq).ShouldBe([2]);
        await system.TellAsync(other.UserId, 1);
        using var follower = system.Follower(other, bySocket: false);
        follower.Position = "0:0";
        await follower.FollowAsync(me => me.Messages.Count == 2, cancellation);
        follower.Resets.ShouldHaveSingleItem().GetProperty("position").GetString().ShouldBe("0:1");
        follower.Seqs.ShouldBe([2, 3]);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("1")]
    [InlineData("1:")]
    [InlineData("-1:2")]
    [InlineData("0:1:2")]
    [InlineData("0:99999999999999999999")]
    public async Task what_is_no_position_is_refused(string text)
    {
        await using var system = await FeedSystem.StartAsync();
        var caller = FeedSystem.Someone();
        using var client = system.Client(caller);
        foreach (var path in new[] { "/api/v1/events", "/api/v1/events/history" })
        {
            var (status, body) = await Lists.Ask(client, $"{path}?after={text}");
            status.ShouldBe(HttpStatusCode.BadRequest, body);
            body.ShouldContain("invalid-parameter");
        }

        using var socket = system.Follower(caller, bySocket: true);
        socket.Position = text;
        await socket.ConnectAsync(me => me.Words.Count == 1, cancellation);
        socket.Words[0].GetProperty("type").GetString().ShouldBe("/problems/invalid-parameter");
    }
}

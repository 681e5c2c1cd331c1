using System.Net.WebSockets;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Portfolio.Channels;

/// <summary>Clients that are cut off again and again while messages come: each has all of them in the end, in order and once.</summary>
public sealed class FollowTheFeed(ITestOutputHelper output)
{
    private static readonly bool IsFull = Environment.GetEnvironmentVariable("WHOLE_FULL") is "1";
    private static readonly (int Clients, int Messages) Size = IsFull ? (500, 20_000) : (30, 800);
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task clients_that_are_cut_off_at_random_get_every_message_in_order_and_once(int seed)
    {
        await using var system = await FeedSystem.StartAsync(("Feed:StreamsPerKey", "1000"), ("Feed:Buffered", seed == 1 ? "256" : "3"));
        await FollowAsync(system, seed, () => Task.CompletedTask);
    }

    [Fact]
    public async Task so_do_they_while_replicas_are_replaced_one_by_one()
    {
        await using var system = await FeedSystem.StartAsync(("Feed:StreamsPerKey", "1000"));
        await system.StartReplicaAsync();
        // Two that nothing but the replica's end cuts off: both are at the oldest.
        using var socket = system.Follower(FeedSystem.Someone(), bySocket: true);
        using var stream = system.Follower(FeedSystem.Someone(), bySocket: false);
        var staying = Task.WhenAll(new[] { socket, stream }.Select(follower => follower.ConnectAsync(_ => false, cancellation)));
        await Eventually.Is(() => socket.Words.Count == 1 && stream.Words.Count == 1, "both are connected");
        await FollowAsync(system, 3, async () =>
        {
            for (var replaced = 0; replaced < 2; replaced++)
            {
                await system.StartReplicaAsync();
                await system.StopReplicaAsync();
            }
        });

        await staying;
        (socket.Closed?.Status).ShouldBe((WebSocketCloseStatus)1012, "told that a replica restarts");
        stream.Words.Select(word => word.GetProperty("type").GetString()).ShouldBe(["ready", "closing"]);
    }

    [Fact]
    public async Task without_a_position_a_stream_begins_now_and_says_so()
    {
        await using var system = await FeedSystem.StartAsync();
        var caller = FeedSystem.Someone();
        await system.TellAsync(caller.UserId, 3);
        foreach (var bySocket in new[] { true, false })
        {
            using var follower = system.Follower(caller, bySocket);
            var following = follower.FollowAsync(me => me.Messages.Count == 1, cancellation);
            await Eventually.Is(() => follower.Words.Count == 1, "the stream says where it begins");
            var head = (await system.StoredAsync(caller.UserId)).Count;
            follower.Words[0].GetProperty("type").GetString().ShouldBe("ready");
            follower.Words[0].GetProperty("position").GetString().ShouldBe($"0:{head}");

            await system.TellAsync(caller.UserId, 1);
            await following;
            follower.Seqs.ShouldBe([head + 1]);
            follower.Messages[0].GetProperty("position").GetString().ShouldBe($"0:{head + 1}");
            follower.Messages[0].GetProperty("type").GetString().ShouldBe("deposit_update");
            follower.Messages[0].GetProperty("data").GetProperty("amount").GetProperty("amount").GetString().ShouldBe("666601");
            follower.Messages[0].GetProperty("data").TryGetProperty("walletId", out _).ShouldBeFalse("the envelope says it");
        }
    }

    [Fact]
    public async Task nobody_gets_what_is_anothers()
    {
        await using var system = await FeedSystem.StartAsync();
        var (one, other) = (FeedSystem.Someone(), FeedSystem.Someone());
        using var ones = system.Follower(one, bySocket: true);
        using var others = system.Follower(other, bySocket: false);
        (ones.Position, others.Position) = ("0:0", "0:0");
        var following = Task.WhenAll(ones.FollowAsync(me => me.Messages.Count == 20, cancellation),
            others.FollowAsync(me => me.Messages.Count == 30, cancellation));
        await Task.WhenAll(system.TellAsync(one.UserId, 20), system.TellAsync(other.UserId, 30, perWork: 3));
        await following;

        ones.Messages.Select(FeedSystem.Named).ShouldBe(await system.StoredAsync(one.UserId));
        others.Messages.Select(FeedSystem.Named).ShouldBe(await system.StoredAsync(other.UserId));
    }

    [Fact]
    public async Task a_stream_outlives_the_token_that_opened_it()
    {
        await using var system = await FeedSystem.StartAsync();
        var caller = FeedSystem.Someone();
        // It was signed so long ago that it has some seconds left, clocks' differences included.
        var old = system.TokenOf(caller, TimeSpan.FromSeconds(116));
        using var follower = new FeedFollower(() => system.Address, () => old, bySocket: true);
        using var late = new FeedFollower(() => system.Address, () => old, bySocket: false);
        var following = follower.ConnectAsync(me => me.Messages.Count == 1, cancellation);
        await Eventually.Is(() => follower.Words.Count == 1, "the stream is open");

        await Eventually.Is(async () =>
        {
            try
            {
                await late.ConnectAsync(me => me.Words.Count > 0, cancellation);
                late.Words.Clear();
                return false;
            }
            catch (HttpRequestException)
            {
                return true;
            }
        }, "the token opens nothing any more");
        await system.TellAsync(caller.UserId, 1);
        await following;
        follower.Seqs.ShouldBe([1]);
    }

    private async Task FollowAsync(FeedSystem system, int seed, Func<Task> meanwhile)
    {
        var (clients, messages) = Size;
        var random = new Random(seed);
        var caller = FeedSystem.Someone();
        List<FeedFollower> followers = [.. Enumerable.Range(0, clients).Select(number =>
            system.Follower(caller, number % 2 == 0, random: new Random(seed * 1000 + number), isLean: number > 1))];
        foreach (var follower in followers) follower.Position = "0:0";
        var cuts = followers.Select((_, number) => new Random(seed * 2000 + number)).ToList();
        var following = Task.WhenAll(followers.Select((follower, number) => Task.Run(() => follower.FollowAsync(
            me => me.Log.Count >= messages, cancellation, () => TimeSpan.FromMilliseconds(cuts[number].Next(20, 1_500))), cancellation)));
        var around = meanwhile();
        for (var told = 0; told < messages;)
        {
            // The last ones come when all that happens meanwhile has happened, so that everybody is still there for it.
            if (messages - told <= 8) await around;
            var some = Math.Min(random.Next(1, 8), messages - told);
            await system.TellAsync(caller.UserId, some, perWork: some);
            // Others are told things too.
            if (random.Next(4) == 0) await system.TellAsync(Guid.CreateVersion7(), 1);
            told += some;
        }

        await following.WaitAsync(TimeSpan.FromMinutes(IsFull ? 20 : 3), cancellation);
        var stored = await system.StoredAsync(caller.UserId);
        stored.Count.ShouldBe(messages);
        foreach (var follower in followers)
        {
            if (!follower.Log.SequenceEqual(stored)) follower.Log.ShouldBe(stored);
            follower.Resets.ShouldBeEmpty();
            follower.Words.ShouldAllBe(word => word.GetProperty("type").GetString() != "problem");
        }

        output.WriteLine($"{clients} clients, {messages} messages, {followers.Sum(follower => follower.Connections)} connections");
        output.WriteLine(await AsyncApiDocument.ShouldDescribe(
            followers.SelectMany(follower => follower.Words).Concat(followers[0].Messages).Concat(followers[1].Messages.Take(10))));
        foreach (var follower in followers) follower.Dispose();
    }
}

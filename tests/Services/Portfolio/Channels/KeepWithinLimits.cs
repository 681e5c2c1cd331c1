using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Npgsql;
using Portfolio.Feed;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Portfolio.Channels;

/// <summary>What a stream brings, to whom, how many there may be, and what becomes of a client that is too slow.</summary>
public sealed class KeepWithinLimits
{
    private const string Upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task a_key_for_some_wallets_gets_what_is_about_those_only(bool bySocket)
    {
        await using var system = await FeedSystem.StartAsync();
        var user = Guid.CreateVersion7();
        var (seen, hidden) = (await system.WalletAsync(user), await system.WalletAsync(user));
        var limited = FeedSystem.Someone(user, new HashSet<Guid> { seen });
        await system.TellAsync(user, FeedSystem.Deposit(seen), FeedSystem.Deposit(hidden), FeedSystem.Deposit(null), FeedSystem.Deposit(seen));
        using var follower = system.Follower(limited, bySocket);
        follower.Position = "0:0";
        await follower.FollowAsync(me => me.Messages.Count == 2, cancellation);
        follower.Seqs.ShouldBe([1, 4]);

        using var client = system.Client(limited);
        (await Lists.Get(client, "/api/v1/events/history"))["data"]!.AsArray().Count.ShouldBe(2);
        foreach (var path in new[] { "/api/v1/events", "/api/v1/events/history" })
        {
            var (status, body) = await Lists.Ask(client, $"{path}?walletId={hidden}");
            (status, body.Contains("wallet-not-found")).ShouldBe((HttpStatusCode.NotFound, true));
        }
    }

    [Fact]
    public async Task wallets_types_and_addresses_are_asked_for()
    {
        const string address = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa";
        await using var system = await FeedSystem.StartAsync();
        var caller = FeedSystem.Someone();
        var (one, other) = (await system.WalletAsync(caller.UserId, address), await system.WalletAsync(caller.UserId, "bc1qother"));
        await system.TellAsync(caller.UserId, FeedSystem.Deposit(one, address), FeedSystem.Deposit(one), FeedSystem.Deposit(other, address),
            new FeedMessage.SyncCompleted { WalletId = one, RunId = Guid.CreateVersion7() }, FeedSystem.Deposit(one, address));
        var all = "after=0:0";
        (await Got($"{all}&walletId={one}&types=sync_completed", 1)).ShouldBe([4]);
        (await Got($"{all}&walletId={one}&types=deposit_update,sync_completed", 4)).ShouldBe([1, 2, 4, 5]);
        (await Got($"{all}&walletId={one}&walletId={other}", 5)).ShouldBe([1, 2, 3, 4, 5]);
        // What is about no address in particular is about all of the wallet.
        (await Got($"{all}&wallet_address={address}", 3, socketOnly: true)).ShouldBe([1, 4, 5]);
        (await Got($"{all}&wallet_address={address}&types=deposit_update", 2, socketOnly: true)).ShouldBe([1, 5]);

        async Task<List<long>> Got(string query, int count, bool socketOnly = false)
        {
            List<long>? first = null;
            foreach (var bySocket in socketOnly ? [true] : new[] { true, false })
            {
                using var follower = system.Follower(caller, bySocket, query);
                await follower.ConnectAsync(me => me.Messages.Count == count, cancellation);
                first ??= [.. follower.Seqs];
                follower.Seqs.ShouldBe(first);
            }

            return first!;
        }
    }

    [Fact]
    public async Task what_cannot_be_had_is_a_problem_in_the_channel()
    {
        await using var system = await FeedSystem.StartAsync();
        var words = new List<JsonElement>();
        foreach (var (query, problem) in new[]
        {
            ("wallet_address=bc1qnobodys", "invalid-parameter"),
            ("wallet_address=12c6DSiU4Rq3P4ZxziKxzrL5LmMBrzjrJX", "address-not-found"),
            ("walletId=0198a5d2-0000-7000-8000-000000000001", "wallet-not-found"),
            ("types=nothing", "invalid-parameter"),
            ("walletId=x", "invalid-parameter"),
            ("wallets=x", "invalid-parameter"),
        })
        {
            using var follower = system.Follower(FeedSystem.Someone(), bySocket: true, query);
            await follower.ConnectAsync(me => me.Words.Count == 1, cancellation);
            follower.Words[0].GetProperty("type").GetString().ShouldBe($"/problems/{problem}", query);
            words.AddRange(follower.Words);
        }

        await AsyncApiDocument.ShouldDescribe(words);
    }

    [Fact]
    public async Task a_socket_holds_several_subscriptions_and_each_says_which_it_is()
    {
        await using var system = await FeedSystem.StartAsync(("Feed:SubscriptionsPerSocket", "2"));
        var caller = FeedSystem.Someone();
        await system.TellAsync(caller.UserId, FeedSystem.Deposit(null), new FeedMessage.SyncFailed { Reason = "it did" });
        using var socket = await ConnectAsync(system, caller);
        await Say(socket, """{"action":"subscribe","id":"deposits","types":["deposit_update"],"after":"0:0"}""");
        var first = await Hear(socket, 2);
        first.Select(Subscription).ShouldBe(["deposits", "deposits"]);
        first[1].GetProperty("seq").GetInt64().ShouldBe(1);
        await Say(socket, """{"action":"subscribe","after":"0:1"}""");
        (await Hear(socket, 2)).Select(Subscription).ShouldBe([null, null]);
        await Say(socket, """{"action":"subscribe","id":"third"}""");
        (await Hear(socket, 1))[0].GetProperty("type").GetString().ShouldBe("/problems/too-many");
        await Say(socket, """{"action":"ping","id":"deposits"}""");
        var pong = (await Hear(socket, 1))[0];
        (pong.GetProperty("type").GetString(), pong.GetProperty("position").GetString()).ShouldBe(("pong", "0:2"));
        await Say(socket, """{"action":"unsubscribe","id":"deposits"}""");
        var gone = (await Hear(socket, 1))[0];
        (gone.GetProperty("type").GetString(), gone.GetProperty("position").GetString()).ShouldBe(("unsubscribed", "0:2"));
        await AsyncApiDocument.ShouldDescribe([.. first, pong, gone]);

        await system.TellAsync(caller.UserId, 1);
        Subscription((await Hear(socket, 1))[0]).ShouldBeNull("only one is left");
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", cancellation);
        socket.CloseStatus.ShouldBe(WebSocketCloseStatus.NormalClosure);
        socket.CloseStatusDescription.ShouldBe("0:3");
    }

    [Fact]
    public async Task what_is_no_command_is_a_problem_and_the_socket_stays_open()
    {
        await using var system = await FeedSystem.StartAsync();
        using var socket = await ConnectAsync(system, FeedSystem.Someone());
        var answers = new List<JsonElement>();
        foreach (var (said, problem) in new[]
        {
            ("{", "malformed-json"),
            ("[]", "invalid-body"),
            ("null", "invalid-body"),
            ("{}", "invalid-body"),
            ("""{"action":"dance"}""", "invalid-body"),
            ("""{"action":"subscribe","wallet":"x"}""", "invalid-body"),
            ("""{"action":"subscribe","wallets":["x"]}""", "invalid-body"),
            ("""{"action":"subscribe","wallet_address":"\u0000"}""", "invalid-body"),
            ("""{"action":"unsubscribe"}""", "invalid-body"),
        })
        {
            await Say(socket, said);
            var answer = await Hear(socket, 1);
            answer[0].GetProperty("type").GetString().ShouldBe($"/problems/{problem}", said);
            answers.AddRange(answer);
            await Say(socket, """{"action":"ping"}""");
            (await Hear(socket, 1))[0].GetProperty("type").GetString().ShouldBe("pong", said);
        }

        await AsyncApiDocument.ShouldDescribe(answers);
    }

    [Fact]
    public async Task a_command_that_is_too_large_ends_the_socket()
    {
        await using var system = await FeedSystem.StartAsync();
        using var socket = await ConnectAsync(system, FeedSystem.Someone());
        await Say(socket, new string(' ', 100_000));
        await Hear(socket, 0);
        socket.CloseStatus.ShouldBe(WebSocketCloseStatus.MessageTooBig);
    }

    [Fact]
    public async Task more_streams_than_a_key_may_have_are_refused_and_there_is_room_when_one_ends()
    {
        await using var system = await FeedSystem.StartAsync(("Feed:StreamsPerKey", "2"));
        var caller = FeedSystem.Someone();
        using var first = system.Follower(caller, bySocket: true);
        using var second = system.Follower(caller, bySocket: false);
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var following = first.ConnectAsync(_ => false, leave.Token);
        _ = second.ConnectAsync(_ => false, cancellation);
        await Eventually.Is(() => first.Words.Count + second.Words.Count == 2, "both are open");

        using var socket = await ConnectAsync(system, caller);
        var refusal = await Hear(socket, 1);
        refusal[0].GetProperty("type").GetString().ShouldBe("/problems/too-many-streams");
        await Hear(socket, 0);
        ((int?)socket.CloseStatus).ShouldBe(4429);
        using var client = system.Client(caller);
        var (status, body) = await Lists.Ask(client, "/api/v1/events");
        status.ShouldBe(HttpStatusCode.TooManyRequests, body);
        using (var other = await ConnectAsync(system, FeedSystem.Someone(caller.UserId)))
        {
            await Say(other, """{"action":"ping"}""");
            (await Hear(other, 1))[0].GetProperty("type").GetString().ShouldBe("pong", "it is another key's");
        }

        await leave.CancelAsync();
        await Should.ThrowAsync<Exception>(() => following);
        await Eventually.Is(async () =>
        {
            using var third = await ConnectAsync(system, caller);
            await Say(third, """{"action":"ping"}""");
            return (await Hear(third, 1))[0].GetProperty("type").GetString() == "pong";
        }, "there is room again");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task a_client_that_takes_nothing_is_cut_off_and_loses_nothing(bool bySocket)
    {
        await using var system = await FeedSystem.StartAsync(("Feed:SlowSeconds", "1"), ("Feed:Buffered", "8"));
        var caller = FeedSystem.Someone();
        var path = bySocket ? "/ws?after=0:0" : "/api/v1/events?after=0:0";
        using var stuck = new TcpClient { ReceiveBufferSize = 4096 };
        await stuck.ConnectAsync(system.Address.Host, system.Address.Port, cancellation);
        await stuck.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"GET {path} HTTP/1.1\r\nHost: x\r\n{(bySocket ? Upgrade : "")}Authorization: Bearer {system.Token(caller)}\r\n\r\n"), cancellation);
        // More than all the buffers on the way hold.
        var large = new string('x', 60_000);
        const int count = 200;
        for (var told = 0; told < count; told++) await system.TellAsync(caller.UserId, FeedSystem.Deposit(null, txid: large));
        await Eventually.Is(() => system.OpenStreamsOf(caller) == 0, "it is cut off");

        using var again = system.Follower(caller, bySocket);
        again.Position = "0:0";
        await again.FollowAsync(me => me.Messages.Count == count, cancellation);
        again.Messages.Select(FeedSystem.Named).ShouldBe(await system.StoredAsync(caller.UserId));
    }

    [Fact]
    public async Task a_stream_with_nothing_to_say_shows_that_it_lives_and_where_it_is()
    {
        await using var system = await FeedSystem.StartAsync(("Feed:HeartbeatSeconds", "1"));
        var caller = FeedSystem.Someone();
        using var follower = system.Follower(caller, bySocket: false, "types=sync_failed");
        var following = follower.FollowAsync(me => me.Messages.Count == 1, cancellation);
        await Eventually.Is(() => follower.Words.Count == 1, "the stream is open");
        await system.TellAsync(caller.UserId, 5);
        await Eventually.Is(() => follower.Position == "0:5", "what was none for it is behind it all the same");
        await system.TellAsync(caller.UserId, new FeedMessage.SyncFailed { Reason = "it did" });
        await following;
        follower.Seqs.ShouldBe([6]);
        follower.Connections.ShouldBe(1);
    }

    [Fact]
    public async Task a_sign_of_life_before_the_stream_has_begun_moves_nobody()
    {
        await using var system = await FeedSystem.StartAsync(("Feed:HeartbeatSeconds", "1"));
        var caller = FeedSystem.Someone();
        await system.TellAsync(caller.UserId, 5);
        await using var busy = await system.Database.OpenConnectionAsync(cancellation);
        await using var held = await HoldTheLogAsync(busy);
        using var client = system.Client(caller);
        using var answer = await client.GetAsync("/api/v1/events?after=0:3", HttpCompletionOption.ResponseHeadersRead, cancellation);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellation));
        (await reader.ReadLineAsync(cancellation)).ShouldBe(":");
        (await reader.ReadLineAsync(cancellation)).ShouldBe("", "no id: who comes again goes on where it was itself");
        await held.RollbackAsync(cancellation);
        string? line;
        do line = await reader.ReadLineAsync(cancellation);
        while (line is ":" or "");
        line.ShouldBe("event: ready");
        (await reader.ReadLineAsync(cancellation)).ShouldBe("id: 0:3");
    }

    /// <summary>A question of the database fails while the client waits for its stream to begin: it is told so, and keeps its place.</summary>
    [Fact]
    public async Task a_stream_that_fails_before_it_has_begun_moves_nobody()
    {
        await using var system = await FeedSystem.StartAsync(("Feed:HeartbeatSeconds", "1"));
        var caller = FeedSystem.Someone();
        await system.TellAsync(caller.UserId, 5);
        await using var busy = await system.Database.OpenConnectionAsync(cancellation);
        await using var held = await HoldTheLogAsync(busy);
        using var client = system.Client(caller);
        using var answer = await client.GetAsync("/api/v1/events?after=0:3", HttpCompletionOption.ResponseHeadersRead, cancellation);
        var saying = answer.Content.ReadAsStringAsync(cancellation);
        await Eventually.Is(async () =>
        {
            await using var end = new NpgsqlCommand("""
                select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
                """, busy);
            await end.ExecuteNonQueryAsync(cancellation);
            return saying.IsCompleted;
        }, "the question of where it begins was cut off");
        var said = await saying;
        said.ShouldContain("event: problem");
        said.ShouldNotContain("\nid:");
    }

    [Fact]
    public async Task a_socket_whose_client_answers_no_ping_is_cut_off()
    {
        await using var system = await FeedSystem.StartAsync(("Feed:HeartbeatSeconds", "1"), ("Feed:SilenceSeconds", "2"));
        var caller = FeedSystem.Someone();
        using var mute = new TcpClient();
        await mute.ConnectAsync(system.Address.Host, system.Address.Port, cancellation);
        await mute.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"GET /ws HTTP/1.1\r\nHost: x\r\n{Upgrade}Authorization: Bearer {system.Token(caller)}\r\n\r\n"), cancellation);
        await Eventually.Is(() => system.OpenStreamsOf(caller) == 1, "it is open");
        await Eventually.Is(() => system.OpenStreamsOf(caller) == 0, "it is cut off");
    }

    [Fact]
    public async Task a_replica_that_stops_says_where_each_stream_is()
    {
        await using var system = await FeedSystem.StartAsync();
        var caller = FeedSystem.Someone();
        await system.TellAsync(caller.UserId, 4);
        using var socket = system.Follower(caller, bySocket: true);
        using var stream = system.Follower(caller, bySocket: false);
        (socket.Position, stream.Position) = ("0:1", "0:2");
        var following = Task.WhenAll(socket.ConnectAsync(_ => false, cancellation), stream.ConnectAsync(_ => false, cancellation));
        await Eventually.Is(() => socket.Messages.Count == 3 && stream.Messages.Count == 2, "both have read all");

        var began = TimeProvider.System.GetTimestamp();
        await system.StopReplicaAsync();
        await following;
        TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(15));
        socket.Closed.ShouldBe(((WebSocketCloseStatus)1012, "0:4"));
        var closing = stream.Words[^1];
        (closing.GetProperty("type").GetString(), closing.GetProperty("position").GetString()).ShouldBe(("closing", "0:4"));
        await AsyncApiDocument.ShouldDescribe(stream.Words);
    }

    private async Task<ClientWebSocket> ConnectAsync(FeedSystem system, ServiceDefaults.Caller caller)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {system.Token(caller)}");
        await socket.ConnectAsync(new UriBuilder(system.Address) { Scheme = "ws", Path = "/ws" }.Uri, cancellation);
        return socket;
    }

    private Task Say(ClientWebSocket socket, string text) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, cancellation);

    // So many messages; none is the close.
    private async Task<List<JsonElement>> Hear(ClientWebSocket socket, int count)
    {
        var heard = new List<JsonElement>();
        var buffer = new byte[64 * 1024];
        while (heard.Count < count || count == 0)
        {
            var got = await socket.ReceiveAsync(buffer, cancellation);
            if (got.MessageType is WebSocketMessageType.Close) return heard;
            got.EndOfMessage.ShouldBeTrue();
            heard.Add(JsonElement.Parse(buffer.AsSpan(0, got.Count)));
        }

        return heard;
    }

    // Whoever asks where a stream begins waits until this transaction ends.
    private async Task<NpgsqlTransaction> HoldTheLogAsync(NpgsqlConnection connection)
    {
        var transaction = await connection.BeginTransactionAsync(cancellation);
        await using var hold = new NpgsqlCommand("lock table mt_events, mt_streams in access exclusive mode", connection);
        await hold.ExecuteNonQueryAsync(cancellation);
        return transaction;
    }

    private static string? Subscription(JsonElement said) => said.TryGetProperty("subscription", out var name) ? name.GetString() : null;
}

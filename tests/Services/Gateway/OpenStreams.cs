using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ServiceDefaults;
using Shouldly;
using Testing;
using Xunit;
using static Services.Gateway.GatewaySystem;

namespace Services.Gateway;

/// <summary>What lasts: event streams and sockets through the gateway, with keys and with tickets.</summary>
public sealed class OpenStreams
{
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task both_channels_pass_with_a_key_and_with_a_ticket()
    {
        await using var system = await StartAsync();
        var ticket = await TicketAsync(system);
        var wallet = Guid.CreateVersion7();
        var limited = "wt_test_limited_0123456789abcdef";
        system.Grant(limited, new
        {
            keyId = Guid.CreateVersion7(), userId = UserId, scopes = (string[])["portfolio:read"], walletIds = (Guid[])[wallet],
        });
        var limitedTicket = await TicketAsync(system, limited);

        foreach (var who in new[]
        {
            await FirstEventAsync(system, "/api/v1/events?after=0:1", Key),
            await FirstEventAsync(system, $"/api/v1/events?ticket={ticket}&after=0:1"),
            await FirstMessageAsync(system, "/ws?after=0:1", Key), await FirstMessageAsync(system, $"/ws?after=0:1&ticket={ticket}"),
        })
        {
            (who.Service, who.UserId, Uri.UnescapeDataString(who.Id)).ShouldBe(("portfolio", UserId, "?after=0:1"));
            who.Scopes.ShouldBe(["portfolio:read", "wallets:read", "wallets:write"]);
            who.Wallets.ShouldBeNull();
        }

        (await FirstEventAsync(system, $"/api/v1/events?ticket={limitedTicket}")).Wallets.ShouldBe([wallet]);
        system.Lines.ShouldAllBe(line => !line.Contains(ticket) && !line.Contains(limitedTicket));
    }

    [Fact]
    public async Task a_ticket_is_good_for_a_minute_here_and_nowhere_else()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var ours = Convert.ToBase64String(key.ExportPkcs8PrivateKey());
        await using var system = await StartAsync(("Identity:PrivateKey", ours));
        var caller = new Caller(UserId, KeyId, new HashSet<string> { Scopes.PortfolioRead }, null);
        using var signer = new TokenSigner("gateway", ours, TimeProvider.System);
        using var earlier = new TokenSigner("gateway", ours, new Moved(TimeSpan.FromSeconds(-61)));
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var stranger = new TokenSigner("gateway", Convert.ToBase64String(other.ExportPkcs8PrivateKey()), TimeProvider.System);

        var good = signer.ForUser(caller, "tickets");
        (await FirstEventAsync(system, $"/api/v1/events?ticket={good}")).UserId.ShouldBe(UserId);
        foreach (var bad in new[]
        {
            earlier.ForUser(caller, "tickets"), stranger.ForUser(caller, "tickets"), signer.ForUser(caller, "portfolio"),
            signer.ForService("tickets"), good[..^3] + "AAA", "x", Key,
        })
            await (await system.GetAsync($"/api/v1/events?ticket={bad}", null)).ShouldBeProblem(401, "unauthorized");
        await (await system.GetAsync($"/api/v1/events?ticket={good}&ticket={good}", null)).ShouldBeProblem(401, "unauthorized");
        await (await system.GetAsync($"/api/v1/balances?ticket={good}", null)).ShouldBeProblem(401, "unauthorized");
        await (await system.GetAsync($"/api/v1/balances", good)).ShouldBeProblem(401, "unauthorized");
        using var direct = new HttpClient { BaseAddress = system.AddressOf("portfolio") };
        direct.DefaultRequestHeaders.Authorization = new("Bearer", good);
        await (await direct.GetAsync("/api/v1/balances", cancellation)).ShouldBeProblem(401, "unauthorized");

        system.Revoke(Key);
        await Eventually.Is(async () => (await system.GetAsync($"/api/v1/events?ticket={good}", null)).StatusCode == HttpStatusCode.Unauthorized,
            "a ticket ends with its key");
    }

    [Fact]
    public async Task a_ticket_needs_the_scope_and_is_never_kept()
    {
        await using var system = await StartAsync();
        const string narrow = "wt_test_narrow_0123456789abcdef";
        system.Grant(narrow, new { keyId = Guid.CreateVersion7(), userId = UserId, scopes = (string[])["wallets:read"] });
        await (await system.SendAsync(HttpMethod.Post, "/api/v1/events/tickets", narrow)).ShouldBeProblem(403, "forbidden");
        await (await system.SendAsync(HttpMethod.Post, "/api/v1/events/tickets", null)).ShouldBeProblem(401, "unauthorized");
        await (await system.SendAsync(HttpMethod.Post, "/api/v1/events/tickets", Key, null, ("Idempotency-Key", "two words")))
            .ShouldBeProblem(400, "invalid-parameter");

        using var answer = await system.SendAsync(HttpMethod.Post, "/api/v1/events/tickets", Key, null, ("Idempotency-Key", "mine"));
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
        var made = await answer.Content.ReadFromJsonAsync<JsonElement>(cancellation);
        (made.GetProperty("expiresAt").GetDateTimeOffset() - DateTimeOffset.UtcNow).TotalSeconds.ShouldBeInRange(50, 61);
        made.GetProperty("ticket").GetString()!.Length.ShouldBeLessThan(2_000, "it has to fit into an address");
    }

    [Fact]
    public async Task streams_end_when_their_key_is_revoked()
    {
        await using var system = await StartAsync(("Gateway:StreamCheckSeconds", "1"), ("Gateway:KeyCacheSeconds", "1"));
        var ticket = await TicketAsync(system);
        var open = new List<(string Name, Task Ended)>();
        foreach (var (path, key) in new[] { ("/api/v1/events", Key), ($"/api/v1/events?ticket={ticket}", null) })
        {
            var answer = await OpenAsync(system, path, key);
            open.Add((path, DrainAsync(answer)));
        }

        foreach (var (path, key) in new[] { ("/ws", Key), ($"/ws?ticket={ticket}", null) })
        {
            var socket = await SocketAsync(system, path, key);
            open.Add((path, DrainAsync(socket)));
        }

        await Eventually.Is(() => system.LookUps >= 4, "the key is looked up while they are open");
        open.ShouldAllBe(each => !each.Ended.IsCompleted);
        system.Revoke(Key);
        foreach (var (name, ended) in open)
            await Eventually.Is(() => ended.IsCompleted, $"{name.Split('?')[0]} ends", TimeSpan.FromSeconds(10));
        await (await system.GetAsync("/api/v1/events")).ShouldBeProblem(401, "unauthorized");
    }

    [Fact]
    public async Task a_stream_of_a_session_ends_when_its_holder_logs_out()
    {
        await using var system = await StartAsync(("Gateway:StreamCheckSeconds", "1"), ("Gateway:KeyCacheSeconds", "1"));
        using var begun = await system.SendAsync(HttpMethod.Post, "/api/v1/session", null, JsonContent.Create(new { key = Key }));
        var cookie = begun.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/events") { Headers = { { "Cookie", cookie } } };
        using var stream = await system.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        stream.StatusCode.ShouldBe(HttpStatusCode.OK);
        var ended = DrainAsync(stream);
        ended.IsCompleted.ShouldBeFalse();

        (await system.SendAsync(HttpMethod.Delete, "/api/v1/session", null, null, ("Cookie", cookie), ("X-Csrf", "1"))).StatusCode
            .ShouldBe(HttpStatusCode.NoContent);

        await Eventually.Is(() => ended.IsCompleted, "the stream ends", TimeSpan.FromSeconds(10));
        await (await system.GetAsync("/api/v1/events", null, ("Cookie", cookie))).ShouldBeProblem(401, "unauthorized");
    }

    [Fact]
    public async Task streams_stay_open_while_nobody_can_say_whether_their_key_is_good()
    {
        await using var system = await StartAsync(("Gateway:StreamCheckSeconds", "1"), ("Gateway:KeyCacheSeconds", "0"));
        using var socket = await SocketAsync(system, "/ws", Key);
        var before = system.LookUps;
        system.Grant(Key, new DomainException("database-unavailable", "Nobody can say."));
        await Eventually.Is(() => system.LookUps >= before + 3, "it was asked for in vain");
        await socket.SendAsync(Encoding.UTF8.GetBytes("hello"), WebSocketMessageType.Text, true, cancellation);
        (await HearAsync(socket)).ShouldBe("hello");
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("https://app.example.org", true)]
    [InlineData("https://wallets.example.org", true)]
    [InlineData("https://evil.example.org", false)]
    [InlineData("https://app.example.org.evil.org", false)]
    [InlineData("null", false)]
    public async Task a_browsers_socket_is_of_a_page_that_is_allowed(string? origin, bool isAllowed)
    {
        await using var system = await StartAsync(("Gateway:AllowedOrigins:0", "https://app.example.org"),
            ("Gateway:PublicUrl", "https://wallets.example.org/"));
        if (isAllowed)
        {
            using var socket = await SocketAsync(system, "/ws", Key, origin);
            socket.State.ShouldBe(WebSocketState.Open);
        }
        else
        {
            await Should.ThrowAsync<WebSocketException>(() => SocketAsync(system, "/ws", Key, origin));
            await (await system.GetAsync("/ws", Key, ("Origin", origin!), ("Connection", "Upgrade"), ("Upgrade", "websocket"),
                ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="))).ShouldBeProblem(403, "forbidden");
        }
    }

    [Theory]
    [InlineData("1.1", "https://wallets.example.org", true)]
    [InlineData("1.1", "https://evil.example.org", false)]
    [InlineData("2.0", "https://wallets.example.org", true)]
    [InlineData("2.0", "https://evil.example.org", false)]
    public async Task a_session_opens_a_socket_by_either_version_of_http_from_its_own_page_only(string version, string origin, bool isAllowed)
    {
        // A browser speaks the version that the server does over TLS; without it each has a port of its own.
        var second = $"127.0.0.1:{FreePort.Next()}";
        await using var system = await StartAsync(("Gateway:PublicUrl", "https://wallets.example.org/"),
            ("Kestrel:Endpoints:Second:Url", $"http://{second}"), ("Kestrel:Endpoints:Second:Protocols", "Http2"));
        using var content = JsonContent.Create(new { key = Key });
        using var begun = await system.SendAsync(HttpMethod.Post, "/api/v1/session", null, content);
        using var browser = new HttpMessageInvoker(new SocketsHttpHandler { UseCookies = false });
        using var socket = new ClientWebSocket
        {
            Options = { HttpVersion = new(version), HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact },
        };
        socket.Options.SetRequestHeader("Cookie", begun.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
        socket.Options.SetRequestHeader("Origin", origin);
        var place = version == "2.0" ? second : system.Client.BaseAddress!.Authority;
        var opening = () => socket.ConnectAsync(new($"ws://{place}/ws"), browser, cancellation);

        if (!isAllowed)
        {
            await Should.ThrowAsync<WebSocketException>(opening);
            return;
        }

        await opening();
        JsonSerializer.Deserialize<Reached>(await HearAsync(socket))!.UserId.ShouldBe(UserId);
    }

    [Fact]
    public async Task a_gateway_that_stops_waits_for_no_stream()
    {
        await using var system = await StartAsync();
        var socket = DrainAsync(await SocketAsync(system, "/ws", Key));
        var stream = DrainAsync(await OpenAsync(system, "/api/v1/events", Key));
        var began = TimeProvider.System.GetTimestamp();
        await system.StopGatewayAsync();
        TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(15));
        await Task.WhenAll(socket, stream);
    }

    [Fact]
    public async Task a_stream_is_passed_on_as_it_comes_and_outlives_what_an_answer_may_take()
    {
        await using var system = await StartAsync(("Gateway:TimeoutSeconds", "1"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/events");
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {Key}");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "br, gzip");
        using var answer = await system.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        answer.Content.Headers.ContentEncoding.ShouldBeEmpty();
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellation));
        (await reader.ReadLineAsync(cancellation))!.ShouldContain($"{UserId}");
        for (var heard = 0; heard < 2;)
            if (await reader.ReadLineAsync(cancellation) is "data: still here") heard++;
    }

    [Fact]
    public async Task the_head_of_a_stream_comes_at_once()
    {
        await using var system = await StartAsync();
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        soon.CancelAfter(TimeSpan.FromSeconds(20));
        using var request = new HttpRequestMessage(HttpMethod.Head, "/api/v1/events");
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {Key}");
        using var answer = await system.Client.SendAsync(request, soon.Token);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
    }

    [Fact]
    public async Task to_begin_costs_more_than_to_ask()
    {
        await using var system = await StartAsync(("RateLimit:Burst", "9"), ("RateLimit:PerSecond", "1"));
        using var first = await OpenAsync(system, "/api/v1/events", Key);
        first.IsSuccessStatusCode.ShouldBeTrue();
        using var second = await OpenAsync(system, "/api/v1/events", Key);
        second.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
    }

    private async Task<string> TicketAsync(GatewaySystem system, string key = Key)
    {
        using var answer = await system.SendAsync(HttpMethod.Post, "/api/v1/events/tickets", key);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync(cancellation));
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(cancellation)).GetProperty("ticket").GetString()!;
    }

    private async Task<HttpResponseMessage> OpenAsync(GatewaySystem system, string path, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (key is not null) request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        return await system.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
    }

    private async Task<Reached> FirstEventAsync(GatewaySystem system, string path, string? key = null)
    {
        using var answer = await OpenAsync(system, path, key);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellation));
        return JsonSerializer.Deserialize<Reached>((await reader.ReadLineAsync(cancellation))!["data: ".Length..])!;
    }

    private async Task<ClientWebSocket> SocketAsync(GatewaySystem system, string path, string? key, string? origin = null)
    {
        var socket = new ClientWebSocket();
        if (key is not null) socket.Options.SetRequestHeader("Authorization", $"Bearer {key}");
        if (origin is not null) socket.Options.SetRequestHeader("Origin", origin);
        await socket.ConnectAsync(new Uri($"ws://{system.Client.BaseAddress!.Authority}{path}"), cancellation);
        await HearAsync(socket);
        return socket;
    }

    private async Task<Reached> FirstMessageAsync(GatewaySystem system, string path, string? key = null)
    {
        using var socket = new ClientWebSocket();
        if (key is not null) socket.Options.SetRequestHeader("Authorization", $"Bearer {key}");
        await socket.ConnectAsync(new Uri($"ws://{system.Client.BaseAddress!.Authority}{path}"), cancellation);
        var who = JsonSerializer.Deserialize<Reached>(await HearAsync(socket))!;
        // A close passes with its code and reason.
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", cancellation);
        (await HearAsync(socket)).ShouldBe("1012 0:1");
        return who;
    }

    private async Task<string> HearAsync(ClientWebSocket socket)
    {
        var buffer = new byte[4096];
        var heard = await socket.ReceiveAsync(buffer, cancellation);
        return heard.MessageType is WebSocketMessageType.Close
            ? $"{(int)heard.CloseStatus!} {heard.CloseStatusDescription}"
            : Encoding.UTF8.GetString(buffer, 0, heard.Count);
    }

    // Ends when the other side ends it.
    private async Task DrainAsync(HttpResponseMessage answer)
    {
        try
        {
            using (answer)
            {
                var stream = await answer.Content.ReadAsStreamAsync(cancellation);
                var buffer = new byte[1024];
                while (await stream.ReadAsync(buffer, cancellation) > 0) { }
            }
        }
        catch (Exception cut) when (cut is IOException or HttpRequestException)
        {
            // It was.
        }
    }

    private async Task DrainAsync(ClientWebSocket socket)
    {
        try
        {
            using (socket)
                while (!(await HearAsync(socket)).StartsWith("10", StringComparison.Ordinal)) { }
        }
        catch (WebSocketException)
        {
            // It was cut.
        }
    }

    private sealed class Moved(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}

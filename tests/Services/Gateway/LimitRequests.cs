using System.Net;
using System.Net.Sockets;
using System.Text;
using Shouldly;
using Xunit;
using static Services.Gateway.GatewaySystem;

namespace Services.Gateway;

public sealed class LimitRequests
{
    [Fact]
    public async Task a_key_that_has_spent_its_allowance_is_told_when_to_come_back()
    {
        await using var system = await StartAsync(("RateLimit:Burst", "3"), ("RateLimit:PerSecond", "1"));
        using var first = await system.GetAsync("/api/v1/balances");
        first.Headers.GetValues("RateLimit-Policy").ShouldBe(["\"key\";q=3;w=3"]);
        first.Headers.GetValues("RateLimit").ShouldHaveSingleItem().ShouldStartWith("\"key\";r=2;t=");

        HttpResponseMessage last;
        do last = await system.GetAsync("/api/v1/balances");
        while (last.IsSuccessStatusCode);

        last.ShouldSayWhenToRetry(await last.ShouldBeProblem(429, "rate-limited"));
        last.Headers.GetValues("RateLimit").ShouldHaveSingleItem().ShouldStartWith("\"key\";r=0;t=");
        for (var i = 0; i < 10; i++)
            (await system.GetAsync("/api/v1/health/live")).IsSuccessStatusCode.ShouldBeTrue("health is free");
    }

    [Fact]
    public async Task what_has_not_changed_costs_a_tenth()
    {
        await using var system = await StartAsync(("RateLimit:Burst", "3"), ("RateLimit:PerSecond", "1"));

        for (var i = 0; i < 20; i++)
            (await system.GetAsync("/api/v1/portfolio/unchanged")).StatusCode.ShouldBe(HttpStatusCode.NotModified);
    }

    [Fact]
    public async Task to_ask_for_anything_but_what_is_there_costs_all_of_it()
    {
        await using var system = await StartAsync(("RateLimit:Burst", "3"), ("RateLimit:PerSecond", "1"));
        const string path = "/api/v1/wallets/0198a5d2-0000-7000-8000-0000000000aa";

        HttpResponseMessage last;
        var unchanged = 0;
        while ((last = await system.GetAsync(path, Key, ("If-None-Match", "*"))).StatusCode == HttpStatusCode.NotModified)
            (++unchanged).ShouldBeLessThan(1000);

        await last.ShouldBeProblem(429, "rate-limited");
    }

    [Fact]
    public async Task a_service_says_that_nothing_has_changed_and_it_comes_through_for_a_tenth()
    {
        await using var system = await StartAsync(("RateLimit:Burst", "4"), ("RateLimit:PerSecond", "1"));
        const string path = "/api/v1/wallets/0198a5d2-0000-7000-8000-0000000000aa";
        using var first = await system.GetAsync(path);
        var tag = first.Headers.ETag.ShouldNotBeNull().ToString();

        for (var i = 0; i < 20; i++)
        {
            using var again = await system.GetAsync(path, Key, ("If-None-Match", tag));
            again.StatusCode.ShouldBe(HttpStatusCode.NotModified);
            again.Headers.ETag.ShouldNotBeNull().ToString().ShouldBe(tag);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task a_body_over_a_megabyte_is_refused(bool announced)
    {
        await using var system = await StartAsync();
        using var body = new ByteArrayContent(new byte[1024 * 1024 + 1]);
        body.Headers.ContentType = new("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/wallets") { Content = body };
        request.Headers.Authorization = new("Bearer", Key);
        request.Headers.TransferEncodingChunked = !announced;
        // Refused before it is sent in full, so the client must wait for leave to send.
        request.Headers.ExpectContinue = announced;

        using var answer = await system.Client.SendAsync(request, TestContext.Current.CancellationToken);

        await answer.ShouldBeProblem(413, "body-too-large");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task who_sends_all_of_a_body_too_large_before_looking_is_told_so_all_the_same(bool announced)
    {
        await using var system = await StartAsync();
        var (host, port) = (system.Client.BaseAddress!.Host, system.Client.BaseAddress.Port);
        byte[] piece = announced ? new byte[1024 * 1024] : [.. "100000\r\n"u8, .. new byte[1024 * 1024], .. "\r\n"u8];
        using var client = new TcpClient();
        await client.ConnectAsync(host, port, TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /api/v1/wallets HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {Key}\r\nContent-Type: application/json\r\n"
            + (announced ? $"Content-Length: {16 * piece.Length}" : "Transfer-Encoding: chunked") + "\r\nConnection: close\r\n\r\n"),
            TestContext.Current.CancellationToken);
        for (var sent = 0; sent < 16; sent++) await stream.WriteAsync(piece, TestContext.Current.CancellationToken);
        if (!announced) await stream.WriteAsync("0\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);

        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);

        answer.ShouldStartWith("HTTP/1.1 413 ");
        answer.ShouldContain("/problems/body-too-large");
    }

    [Fact]
    public async Task a_service_that_does_not_answer_in_time_is_given_up()
    {
        await using var system = await StartAsync(("Gateway:TimeoutSeconds", "1"));

        using var answer = await system.GetAsync("/api/v1/portfolio");

        answer.ShouldSayWhenToRetry(await answer.ShouldBeProblem(504, "timeout"));
    }

    [Fact]
    public async Task a_service_that_is_down_is_said_to_be()
    {
        await using var system = await StartAsync();
        (await system.GetAsync("/api/v1/balances")).IsSuccessStatusCode.ShouldBeTrue();
        await system.StopServiceAsync("portfolio");

        using var answer = await system.GetAsync("/api/v1/balances");

        answer.ShouldSayWhenToRetry(await answer.ShouldBeProblem(503, "upstream-unavailable"));
    }
}

using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ServiceDefaults;
using Shouldly;
using Testing;
using Xunit;
using static Services.Gateway.GatewaySystem;

namespace Services.Gateway;

/// <summary>What passes the gateway on its way: headers as they come, bodies compressed, and what is written down of it.</summary>
public sealed class MeetClientsAsTheyAre : IAsyncLifetime
{
    private static readonly string Wallet = $"/api/v1/wallets/{Guid.Parse("0198a5d2-0000-7000-8000-0000000000aa")}";
    private GatewaySystem system = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => system = await StartAsync(
        ("Logging:LogLevel:Default", "Warning"), ("Logging:LogLevel:Gateway", "Information"));

    public ValueTask DisposeAsync() => system.DisposeAsync();

    [Theory]
    [InlineData("User-Agent", "Geldbörse/1.0 (☃)")]
    [InlineData("Referer", "https://example.org/Übersicht")]
    [InlineData("X-Note", "日本")]
    public async Task a_header_in_utf8_is_passed_on(string name, string value)
    {
        using var answer = await system.GetAsync("/api/v1/balances", Key, (name, value));

        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(Token));
        (await answer.Content.ReadFromJsonAsync<Dictionary<string, string>>(Token)).ShouldNotBeNull()[name].ShouldBe(value);
    }

    [Theory]
    [InlineData("If-None-Match", "\"ü\"")]
    [InlineData("If-Match", "ü")]
    [InlineData("Accept", "ü/ü")]
    [InlineData("traceparent", "ü")]
    public async Task a_field_that_means_something_is_passed_on_or_refused(string name, string value)
    {
        using var answer = await system.GetAsync("/api/v1/balances", Key, (name, value));

        ((int)answer.StatusCode).ShouldBeOneOf(200, 400, 412);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task an_answer_is_compressed_for_whoever_takes_that_under_a_tag_of_its_own(string coding)
    {
        using var plain = await system.GetAsync(Wallet);
        using var compressed = await system.GetAsync(Wallet, Key, ("Accept-Encoding", coding));

        compressed.Content.Headers.ContentEncoding.ShouldBe([coding]);
        compressed.Headers.Vary.ShouldContain("Accept-Encoding");
        (await Read(compressed, coding)).ShouldBe(await plain.Content.ReadAsStringAsync(Token));
        var tag = compressed.Headers.ETag.ShouldNotBeNull();
        (tag.IsWeak, tag.Tag).ShouldBe((false, $"{plain.Headers.ETag!.Tag[..^1]}.{coding}\""));

        using var unchanged = await system.GetAsync(Wallet, Key, ("Accept-Encoding", coding), ("If-None-Match", tag.Tag));
        (unchanged.StatusCode, unchanged.Headers.ETag).ShouldBe((HttpStatusCode.NotModified, tag));
        using var matched = await system.GetAsync(Wallet, Key, ("If-Match", tag.Tag));
        (matched.StatusCode, matched.Headers.ETag).ShouldBe((HttpStatusCode.OK, plain.Headers.ETag));
        using var other = await system.GetAsync(Wallet, Key, ("If-Match", "\"other.gzip\""));
        other.StatusCode.ShouldBe(HttpStatusCode.PreconditionFailed);
    }

    [Theory]
    [InlineData("/openapi/v1.json")]
    [InlineData("/docs/index.html")]
    [InlineData("/nowhere")]
    [InlineData("/problems")]
    public async Task so_is_whatever_else_is_text(string path)
    {
        using var answer = await system.GetAsync(path, null, ("Accept-Encoding", "gzip"));

        answer.Content.Headers.ContentEncoding.ShouldBe(["gzip"]);
        (await Read(answer, "gzip")).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task each_request_is_one_line_without_its_query()
    {
        (await system.GetAsync($"{Wallet}?limit=secret-of-mine")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await system.GetAsync("/nowhere?key=secret-of-mine", null)).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        foreach (var begin in new[] { $"GET {Wallet} 400 in ", "GET /nowhere 404 in " })
            await Eventually.Is(() => system.Lines.Count(line => line.StartsWith(begin, StringComparison.Ordinal)) == 1,
                $"'{begin}' is written down once, in {string.Join('\n', system.Lines)}");
        system.Lines.ShouldAllBe(line => !line.Contains("secret-of-mine", StringComparison.Ordinal) && !line.Contains(Key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task a_refused_body_leaves_one_line_and_no_stack()
    {
        foreach (var body in new[] { "{", """{"label":7}""", new string(' ', 1024 * 1024 + 1) })
            foreach (var chunked in new[] { false, true })
            {
                using var content = new StringContent(body, Encoding.UTF8, "application/json");
                using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/wallets") { Content = content };
                request.Headers.Add("Authorization", $"Bearer {Key}");
                request.Headers.TransferEncodingChunked = chunked;
                request.Headers.ExpectContinue = body.Length > 100;
                using var answer = await system.Client.SendAsync(request, Token);
                ((int)answer.StatusCode).ShouldBeInRange(400, 422, $"{body.Length} {chunked}");
                answer.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json");
            }

        await Eventually.Is(() => system.Lines.Count(line => line.StartsWith("POST ", StringComparison.Ordinal)) == 6,
            $"all are written down in {string.Join('\n', system.Lines)}");
        system.Lines.ShouldAllBe(line => !line.Contains("Exception", StringComparison.Ordinal) && !line.Contains("   at ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task the_release_is_told_by_every_answer_and_by_health()
    {
        Release.Version.ShouldMatch(@"^\d+\.\d+\.\d+");
        foreach (var path in new[] { Wallet, "/nowhere", "/openapi/v1.json", "/api/v1/health/live" })
            (await system.GetAsync(path)).Headers.GetValues("Software-Version").ShouldBe([Release.Version]);

        var health = JsonElement.Parse(await system.Client.GetStringAsync("/api/v1/health", Token));
        health.GetProperty("version").GetString().ShouldBe(Release.Version);
        health.GetProperty("services").EnumerateArray().ShouldAllBe(service => service.GetProperty("version").GetString() == Release.Version);
    }

    [Fact]
    public async Task a_service_that_is_away_is_named()
    {
        (await system.GetAsync("/api/v1/balances")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await system.StopServiceAsync("portfolio");

        using var answer = await system.GetAsync("/api/v1/balances");

        var problem = await answer.ShouldBeProblem(503, "upstream-unavailable");
        answer.ShouldSayWhenToRetry(problem);
        problem.GetProperty("detail").GetString().ShouldBe("The service 'portfolio' cannot be reached just now.");
    }

    [Fact]
    public async Task one_that_does_not_answer_in_time_is_named_too()
    {
        await using var hasty = await StartAsync(("Gateway:TimeoutSeconds", "1"));

        using var answer = await hasty.GetAsync("/api/v1/portfolio");

        var problem = await answer.ShouldBeProblem(504, "timeout");
        answer.ShouldSayWhenToRetry(problem);
        problem.GetProperty("detail").GetString().ShouldNotBeNull().ShouldContain("'portfolio'");
    }

    private static async Task<string> Read(HttpResponseMessage answer, string coding)
    {
        await using var body = await answer.Content.ReadAsStreamAsync(Token);
        await using Stream plain = coding == "gzip" ? new GZipStream(body, CompressionMode.Decompress) : new BrotliStream(body,
            CompressionMode.Decompress);
        using var reader = new StreamReader(plain);
        return await reader.ReadToEndAsync(Token);
    }
}

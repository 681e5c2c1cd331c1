using System.Net.Http.Json;
using System.Text;
using Shouldly;
using Xunit;
using static Services.Gateway.GatewaySystem;

namespace Services.Gateway;

public sealed class ForwardRequest(ForwardRequest.Shared shared) : IClassFixture<ForwardRequest.Shared>
{
    private static readonly Guid Wallet = Guid.Parse("0198a5d2-0000-7000-8000-0000000000aa");
    private readonly GatewaySystem system = shared.System;

    [Fact]
    public async Task the_service_learns_who_calls_from_a_signed_token()
    {
        var reached = await Read(await system.GetAsync($"/api/v1/wallets/{Wallet}"));

        reached.Service.ShouldBe("wallets");
        reached.Id.ShouldBe(Wallet.ToString());
        reached.UserId.ShouldBe(UserId);
        reached.Scopes.ShouldBe(["portfolio:read", "wallets:read", "wallets:write"]);
        reached.Wallets.ShouldBeNull();
    }

    [Fact]
    public async Task a_key_for_some_wallets_stays_one()
    {
        const string narrow = "wt_test_only_one_wallet_0123456789";
        system.Grant(narrow, new
        {
            keyId = Guid.NewGuid(), userId = UserId, scopes = (string[])["wallets:read"], walletIds = (Guid[])[Wallet],
            expiresAt = DateTimeOffset.UtcNow.AddHours(1)
        });

        (await Read(await system.GetAsync($"/api/v1/wallets/{Wallet}", narrow))).Wallets.ShouldBe([Wallet]);
    }

    [Fact]
    public async Task progress_is_read_from_sync_and_asked_for_and_cancelled_at_wallets()
    {
        (await Read(await system.GetAsync("/api/v1/wallets/1/sync"))).Service.ShouldBe("sync");
        (await Read(await system.SendAsync(HttpMethod.Post, "/api/v1/wallets/1/sync"))).Service.ShouldBe("wallets");
        (await Read(await system.SendAsync(HttpMethod.Delete, "/api/v1/wallets/1/sync"))).Service.ShouldBe("wallets");
    }

    [Fact]
    public async Task neither_the_key_nor_a_forged_identity_gets_through()
    {
        var headers = (await (await system.GetAsync("/api/v1/balances", Key,
            ("X-User-Id", "someone-else"), ("X-Identity", "admin"), ("Cookie", "session=1"), ("X-Api-Key", Key), ("X-Harmless", "yes")))
            .Content.ReadFromJsonAsync<Dictionary<string, string>>(TestContext.Current.CancellationToken)).ShouldNotBeNull();

        headers.ShouldContainKeyAndValue("X-Harmless", "yes");
        headers.Values.ShouldAllBe(value => !value.Contains(Key, StringComparison.Ordinal));
        headers.Keys.ShouldNotContain("X-User-Id");
        headers.Keys.ShouldNotContain("X-Identity");
        headers.Keys.ShouldNotContain("Cookie");
    }

    [Fact]
    public async Task one_trace_goes_through()
    {
        const string trace = "0af7651916cd43dd8448eb211c80319c";
        var headers = (await (await system.GetAsync("/api/v1/balances", Key, ("traceparent", $"00-{trace}-b7ad6b7169203331-01")))
            .Content.ReadFromJsonAsync<Dictionary<string, string>>(TestContext.Current.CancellationToken)).ShouldNotBeNull();

        headers.Single(header => header.Key.Equals("traceparent", StringComparison.OrdinalIgnoreCase)).Value.ShouldContain(trace);
        var problem = await (await system.GetAsync("/nowhere", Key, ("traceparent", $"00-{trace}-b7ad6b7169203331-01")))
            .ShouldBeProblem(404, "not-found");
        problem.GetProperty("instance").GetString().ShouldBe($"urn:trace:{trace}");
    }

    [Theory]
    [InlineData("/api/v1/wallets/{wallet}", 200)]
    [InlineData("/api/v1/health/live", 200)]
    [InlineData("/openapi/v1.json", 200)]
    [InlineData("/docs/index.html", 200)]
    [InlineData("/nowhere", 404)]
    public async Task head_is_answered_as_get_is_without_the_body(string path, int status)
    {
        path = path.Replace("{wallet}", $"{Wallet}", StringComparison.Ordinal);
        using var whole = await system.GetAsync(path);
        using var head = await system.SendAsync(HttpMethod.Head, path);

        ((int)head.StatusCode, (int)whole.StatusCode).ShouldBe((status, status));
        Names(head).ShouldBe(Names(whole));
        (head.Content.Headers.ContentType, head.Headers.ETag?.Tag).ShouldBe((whole.Content.Headers.ContentType, whole.Headers.ETag?.Tag));
        if (head.Content.Headers.ContentLength is { } length) length.ShouldBe(whole.Content.Headers.ContentLength!.Value);
        (await head.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty();
        (await whole.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).ShouldNotBeEmpty();

        static IEnumerable<string> Names(HttpResponseMessage answer) => answer.Headers.Concat(answer.Content.Headers)
            // How a body is sent says nothing of one that is not (RFC 9112 section 6.1).
            .Select(header => header.Key).Where(name => name != "Transfer-Encoding").Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task head_is_told_when_nothing_has_changed()
    {
        using var whole = await system.GetAsync($"/api/v1/wallets/{Wallet}");

        ((int)(await system.SendAsync(HttpMethod.Head, $"/api/v1/wallets/{Wallet}", Key, null,
            ("If-None-Match", whole.Headers.ETag!.Tag))).StatusCode).ShouldBe(304);
    }

    [Theory]
    [InlineData("PUT", "/api/v1/wallets/1/sync", "DELETE, GET, HEAD, POST")]
    [InlineData("OPTIONS", "/api/v1/wallets/1/sync", "DELETE, GET, HEAD, POST")]
    [InlineData("OPTIONS", "/api/v1/balances", "GET, HEAD")]
    [InlineData("POST", "/api/v1/balances", "GET, HEAD")]
    [InlineData("PATCH", "/api/v1/health/live", "GET, HEAD")]
    [InlineData("OPTIONS", "/api/v1/wallets", "POST")]
    public async Task what_is_not_allowed_is_answered_with_what_is(string method, string path, string allowed)
    {
        using var answer = await system.SendAsync(new HttpMethod(method), path);

        await answer.ShouldBeProblem(405, "method-not-allowed");
        string.Join(", ", answer.Content.Headers.Allow.Order(StringComparer.Ordinal)).ShouldBe(allowed);
    }

    [Theory]
    [InlineData("/nowhere")]
    [InlineData("/api/v1/wallets/1/secrets")]
    [InlineData("/api/v2/wallets")]
    [InlineData("/internal/api-keys/verify")]
    [InlineData("/api/v1/wallets/../../internal/api-keys/verify")]
    public async Task what_is_not_routed_is_not_there(string path) =>
        await (await system.GetAsync(path, null)).ShouldBeProblem(404, "not-found");

    [Fact]
    public async Task an_id_of_the_wrong_shape_names_nothing() =>
        await (await system.GetAsync("/api/v1/wallets/not-an-id")).ShouldBeProblem(404, "not-found");

    [Fact]
    public async Task a_method_that_is_not_there_is_a_problem()
    {
        await (await system.SendAsync(HttpMethod.Put, "/api/v1/wallets/1/sync")).ShouldBeProblem(405, "method-not-allowed");
        await (await system.SendAsync(HttpMethod.Put, "/api/v1/wallets")).ShouldBeProblem(405, "method-not-allowed");
    }

    [Fact]
    public async Task the_services_own_problems_come_through()
    {
        await (await Post("{\"label\":")).ShouldBeProblem(400, "malformed-json");
        var problem = await (await Post("{\"label\":7}")).ShouldBeProblem(422, "invalid-body");
        problem.GetProperty("errors")[0].GetProperty("pointer").GetString().ShouldBe("/label");
        using var form = new FormUrlEncodedContent([]);
        await (await system.SendAsync(HttpMethod.Post, "/api/v1/wallets", Key, form)).ShouldBeProblem(415, "unsupported-media-type");
    }

    [Fact]
    public async Task a_missing_scope_is_named()
    {
        var problem = await (await system.GetAsync("/api/v1/users")).ShouldBeProblem(403, "forbidden");

        problem.GetProperty("detail").GetString().ShouldNotBeNull().ShouldContain("'admin'");
    }

    [Fact]
    public async Task no_answer_says_what_software_gave_it()
    {
        using var answer = await system.GetAsync($"/api/v1/wallets/{Wallet}");

        answer.Headers.Contains("Server").ShouldBeFalse();
        answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        answer.Headers.CacheControl.ShouldNotBeNull().Private.ShouldBeTrue();
    }

    /// <summary>One gateway for all of them: nothing here changes it.</summary>
    public sealed class Shared : IAsyncLifetime
    {
        internal GatewaySystem System { get; private set; } = null!;

        public async ValueTask InitializeAsync() => System = await StartAsync();

        public ValueTask DisposeAsync() => System.DisposeAsync();
    }

    private static async Task<Reached> Read(HttpResponseMessage answer)
    {
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return (await answer.Content.ReadFromJsonAsync<Reached>(TestContext.Current.CancellationToken)).ShouldNotBeNull();
    }

    private async Task<HttpResponseMessage> Post(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        return await system.SendAsync(HttpMethod.Post, "/api/v1/wallets", Key, content);
    }
}

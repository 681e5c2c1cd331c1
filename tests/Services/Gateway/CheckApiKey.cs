using System.Diagnostics;
using ServiceDefaults;
using Shouldly;
using Testing;
using Xunit;
using static Services.Gateway.GatewaySystem;

namespace Services.Gateway;

public sealed class CheckApiKey : IAsyncLifetime
{
    private const string Unknown = "wt_test_unknown_0123456789";
    private GatewaySystem system = null!;

    public async ValueTask InitializeAsync() => system = await StartAsync();

    public ValueTask DisposeAsync() => system.DisposeAsync();

    [Fact]
    public async Task no_key_is_no_caller()
    {
        using var answer = await system.GetAsync("/api/v1/balances", null);

        await answer.ShouldBeProblem(401, "unauthorized");
        answer.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer");
    }

    [Theory]
    [InlineData("not-a-key")]
    [InlineData("wt_test_short")]
    [InlineData("eyJhbGciOiJFUzI1NiJ9.e30.c2ln")]
    public async Task what_cannot_be_a_key_is_refused_without_asking(string key)
    {
        await (await system.GetAsync("/api/v1/balances", key)).ShouldBeProblem(401, "unauthorized");

        system.LookUps.ShouldBe(0);
    }

    [Fact]
    public async Task either_header_will_do()
    {
        using var answer = await system.GetAsync("/api/v1/balances", null, ("X-Api-Key", Key));

        answer.IsSuccessStatusCode.ShouldBeTrue();
    }

    [Fact]
    public async Task an_unknown_key_is_refused_and_not_asked_for_each_time()
    {
        for (var i = 0; i < 50; i++)
            await (await system.GetAsync("/api/v1/balances", Unknown)).ShouldBeProblem(401, "unauthorized");

        system.LookUps.ShouldBeLessThan(50);
    }

    [Fact]
    public async Task a_key_made_after_it_was_refused_is_soon_let_in()
    {
        await (await system.GetAsync("/api/v1/balances", Unknown)).ShouldBeProblem(401, "unauthorized");
        system.Grant(Unknown, new { keyId = Guid.NewGuid(), userId = UserId, scopes = (string[])["portfolio:read"] });

        await Eventually.Is(async () => (await system.GetAsync("/api/v1/balances", Unknown)).IsSuccessStatusCode, "the new key is found",
            TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task an_expired_key_is_refused()
    {
        system.Grant(Unknown, new
        {
            keyId = Guid.NewGuid(), userId = UserId, scopes = (string[])["portfolio:read"],
            expiresAt = DateTimeOffset.UtcNow.AddSeconds(-1)
        });

        await (await system.GetAsync("/api/v1/balances", Unknown)).ShouldBeProblem(401, "key-expired");
    }

    [Theory]
    [InlineData("key-revoked", "key-revoked")]
    [InlineData("key-expired", "key-expired")]
    [InlineData("internal", "unauthorized")]
    public async Task who_holds_a_key_that_is_no_longer_good_is_told_why(string reason, string code)
    {
        system.Grant(Unknown, new DomainException("key-not-found", "It is no longer good.", [new("/hash", reason, "It is no longer good.")]));

        using var answer = await system.GetAsync("/api/v1/balances", Unknown);

        await answer.ShouldBeProblem(401, code);
        answer.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer");
    }

    [Fact]
    public async Task a_hundred_requests_at_once_ask_once()
    {
        system.HoldLookUps = new TaskCompletionSource();
        var requests = Enumerable.Range(0, 100).Select(_ => system.GetAsync("/api/v1/balances")).ToArray();
        await Eventually.Is(() => system.LookUps > 0, "the key is looked up");
        system.HoldLookUps.SetResult();

        (await Task.WhenAll(requests)).ShouldAllBe(answer => answer.IsSuccessStatusCode);
        system.LookUps.ShouldBe(1);
    }

    [Fact]
    public async Task a_key_revoked_here_stops_working_at_once()
    {
        (await system.GetAsync("/api/v1/balances")).IsSuccessStatusCode.ShouldBeTrue();
        (await system.SendAsync(HttpMethod.Delete, $"/api/v1/api-keys/{KeyId}")).IsSuccessStatusCode.ShouldBeTrue();
        system.Revoke(Key);

        await (await system.GetAsync("/api/v1/balances")).ShouldBeProblem(401, "unauthorized");
    }

    [Theory]
    [InlineData("DELETE", "/api/v1/api-keys/0198a5d2-0000-7000-8000-0000000000aa", true)]
    [InlineData("POST", "/api/v1/api-keys/0198a5d2-0000-7000-8000-000000000002", false)]
    [InlineData("POST", "/api/v1/users/0198a5d2-0000-7000-8000-000000000001", false)]
    public async Task what_changes_another_key_or_nothing_has_no_key_looked_up_again(string method, string path, bool succeeds)
    {
        await using var system = await StartAsync(("Gateway:KeyCacheSeconds", "10"));
        (await system.GetAsync("/api/v1/balances")).IsSuccessStatusCode.ShouldBeTrue();

        (await system.SendAsync(new HttpMethod(method), path)).IsSuccessStatusCode.ShouldBe(succeeds);

        (await system.GetAsync("/api/v1/balances")).IsSuccessStatusCode.ShouldBeTrue();
        system.LookUps.ShouldBe(1);
    }

    [Fact]
    public async Task who_hangs_up_before_an_invented_key_is_looked_up_has_paid_for_it()
    {
        await using var strict = await StartAsync(("RateLimit:FailedKeysBurst", "3"));
        strict.HoldLookUps = new TaskCompletionSource();

        // One comes back each second; hanging up is faster.
        for (var i = 0; i < 100; i++)
        {
            var before = strict.LookUps;
            using var hangsUp = new CancellationTokenSource();
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/balances");
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {Invented()}");
            var asked = strict.Client.SendAsync(request, hangsUp.Token);
            await Eventually.Is(() => asked.IsCompleted || strict.LookUps > before, "the key is looked up or refused");
            if (asked.IsCompleted)
            {
                await (await asked).ShouldBeProblem(429, "too-many-failed-keys");
                return;
            }

            await hangsUp.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(asked);
        }

        Assert.Fail("a hundred keys were looked up for nothing");
    }

    [Fact]
    public async Task many_invented_keys_at_once_are_charged_before_they_are_looked_up()
    {
        await using var strict = await StartAsync(("RateLimit:FailedKeysBurst", "3"));
        strict.HoldLookUps = new TaskCompletionSource();

        var answers = Enumerable.Range(0, 50).Select(_ => strict.GetAsync("/api/v1/balances", Invented())).ToList();
        await Eventually.Is(() => answers.Count(answer => answer.IsCompleted) >= 40, "most are refused while the first are looked up");
        strict.HoldLookUps.SetResult();

        var codes = (await Task.WhenAll(answers)).CountBy(answer => (int)answer.StatusCode).ToDictionary();
        codes.Keys.ShouldBeSubsetOf([401, 429]);
        codes[401].ShouldBeLessThan(10);
        strict.LookUps.ShouldBe(codes[401]);
    }

    [Fact]
    public async Task a_good_key_is_looked_up_again_whatever_others_at_its_address_send()
    {
        await using var system = await StartAsync(("Gateway:KeyCacheSeconds", "0"), ("RateLimit:FailedKeysBurst", "3"));
        (await system.GetAsync("/api/v1/balances")).IsSuccessStatusCode.ShouldBeTrue();
        for (var i = 0; i < 10; i++)
        {
            using var theirs = await system.GetAsync("/api/v1/balances", Invented());
            (await system.GetAsync("/api/v1/balances")).IsSuccessStatusCode.ShouldBeTrue("it was good before, and its remembered answer has ended");
        }
    }

    [Fact]
    public async Task who_tries_invented_keys_is_slowed_down_by_address_and_nobody_else_is()
    {
        await using var strict = await StartAsync(("RateLimit:FailedKeysBurst", "3"));
        (await strict.GetAsync("/api/v1/balances")).IsSuccessStatusCode.ShouldBeTrue();
        for (var i = 0; i < 3; i++)
            await (await strict.GetAsync("/api/v1/balances", Invented())).ShouldBeProblem(401, "unauthorized");
        var (asked, watch) = (strict.LookUps, Stopwatch.StartNew());

        for (var i = 0; i < 20; i++)
        {
            // Whoever can write a header can be from anywhere: it is believed of configured proxies only.
            using var answer = await strict.GetAsync("/api/v1/balances", Invented(), ("X-Forwarded-For", $"203.0.113.{i}"));
            // One comes back each second.
            if (answer.StatusCode == System.Net.HttpStatusCode.Unauthorized) continue;
            answer.ShouldSayWhenToRetry(await answer.ShouldBeProblem(429, "too-many-failed-keys"));
        }

        strict.LookUps.ShouldBeLessThanOrEqualTo(asked + (int)watch.Elapsed.TotalSeconds + 1);
        (await strict.GetAsync("/api/v1/balances")).IsSuccessStatusCode.ShouldBeTrue("a key that is known is good from anywhere");
    }

    [Fact]
    public async Task behind_a_configured_proxy_the_client_it_names_counts()
    {
        await using var behind = await StartAsync(("RateLimit:FailedKeysBurst", "1"), ("Gateway:Proxies:0", "127.0.0.0/8"),
            ("Gateway:Proxies:1", "::1"));

        foreach (var client in new[] { "203.0.113.1", "203.0.113.2", "2001:db8::1", "2001:db8:0:1::1" })
            await (await behind.GetAsync("/api/v1/balances", Invented(), ("X-Forwarded-For", $"198.51.100.7, {client}")))
                .ShouldBeProblem(401, "unauthorized");
        await (await behind.GetAsync("/api/v1/balances", Invented(), ("X-Forwarded-For", "2001:db8::ffff")))
            .ShouldBeProblem(429, "too-many-failed-keys");
    }

    [Fact]
    public async Task when_keys_cannot_be_checked_nobody_is_let_in_and_nobody_is_called_unknown()
    {
        await system.StopServiceAsync("wallets");

        using var answer = await system.GetAsync("/api/v1/balances");

        answer.ShouldSayWhenToRetry(await answer.ShouldBeProblem(503, "upstream-unavailable"));
        (await system.GetAsync("/api/v1/health/live")).IsSuccessStatusCode.ShouldBeTrue("health needs no key, not even with one");
    }

    private static string Invented() => $"wt_live_{Guid.NewGuid():N}";
}

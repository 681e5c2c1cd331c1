using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ServiceDefaults;
using Shouldly;
using Wallets;
using Xunit;

namespace Services.Gateway;

/// <summary>What a browser does: a key, or a link that works once, becomes a session in a cookie, which does what the key does.</summary>
[Collection(nameof(PublicApi))]
public sealed class LogInAndOut(PublicApi api) : IDisposable
{
    private readonly HttpClient browser = new(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = api.Address };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => browser.Dispose();

    [Fact]
    public async Task a_key_becomes_a_cookie_that_does_what_the_key_does()
    {
        var owner = await api.NewUserAsync();
        var (mine, other) = ((await api.NewWalletAsync(owner)).Wallet, (await api.NewWalletAsync(owner)).Wallet);
        var key = await api.NewKeyAsync(owner, [mine], Scopes.WalletsRead, Scopes.PortfolioRead);

        using var answer = await SendAsync(HttpMethod.Post, "/api/v1/session", body: new { key });

        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync(Token));
        answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
        var set = answer.Headers.GetValues("Set-Cookie").ShouldHaveSingleItem();
        set.ShouldMatch("^wt_session=wt_session_[A-Za-z0-9_-]{43}; max-age=(43200|4319[0-9]); path=/; samesite=strict; httponly$");
        var text = await answer.Content.ReadAsStringAsync(Token);
        text.ShouldNotContain(key);
        text.ShouldNotContain(CookieOf(answer));
        var view = JsonElement.Parse(text);
        view.GetProperty("userId").GetGuid().ShouldBe(owner);
        view.GetProperty("name").GetString().ShouldNotBeNull().ShouldEndWith("@example.org");
        view.GetProperty("scopes").EnumerateArray().Select(scope => scope.GetString()).ShouldBe([Scopes.PortfolioRead, Scopes.WalletsRead]);
        view.GetProperty("walletIds").EnumerateArray().Select(id => id.GetGuid()).ShouldBe([mine]);
        (view.GetProperty("expiresAt").GetDateTimeOffset() - DateTimeOffset.UtcNow).TotalHours.ShouldBeInRange(11.9, 12);
        view.GetProperty("sample").GetArrayLength().ShouldBe(0);

        var cookie = CookieOf(answer);
        (await JsonAsync(await SendAsync(HttpMethod.Get, "/api/v1/session", cookie))).GetRawText().ShouldBe(view.GetRawText());
        (await SendAsync(HttpMethod.Get, $"/api/v1/wallets/{mine}", cookie)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await (await SendAsync(HttpMethod.Get, $"/api/v1/wallets/{other}", cookie)).ShouldBeProblem(404, "wallet-not-found");
        await (await SendAsync(HttpMethod.Get, "/api/v1/users", cookie)).ShouldBeProblem(403, "forbidden");
        // Neither text is kept anywhere.
        foreach (var secret in new[] { key, cookie["wt_session=".Length..] })
            (await Wallets.DatabaseText.Contains(api.DatabaseOf("wallets").DataSource, secret)).ShouldBeFalse();
    }

    [Theory]
    [InlineData(null, null, null, 403)]
    [InlineData("0", null, null, 403)]
    [InlineData("1", null, null, 201)]
    [InlineData("1", "cross-site", null, 403)]
    [InlineData("1", "same-site", null, 403)]
    [InlineData("1", "none", null, 403)]
    [InlineData("1", "same-origin", null, 201)]
    [InlineData(null, "same-origin", null, 403)]
    [InlineData("1", null, "https://evil.example", 403)]
    [InlineData("1", null, "null", 403)]
    [InlineData("1", null, "own", 201)]
    [InlineData("1", null, "other port", 403)]
    public async Task what_changes_something_comes_from_a_page_of_ours(string? csrf, string? site, string? origin, int status)
    {
        var (_, cookie) = await NewSessionAsync(Scopes.WalletsWrite);
        origin = origin switch
        {
            "own" => api.Address.GetLeftPart(UriPartial.Authority),
            "other port" => $"http://127.0.0.1:{api.Address.Port + 1}",
            _ => origin,
        };

        using var answer = await SendAsync(HttpMethod.Post, "/api/v1/wallets", cookie, new { label = "Mine" },
            ("X-Csrf", csrf), ("Sec-Fetch-Site", site), ("Origin", origin));

        if (status == 201) answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        else await answer.ShouldBeProblem(status, "csrf");
    }

    [Fact]
    public async Task a_page_of_others_logs_nobody_in()
    {
        var key = await api.NewKeyAsync(await api.NewUserAsync(), null, Scopes.WalletsRead);

        using var answer = await SendAsync(HttpMethod.Post, "/api/v1/session", body: new { key }, headers: ("Sec-Fetch-Site", "cross-site"));

        await answer.ShouldBeProblem(403, "csrf");
        answer.Headers.Contains("Set-Cookie").ShouldBeFalse();
    }

    [Fact]
    public async Task a_header_comes_before_the_cookie()
    {
        var (_, cookie) = await NewSessionAsync(Scopes.WalletsRead);
        var other = await api.NewUserAsync();
        var key = await api.NewKeyAsync(other, null, Scopes.WalletsWrite);

        (await JsonAsync(await SendAsync(HttpMethod.Get, "/api/v1/session", cookie, headers: ("Authorization", $"Bearer {key}"))))
            .GetProperty("userId").GetGuid().ShouldBe(other);
        // A header is nothing that a page of others could make a browser send, so no more is asked for.
        (await SendAsync(HttpMethod.Post, "/api/v1/wallets", cookie, new { label = "Mine" }, ("X-Api-Key", key))).StatusCode
            .ShouldBe(HttpStatusCode.Created);
        await (await SendAsync(HttpMethod.Get, "/api/v1/session", cookie, headers: ("Authorization", "Bearer wt_live_unknown_0123456789")))
            .ShouldBeProblem(401, "unauthorized");
    }

    [Fact]
    public async Task a_key_in_the_cookie_is_no_session()
    {
        var key = await api.NewKeyAsync(await api.NewUserAsync(), null, Scopes.WalletsRead);

        await (await SendAsync(HttpMethod.Get, "/api/v1/wallets", $"wt_session={key}")).ShouldBeProblem(401, "unauthorized");
    }

    [Fact]
    public async Task who_logs_out_is_out_at_once()
    {
        var (_, cookie) = await NewSessionAsync(Scopes.WalletsRead);
        (await SendAsync(HttpMethod.Get, "/api/v1/wallets", cookie)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await (await SendAsync(HttpMethod.Delete, "/api/v1/session", cookie)).ShouldBeProblem(403, "csrf");

        using var answer = await SendAsync(HttpMethod.Delete, "/api/v1/session", cookie, headers: ("X-Csrf", "1"));

        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        answer.Headers.GetValues("Set-Cookie").ShouldHaveSingleItem().ShouldStartWith("wt_session=; max-age=0; path=/;");
        using var later = await SendAsync(HttpMethod.Get, "/api/v1/wallets", cookie);
        await later.ShouldBeProblem(401, "key-revoked");
        // A browser that was not told takes it away now.
        later.Headers.GetValues("Set-Cookie").ShouldHaveSingleItem().ShouldStartWith("wt_session=; max-age=0;");
        await (await SendAsync(HttpMethod.Get, "/api/v1/session", null)).ShouldBeProblem(401, "unauthorized");
    }

    [Fact]
    public async Task to_log_out_with_a_key_in_a_header_leaves_the_key()
    {
        using var client = await api.NewClientAsync(Scopes.WalletsRead);

        await (await client.DeleteAsync("/api/v1/session", Token)).ShouldBeProblem(409, "conflict");

        (await client.GetAsync("/api/v1/wallets", Token)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task a_session_ends_with_its_key_and_with_its_user()
    {
        var owner = await api.NewUserAsync();
        using var admin = await api.NewClientAsync(Scopes.Admin);
        var (revoked, expiring, left) = (await KeyAsync(owner, null), await KeyAsync(owner, DateTimeOffset.UtcNow.AddHours(1)),
            await KeyAsync(owner, null));
        var (first, second, third) = (await LogInAsync(revoked.Text), await LogInAsync(expiring.Text), await LogInAsync(left.Text));
        foreach (var cookie in new[] { first, second, third })
            (await SendAsync(HttpMethod.Get, "/api/v1/wallets", cookie)).StatusCode.ShouldBe(HttpStatusCode.OK);
        ((await JsonAsync(await SendAsync(HttpMethod.Get, "/api/v1/session", second))).GetProperty("expiresAt").GetDateTimeOffset()
            - DateTimeOffset.UtcNow).TotalHours.ShouldBeInRange(0.9, 1);

        (await admin.DeleteAsync($"/api/v1/api-keys/{revoked.Id}", Token)).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        await (await SendAsync(HttpMethod.Get, "/api/v1/wallets", first)).ShouldBeProblem(401, "key-revoked");
        (await SendAsync(HttpMethod.Get, "/api/v1/wallets", third)).StatusCode.ShouldBe(HttpStatusCode.OK);

        (await admin.PatchAsJsonAsync($"/api/v1/users/{owner}", new { disabled = true }, Token)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await (await SendAsync(HttpMethod.Get, "/api/v1/wallets", third)).ShouldBeProblem(401, "user-disabled");
    }

    [Fact]
    public async Task twelve_hours_are_the_end_of_it_and_so_is_the_end_of_its_key()
    {
        var owner = await api.NewUserAsync();
        var (key, now) = (await KeyAsync(owner, null), DateTimeOffset.UtcNow);
        var over = await SessionAsync(owner, key.Id, now.AddHours(-13));
        var stillOn = await SessionAsync(owner, key.Id, now.AddHours(-11));
        var ended = await KeyAsync(owner, now.AddHours(-1), now.AddHours(-2));
        var ofEnded = await SessionAsync(owner, ended.Id, now.AddHours(-2));

        await (await SendAsync(HttpMethod.Get, "/api/v1/wallets", over)).ShouldBeProblem(401, "key-expired");
        (await SendAsync(HttpMethod.Get, "/api/v1/wallets", stillOn)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await (await SendAsync(HttpMethod.Get, "/api/v1/wallets", ofEnded)).ShouldBeProblem(401, "key-expired");
        await (await SendAsync(HttpMethod.Post, "/api/v1/session", body: new { key = ended.Text })).ShouldBeProblem(401, "key-expired");
    }

    [Fact]
    public async Task a_session_begets_neither_a_session_nor_a_key()
    {
        var (_, cookie) = await NewSessionAsync(Scopes.WalletsRead);

        await (await SendAsync(HttpMethod.Post, "/api/v1/session", body: new { key = cookie["wt_session=".Length..] }))
            .ShouldBeProblem(401, "unauthorized");
        await (await SendAsync(HttpMethod.Post, "/api/v1/api-keys/current/rotate", cookie, headers: ("X-Csrf", "1")))
            .ShouldBeProblem(409, "conflict");
        (await JsonAsync(await SendAsync(HttpMethod.Get, "/api/v1/api-keys/current", cookie))).GetProperty("label").GetString().ShouldBe("Session");
    }

    [Fact]
    public async Task administrators_see_who_logs_in_and_can_end_it_but_among_keys_there_is_none()
    {
        using var admin = await api.NewClientAsync(Scopes.Admin);
        var owner = await api.NewUserAsync();
        var key = await KeyAsync(owner, null);
        var (stays, ends, loggedOut) = (await LogInAsync(key.Text), await LogInAsync(key.Text), await LogInAsync(key.Text));
        (await SendAsync(HttpMethod.Delete, "/api/v1/session", loggedOut, headers: ("X-Csrf", "1"))).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        var begun = await EntriesAsync(admin, owner, "session-begun");
        begun.Count.ShouldBe(3);
        begun.ShouldAllBe(entry => entry.GetProperty("actorUserId").GetGuid() == owner && entry.GetProperty("actorKeyId").GetGuid() == key.Id);
        (await EntriesAsync(admin, owner, "session-ended")).ShouldHaveSingleItem().GetProperty("userId").GetGuid().ShouldBe(owner);
        (await JsonAsync(await admin.GetAsync($"/api/v1/api-keys?userId={owner}", Token))).GetProperty("data").EnumerateArray()
            .ShouldHaveSingleItem().GetProperty("id").GetGuid().ShouldBe(key.Id);

        var id = (await JsonAsync(await SendAsync(HttpMethod.Get, "/api/v1/api-keys/current", ends))).GetProperty("id").GetGuid();
        begun.Select(entry => entry.GetProperty("keyId").GetGuid()).ShouldContain(id);
        (await admin.DeleteAsync($"/api/v1/api-keys/{id}", Token)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await (await SendAsync(HttpMethod.Get, "/api/v1/wallets", ends)).ShouldBeProblem(401, "key-revoked");
        (await SendAsync(HttpMethod.Get, "/api/v1/wallets", stays)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task a_link_lets_its_user_in_once_whoever_tries_at_the_same_moment()
    {
        var owner = await api.NewUserAsync();
        var link = await LinkAsync(owner, DateTimeOffset.UtcNow);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => SendAsync(HttpMethod.Post, "/api/v1/session", body: new { link })));

        var good = answers.Where(answer => answer.StatusCode == HttpStatusCode.Created).ShouldHaveSingleItem();
        foreach (var refused in answers.Where(answer => answer != good)) await refused.ShouldBeProblem(401, "unauthorized");
        var view = await JsonAsync(await SendAsync(HttpMethod.Get, "/api/v1/session", CookieOf(good)));
        view.GetProperty("userId").GetGuid().ShouldBe(owner);
        // All that an administrator may do, as the users here are.
        view.GetProperty("scopes").GetArrayLength().ShouldBe(Scopes.All.Count);
        await (await SendAsync(HttpMethod.Post, "/api/v1/session", body: new { link })).ShouldBeProblem(401, "unauthorized");
    }

    [Fact]
    public async Task a_link_is_good_for_ten_minutes_for_those_who_may_come()
    {
        var (owner, disabled) = (await api.NewUserAsync(), await api.NewUserAsync());
        var over = await LinkAsync(owner, DateTimeOffset.UtcNow.AddMinutes(-10.1));
        var ofDisabled = await LinkAsync(disabled, DateTimeOffset.UtcNow);
        await api.StoreAsync(async work =>
        {
            await work.RecordAsync(User.Category, disabled, [new UserEvent.UserDisabled(disabled, DateTimeOffset.UtcNow)], 1, Actor.Command, default);
            return true;
        });

        await (await SendAsync(HttpMethod.Post, "/api/v1/session", body: new { link = over })).ShouldBeProblem(401, "unauthorized");
        await (await SendAsync(HttpMethod.Post, "/api/v1/session", body: new { link = ofDisabled })).ShouldBeProblem(401, "user-disabled");
        foreach (var link in new[] { ApiKeySecret.New("wl_").Text, "wl_short", "", "x" })
            await (await SendAsync(HttpMethod.Post, "/api/v1/session", body: new { link })).ShouldBeProblem(401, "unauthorized");
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"key":"wt_live_0123456789abcdef","link":"wl_x"}""")]
    [InlineData("""{"key":7}""")]
    [InlineData("""{"password":"x"}""")]
    public async Task one_of_the_two_is_what_it_takes(string body)
    {
        using var content = new StringContent(body, null, "application/json");

        await (await browser.PostAsync("/api/v1/session", content, Token)).ShouldBeProblem(422, "invalid-body");
    }

    [Fact]
    public async Task what_is_never_good_costs_as_failed_keys_do()
    {
        await using var system = await GatewaySystem.StartAsync(("RateLimit:FailedKeysBurst", "3"), ("RateLimit:FailedKeysPerSecond", "1"));
        HttpResponseMessage last;
        var refused = 0;
        do last = await LogInAt(system, new { key = "wt_live_unknown_0123456789" });
        while (last.StatusCode == HttpStatusCode.Unauthorized && ++refused < 50);

        last.ShouldSayWhenToRetry(await last.ShouldBeProblem(429, "too-many-failed-keys"));
        refused.ShouldBeInRange(3, 10);
        // Whatever else is tried from there, by link too.
        await (await LogInAt(system, new { link = "wl_0123456789012345678901234567890123456789012" })).ShouldBeProblem(429, "too-many-failed-keys");
    }

    [Fact]
    public async Task whose_key_was_good_logs_in_whatever_others_at_the_same_address_do()
    {
        await using var system = await GatewaySystem.StartAsync(("RateLimit:FailedKeysBurst", "2"), ("RateLimit:FailedKeysPerSecond", "1"));
        (await LogInAt(system, new { key = GatewaySystem.Key })).StatusCode.ShouldBe(HttpStatusCode.Created);
        HttpResponseMessage last;
        var refused = 0;
        do last = await LogInAt(system, new { key = $"wt_live_unknown_0123456789{refused}" });
        while (last.StatusCode == HttpStatusCode.Unauthorized && ++refused < 50);
        await last.ShouldBeProblem(429, "too-many-failed-keys");

        (await LogInAt(system, new { key = GatewaySystem.Key })).StatusCode.ShouldBe(HttpStatusCode.Created);

        // No longer good, it counts like any other.
        system.Revoke(GatewaySystem.Key);
        do last = await LogInAt(system, new { key = GatewaySystem.Key });
        while (last.StatusCode == HttpStatusCode.Created || (last.StatusCode == HttpStatusCode.Unauthorized && ++refused < 50));
        await last.ShouldBeProblem(429, "too-many-failed-keys");
    }

    [Fact]
    public async Task a_good_key_logs_in_as_often_as_its_allowance_lasts()
    {
        await using var system = await GatewaySystem.StartAsync(("RateLimit:Burst", "50"), ("RateLimit:PerSecond", "1"),
            ("RateLimit:FailedKeysBurst", "1"));
        HttpResponseMessage last;
        var good = 0;
        do last = await LogInAt(system, new { key = GatewaySystem.Key });
        while (last.IsSuccessStatusCode && ++good < 50);

        good.ShouldBeInRange(2, 4);
        last.ShouldSayWhenToRetry(await last.ShouldBeProblem(429, "rate-limited"));
    }

    [Fact]
    public async Task over_tls_the_cookie_is_for_tls_only()
    {
        await using var system = await GatewaySystem.StartAsync(("Gateway:Proxies:0", "127.0.0.1"));

        using var answer = await LogInAt(system, new { key = GatewaySystem.Key }, ("X-Forwarded-Proto", "https"));

        answer.Headers.GetValues("Set-Cookie").ShouldHaveSingleItem().ShouldContain("; secure;");
        (await system.GetAsync("/api/v1/balances", null, ("Cookie", CookieOf(answer)), ("X-Forwarded-Proto", "https"))).StatusCode
            .ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task over_tls_a_neighbour_cannot_put_a_session_of_its_own_into_a_browser()
    {
        await using var system = await GatewaySystem.StartAsync(("Gateway:Proxies:0", "127.0.0.1"));
        var neighbours = CookieOf(await LogInAt(system, new { key = GatewaySystem.Key }));
        var own = CookieOf(await LogInAt(system, new { key = GatewaySystem.Key }, ("X-Forwarded-Proto", "https")));

        // What any host under the same domain may set has no such prefix (RFC 6265bis section 4.1.3.2).
        (neighbours.Split('=')[0], own.Split('=')[0]).ShouldBe(("wt_session", "__Host-wt_session"));
        await (await system.GetAsync("/api/v1/balances", null, ("Cookie", neighbours), ("X-Forwarded-Proto", "https")))
            .ShouldBeProblem(401, "unauthorized");
        (await system.GetAsync("/api/v1/balances", null, ("Cookie", $"{neighbours[..^3]}xxx; {own}"), ("X-Forwarded-Proto", "https"))).StatusCode
            .ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task behind_a_proxy_that_is_not_named_the_public_address_says_that_it_is_tls()
    {
        await using var system = await GatewaySystem.StartAsync(("Gateway:PublicUrl", "https://wallets.example"));

        using var asKnown = await LogInAt(system, new { key = GatewaySystem.Key }, ("Host", "wallets.example"));
        using var directly = await LogInAt(system, new { key = GatewaySystem.Key });

        asKnown.Headers.GetValues("Set-Cookie").ShouldHaveSingleItem().ShouldMatch("^__Host-wt_session=.*; secure;");
        directly.Headers.GetValues("Set-Cookie").ShouldHaveSingleItem().ShouldMatch("^wt_session=(?!.*secure)");
    }

    [Fact]
    public async Task sessions_have_no_allowance_beside_their_keys()
    {
        await using var system = await GatewaySystem.StartAsync(("RateLimit:Burst", "60"), ("RateLimit:PerSecond", "1"));
        var cookies = new[] { CookieOf(await LogInAt(system, new { key = GatewaySystem.Key })),
            CookieOf(await LogInAt(system, new { key = GatewaySystem.Key })) };

        HttpResponseMessage last;
        var good = 0;
        do last = await system.GetAsync("/api/v1/balances", null, ("Cookie", cookies[good % 2]));
        while (last.IsSuccessStatusCode && ++good < 100);

        // Of sixty two log-ins take forty.
        good.ShouldBeInRange(15, 40);
        last.ShouldSayWhenToRetry(await last.ShouldBeProblem(429, "rate-limited"));
        await (await system.GetAsync("/api/v1/balances")).ShouldBeProblem(429, "rate-limited");
    }

    [Fact]
    public async Task a_page_is_told_what_to_try()
    {
        await using var system = await GatewaySystem.StartAsync(("Gateway:Sample:0:Network", "bitcoin"), ("Gateway:Sample:0:Address", "bc1q0"),
            ("Gateway:Sample:0:Label", "A shop"));

        var view = await JsonAsync(await LogInAt(system, new { key = GatewaySystem.Key }));

        view.GetProperty("sample").GetRawText().ShouldBe("""[{"network":"bitcoin","address":"bc1q0","label":"A shop"}]""");
        system.Lines.ShouldAllBe(line => !line.Contains(GatewaySystem.Key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task nobody_logs_in_or_out_while_wallets_is_away()
    {
        await using var system = await GatewaySystem.StartAsync();
        using var first = await LogInAt(system, new { key = GatewaySystem.Key });
        var cookie = CookieOf(first);
        (await system.GetAsync("/api/v1/balances", null, ("Cookie", cookie))).StatusCode.ShouldBe(HttpStatusCode.OK);
        await system.StopServiceAsync("wallets");

        await (await LogInAt(system, new { key = GatewaySystem.Key })).ShouldBeProblem(503, "upstream-unavailable");
        using var answer = await system.SendAsync(HttpMethod.Delete, "/api/v1/session", null, null, ("Cookie", cookie), ("X-Csrf", "1"));
        await answer.ShouldBeProblem(503, "upstream-unavailable");
        answer.Headers.Contains("Set-Cookie").ShouldBeFalse();
    }

    private static Task<HttpResponseMessage> LogInAt(GatewaySystem system, object body, params (string, string)[] headers) =>
        system.SendAsync(HttpMethod.Post, "/api/v1/session", null, JsonContent.Create(body), headers);

    private async Task<(Guid User, string Cookie)> NewSessionAsync(params string[] scopes)
    {
        var user = await api.NewUserAsync();
        return (user, await LogInAsync(await api.NewKeyAsync(user, null, scopes)));
    }

    private async Task<string> LogInAsync(string key)
    {
        using var answer = await SendAsync(HttpMethod.Post, "/api/v1/session", body: new { key });
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync(Token));
        return CookieOf(answer);
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, string? cookie = null, object? body = null, params (string Name, string? Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (cookie is not null) request.Headers.TryAddWithoutValidation("Cookie", cookie);
        foreach (var (name, value) in headers)
            if (value is not null) request.Headers.TryAddWithoutValidation(name, value);
        return await browser.SendAsync(request, Token);
    }

    private Task<(Guid Id, string Text)> KeyAsync(Guid user, DateTimeOffset? expiresAt, DateTimeOffset? at = null) => api.StoreAsync(async work =>
    {
        var secret = ApiKeySecret.New();
        var command = new CreateApiKey.Command(
            Guid.CreateVersion7(), "Test", secret.Hash, [Scopes.WalletsRead], null, expiresAt, at ?? DateTimeOffset.UtcNow);
        await work.RecordAsync(ApiKey.Category, command.KeyId, CreateApiKey.Decide(new User(user, "", IsAdmin: true), command), 0, Actor.Command,
            default);
        return (command.KeyId, secret.Text);
    });

    // Begun some time ago.
    private Task<string> SessionAsync(Guid user, Guid key, DateTimeOffset at) => api.StoreAsync(async work =>
    {
        var secret = ApiKeySecret.New("wt_session_");
        var begun = BeginSession.Decide(new(key, user, [Scopes.WalletsRead], null, null), new(Guid.CreateVersion7(), secret.Hash, at));
        await work.RecordAsync(ApiKey.Category, begun.KeyId, [begun], 0, Actor.Command, default);
        return $"wt_session={secret.Text}";
    });

    private Task<string> LinkAsync(Guid user, DateTimeOffset at) => api.StoreAsync(async work =>
    {
        var secret = ApiKeySecret.New(MakeLoginLink.Prefix);
        var made = MakeLoginLink.Decide(new User(user, "x@example.org", IsAdmin: false), Guid.CreateVersion7(), secret.Hash, at);
        await work.RecordAsync(LoginLink.Category, made.LinkId, [made], 0, Actor.Command, default);
        return secret.Text;
    });

    private static string CookieOf(HttpResponseMessage answer) => answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0];

    private static async Task<IReadOnlyList<JsonElement>> EntriesAsync(HttpClient admin, Guid user, string action) =>
        [.. (await JsonAsync(await admin.GetAsync($"/api/v1/audit?user={user}&action={action}", Token))).GetProperty("data").EnumerateArray()];

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync(Token);
        answer.IsSuccessStatusCode.ShouldBeTrue(text);
        return JsonElement.Parse(text);
    }
}

using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ServiceDefaults;
using Shouldly;
using Wallets;
using Xunit;

namespace Services.Gateway;

/// <summary>Shares from their making to their end, through all services. What a token opens at every operation is <see
/// cref="KeysAtEveryOperation"/>'s.</summary>
[Collection(nameof(PublicApi))]
public sealed class ShareWallets(PublicApi api)
{
    private static readonly string[] Enough = [Scopes.WalletsRead, Scopes.WalletsWrite, Scopes.PortfolioRead];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_link_is_shown_once_listed_without_its_token_and_revoked_at_once()
    {
        var owner = await api.NewUserAsync();
        using var client = api.WithKey(await api.NewKeyAsync(owner, null, Enough));
        var wallet = (await api.NewWalletAsync(owner)).Wallet;

        using var answer = await client.PostAsJsonAsync(
            "/api/v1/shares", new { label = "Family", shows = "percentages", walletIds = new[] { wallet } }, Token);
        var made = await JsonAsync(answer);

        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
        var token = made.GetProperty("token").GetString()!;
        token.ShouldMatch("^ws_[A-Za-z0-9_-]{43}$");
        (await Wallets.DatabaseText.Contains(api.DatabaseOf("wallets").DataSource, token)).ShouldBeFalse();
        using var visitor = api.WithKey(token);
        (await ListedAsync(client)).ShouldHaveSingleItem().GetProperty("lastUsedAt").ValueKind.ShouldBe(JsonValueKind.Null);
        using var shown = await visitor.GetAsync($"/api/v1/shared?minVersion={await api.VersionAsync()}", Token);
        (await JsonAsync(shown)).GetProperty("label").GetString().ShouldBe("Family");
        shown.Headers.GetValues("X-Robots-Tag").ShouldBe(["noindex"]);

        var listed = (await ListedAsync(client)).ShouldHaveSingleItem();
        listed.TryGetProperty("token", out _).ShouldBeFalse();
        listed.GetProperty("id").GetGuid().ShouldBe(made.GetProperty("id").GetGuid());
        listed.GetProperty("shows").GetString().ShouldBe("percentages");
        listed.GetProperty("walletIds").EnumerateArray().Select(id => id.GetGuid()).ShouldBe([wallet]);
        (DateTimeOffset.UtcNow - listed.GetProperty("lastUsedAt").GetDateTimeOffset()).TotalMinutes.ShouldBeInRange(-1, 2);

        (await client.DeleteAsync($"/api/v1/shares/{listed.GetProperty("id")}", Token)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await (await visitor.GetAsync("/api/v1/shared", Token)).ShouldBeProblem(401, "key-revoked");
        (await client.DeleteAsync($"/api/v1/shares/{listed.GetProperty("id")}", Token)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await ListedAsync(client)).ShouldHaveSingleItem().GetProperty("revokedAt").ValueKind.ShouldBe(JsonValueKind.String);
        using var admin = await api.NewClientAsync(Scopes.Admin);
        foreach (var action in new[] { "share-made", "share-revoked" })
        {
            var entry = (await JsonAsync(await admin.GetAsync($"/api/v1/audit?user={owner}&action={action}", Token))).GetProperty("data")
                .EnumerateArray().ShouldHaveSingleItem();
            (entry.GetProperty("userId").GetGuid(), entry.GetProperty("keyId").GetGuid()).ShouldBe((owner, listed.GetProperty("id").GetGuid()));
        }
    }

    [Fact]
    public async Task nobody_shares_more_than_they_see()
    {
        var (owner, other) = (await api.NewUserAsync(), await api.NewUserAsync());
        var (mine, alsoMine, theirs) =
            ((await api.NewWalletAsync(owner)).Wallet, (await api.NewWalletAsync(owner)).Wallet, (await api.NewWalletAsync(other)).Wallet);
        using var client = api.WithKey(await api.NewKeyAsync(owner, null, Enough));
        using var limited = api.WithKey(await api.NewKeyAsync(owner, [mine], Enough));
        using var blind = api.WithKey(await api.NewKeyAsync(owner, null, Scopes.WalletsRead, Scopes.WalletsWrite));

        foreach (var foreign in new[] { theirs, Guid.CreateVersion7() })
            await (await Make(client, mine, foreign)).ShouldBeProblem(404, "wallet-not-found");
        await (await Make(limited, alsoMine)).ShouldBeProblem(404, "wallet-not-found");
        await (await Make(limited)).ShouldBeProblem(403, "forbidden");
        await (await Make(blind, mine)).ShouldBeProblem(403, "forbidden");
        (await Make(limited, mine)).StatusCode.ShouldBe(HttpStatusCode.Created);
        (await Make(client, alsoMine)).StatusCode.ShouldBe(HttpStatusCode.Created);
        (await Make(client)).StatusCode.ShouldBe(HttpStatusCode.Created);

        (await ListedAsync(client)).Count.ShouldBe(3);
        (await ListedAsync(limited)).ShouldHaveSingleItem().GetProperty("walletIds").EnumerateArray().Single().GetGuid().ShouldBe(mine);
        using var stranger = api.WithKey(await api.NewKeyAsync(other, null, Enough));
        (await ListedAsync(stranger)).ShouldBeEmpty();
        foreach (var share in await ListedAsync(client))
            await (await stranger.DeleteAsync($"/api/v1/shares/{share.GetProperty("id")}", Token)).ShouldBeProblem(404, "share-not-found");
        var whole = (await ListedAsync(client)).Single(share => share.GetProperty("walletIds").ValueKind == JsonValueKind.Null).GetProperty("id");
        await (await limited.DeleteAsync($"/api/v1/shares/{whole}", Token)).ShouldBeProblem(404, "share-not-found");
    }

    [Theory]
    [InlineData("""{"label":"Family","shows":"everything"}""")]
    [InlineData("""{"label":"Family"}""")]
    [InlineData("""{"label":" ","shows":"amounts"}""")]
    [InlineData("""{"label":"Family","shows":"amounts","walletIds":[]}""")]
    [InlineData("""{"label":"Family","shows":"amounts","expiresAt":"2026-01-01T00:00:00Z"}""")]
    public async Task what_is_no_share_is_not_made(string body)
    {
        using var client = await api.NewClientAsync(Enough);
        using var content = new StringContent(body, null, "application/json");

        await (await client.PostAsync("/api/v1/shares", content, Token)).ShouldBeProblem(422, "invalid-body");
    }

    [Fact]
    public async Task wallets_come_and_go_with_their_owner_and_the_share_with_its_time()
    {
        var owner = await api.NewUserAsync();
        var (mine, now) = ((await api.NewWalletAsync(owner)).Wallet, DateTimeOffset.UtcNow);
        using var one = api.WithKey(await api.NewShareAsync(owner, [mine]));
        using var all = api.WithKey(await api.NewShareAsync(owner, null));
        using var over = api.WithKey(await api.NewShareAsync(owner, null, expiresAt: now.AddMinutes(-1), at: now.AddHours(-1)));
        await (await over.GetAsync("/api/v1/shared", Token)).ShouldBeProblem(401, "key-expired");
        (await WalletsOfAsync(one)).ShouldBe(1);
        (await WalletsOfAsync(all)).ShouldBe(1);

        await api.NewWalletAsync(owner);
        (await WalletsOfAsync(one)).ShouldBe(1);
        (await WalletsOfAsync(all)).ShouldBe(2);

        using var client = api.WithKey(await api.NewKeyAsync(owner, null, Enough));
        (await client.DeleteAsync($"/api/v1/wallets/{mine}", Token)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await WalletsOfAsync(one)).ShouldBe(0);
        (await WalletsOfAsync(all)).ShouldBe(1);

        using var admin = await api.NewClientAsync(Scopes.Admin);
        (await admin.PatchAsJsonAsync($"/api/v1/users/{owner}", new { disabled = true }, Token)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await (await all.GetAsync("/api/v1/shared", Token)).ShouldBeProblem(401, "user-disabled");
    }

    [Fact]
    public async Task a_token_is_no_key_in_any_place_for_keys()
    {
        var token = await api.NewShareAsync(await api.NewUserAsync(), null);
        using var browser = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = api.Address };
        await (await browser.PostAsJsonAsync("/api/v1/session", new { key = token }, Token)).ShouldBeProblem(401, "unauthorized");
        await (await browser.PostAsJsonAsync("/api/v1/session", new { link = token }, Token)).ShouldBeProblem(401, "unauthorized");
        foreach (var (name, value, status, code) in new[]
        {
            ("Cookie", $"wt_session={token}", 401, "unauthorized"), ("X-Api-Key", token, 403, "forbidden"),
            ("Authorization", $"Bearer {token}", 403, "forbidden"), ("Authorization", $"Bearer {token[..^1]}", 401, "unauthorized"),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/session");
            request.Headers.TryAddWithoutValidation(name, value);
            await (await browser.SendAsync(request, Token)).ShouldBeProblem(status, code);
        }

        await (await browser.GetAsync($"/api/v1/events?ticket={token}", Token)).ShouldBeProblem(401, "unauthorized");
        await (await browser.GetAsync($"/api/v1/shared?token={token}", Token)).ShouldBeProblem(401, "unauthorized");
    }

    [Fact]
    public async Task each_token_has_an_allowance_of_its_own()
    {
        await using var system = await GatewaySystem.StartAsync(("RateLimit:Burst", "10"), ("RateLimit:PerSecond", "1"));
        var tokens = new[] { ApiKeySecret.New("ws_").Text, ApiKeySecret.New("ws_").Text };
        foreach (var token in tokens)
            system.Grant(token, new
            {
                keyId = Guid.CreateVersion7(), userId = GatewaySystem.UserId, scopes = Array.Empty<string>(),
                share = new { label = "Family", showsAmounts = true },
            });

        (await system.GetAsync("/api/v1/shared", tokens[0])).StatusCode.ShouldBe(HttpStatusCode.OK);
        await (await system.GetAsync("/api/v1/shared", tokens[0])).ShouldBeProblem(429, "rate-limited");
        (await system.GetAsync("/api/v1/shared", tokens[1])).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static Task<HttpResponseMessage> Make(HttpClient client, params Guid[] wallets) =>
        client.PostAsJsonAsync("/api/v1/shares", new { label = "Family", shows = "amounts", walletIds = wallets is [] ? null : wallets }, Token);

    private async Task<int> WalletsOfAsync(HttpClient visitor) =>
        (await JsonAsync(await visitor.GetAsync($"/api/v1/shared?minVersion={await api.VersionAsync()}", Token)))
            .GetProperty("wallets").GetArrayLength();

    private static async Task<IReadOnlyList<JsonElement>> ListedAsync(HttpClient client) =>
        [.. (await JsonAsync(await client.GetAsync("/api/v1/shares", Token))).GetProperty("data").EnumerateArray()];

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync(Token);
        answer.IsSuccessStatusCode.ShouldBeTrue(text);
        return JsonElement.Parse(text);
    }
}

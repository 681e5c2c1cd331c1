using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Gateway;
using Microsoft.IdentityModel.Tokens;
using ServiceDefaults;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Gateway;

/// <summary>Tokens of an identity provider beside API keys.</summary>
public sealed class SignInElsewhere : IAsyncLifetime
{
    private const string Email = "someone@example.org";
    private static readonly Guid User = Guid.Parse("0198a5d2-0000-7000-8000-0000000000bb");
    private Issuer issuer = null!;
    private GatewaySystem system = null!;

    public async ValueTask InitializeAsync()
    {
        issuer = await Issuer.StartAsync();
        system = await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await system.DisposeAsync();
        await issuer.DisposeAsync();
    }

    [Fact]
    public async Task a_token_is_its_user_with_what_both_the_token_and_wallets_allow()
    {
        using var answer = await system.GetAsync($"/api/v1/wallets/{User}", issuer.Token(Claims("openid wallets:read portfolio:read admin")));

        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        answer.Headers.Contains("RateLimit").ShouldBeTrue();
        var reached = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        reached["userId"]!.GetValue<Guid>().ShouldBe(User);
        reached["scopes"]!.AsArray().Select(scope => scope!.GetValue<string>()).ShouldBe(["portfolio:read", "wallets:read"]);
        await (await system.GetAsync("/api/v1/users", issuer.Token(Claims("admin")))).ShouldBeProblem(403, "forbidden");
        (await system.GetAsync("/api/v1/balances")).IsSuccessStatusCode.ShouldBeTrue("API keys are taken as ever");
    }

    [Fact]
    public async Task a_stream_of_a_tokens_ticket_ends_with_the_token_or_its_user()
    {
        await using var system = await StartAsync(("Gateway:StreamCheckSeconds", "1"), ("Gateway:KeyCacheSeconds", "1"));
        system.GrantUser($"{User}", new { keyId = User, userId = User, scopes = Scopes.All });
        var (lasting, ending) = (issuer.Token(Claims("portfolio:read")), issuer.Token(Claims("portfolio:read"), expiresIn: TimeSpan.FromSeconds(3)));
        var (open, ended) = (ReadToEndAsync(await OpenAsync(lasting)), ReadToEndAsync(await OpenAsync(ending)));

        await Eventually.Is(() => ended.IsCompleted, "the stream ends with its token", TimeSpan.FromSeconds(20));
        open.IsCompleted.ShouldBeFalse();
        system.GrantUser($"{User}", new DomainException("user-not-found", "Nobody."));
        await Eventually.Is(() => open.IsCompleted, "the other ends with its user", TimeSpan.FromSeconds(20));

        async Task<HttpResponseMessage> OpenAsync(string token)
        {
            using var made = await system.SendAsync(HttpMethod.Post, "/api/v1/events/tickets", token);
            var ticket = JsonNode.Parse(await made.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["ticket"];
            var answer = await system.Client.GetAsync($"/api/v1/events?ticket={ticket}", HttpCompletionOption.ResponseHeadersRead,
                TestContext.Current.CancellationToken);
            answer.IsSuccessStatusCode.ShouldBeTrue();
            return answer;
        }

        static async Task ReadToEndAsync(HttpResponseMessage answer)
        {
            using (answer)
            {
                var body = await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
                try
                {
                    while (await body.ReadAsync(new byte[256], TestContext.Current.CancellationToken) > 0) { }
                }
                catch (Exception cut) when (cut is IOException or HttpRequestException)
                {
                    // It was.
                }
            }
        }
    }

    [Fact]
    public async Task wallets_is_asked_once_for_all_tokens_of_a_user_within_some_seconds()
    {
        for (var i = 0; i < 5; i++)
            (await system.GetAsync("/api/v1/balances", issuer.Token(Claims("portfolio:read")))).IsSuccessStatusCode.ShouldBeTrue();

        system.LookUps.ShouldBe(1);
    }

    [Fact]
    public async Task what_is_not_the_providers_or_not_for_us_or_not_of_now_is_refused_without_asking_wallets()
    {
        using var other = RSA.Create(2048);
        List<string> taken = [];
        var claims = Claims("portfolio:read");
        var good = issuer.Token(claims);
        var shared = new SymmetricSecurityKey(issuer.PublicKey) { KeyId = "one" };
        foreach (var (what, token) in new Dictionary<string, string>
        {
            ["another's key"] = issuer.Token(claims, new(new RsaSecurityKey(other) { KeyId = "one" }, SecurityAlgorithms.RsaSha256)),
            ["an unknown key"] = issuer.Token(claims, new(new RsaSecurityKey(other) { KeyId = "two" }, SecurityAlgorithms.RsaSha256)),
            ["the public key as a secret"] = issuer.Token(claims, new(shared, SecurityAlgorithms.HmacSha256)),
            ["a shared secret"] = issuer.Token(claims, new(issuer.Shared, SecurityAlgorithms.HmacSha256)),
            ["unsigned"] = $"eyJhbGciOiJub25lIn0.{good.Split('.')[1]}.",
            ["another's audience"] = issuer.Token(claims, audience: "another"),
            ["another issuer"] = issuer.Token(claims, issuer: "https://elsewhere.example.org"),
            ["expired"] = issuer.Token(claims, expiresIn: TimeSpan.FromMinutes(-2)),
            ["changed"] = $"{good.Split('.')[0]}.{issuer.Token(Claims("admin")).Split('.')[1]}.{good.Split('.')[2]}",
            ["nobody's"] = issuer.Token(new() { ["scope"] = "portfolio:read" }),
            ["an address that nobody has verified"] = issuer.Token(new() { ["email"] = Email, ["scope"] = "portfolio:read" }),
            ["an address that is not verified"] = issuer.Token(Claims("portfolio:read", verified: false)),
            ["two names"] = issuer.Token(new() { ["email"] = new[] { Email, "x@y" }, ["email_verified"] = true, ["scope"] = "portfolio:read" }),
        })
        {
            using var answer = await system.GetAsync("/api/v1/balances", token);
            if ((int)answer.StatusCode != 401) taken.Add(what);
        }

        taken.ShouldBeEmpty();
        system.LookUps.ShouldBe(0);
    }

    [Fact]
    public async Task who_is_no_user_here_or_was_disabled_is_refused()
    {
        await (await system.GetAsync("/api/v1/balances", issuer.Token(Claims("portfolio:read", "nobody@example.org"))))
            .ShouldBeProblem(401, "unauthorized");
        system.GrantUser("gone@example.org",
            new DomainException("user-not-found", "The user was disabled.", [new("/name", "user-disabled", "The user was disabled.")]));

        await (await system.GetAsync("/api/v1/balances", issuer.Token(Claims("portfolio:read", "gone@example.org"))))
            .ShouldBeProblem(401, "user-disabled");
    }

    [Fact]
    public async Task other_claims_and_other_words_by_configuration()
    {
        await using var own = await StartAsync(("Oidc:UserClaim", "sub"), ("Oidc:ScopeClaim", "roles"), ("Oidc:ScopeNames:reader", "portfolio:read"));
        own.GrantUser($"{User}", Grant);

        var token = issuer.Token(new() { ["sub"] = $"{User}", ["roles"] = new[] { "reader", "painter" } });

        (await own.GetAsync("/api/v1/balances", token)).IsSuccessStatusCode.ShouldBeTrue();
    }

    [Fact]
    public async Task issuer_and_keys_may_be_named_without_a_discovery_document()
    {
        await using var own = await GatewaySystem.StartAsync(
            ("Oidc:Issuer", "https://id.example.org"), ("Oidc:JwksUri", $"{issuer.Address}/keys"), ("Oidc:Audience", Issuer.Audience));
        own.GrantUser(Email, Grant);

        var token = issuer.Token(Claims("portfolio:read"), issuer: "https://id.example.org");
        (await own.GetAsync("/api/v1/balances", token)).IsSuccessStatusCode.ShouldBeTrue();
        await (await own.GetAsync("/api/v1/balances", issuer.Token(Claims("portfolio:read")))).ShouldBeProblem(401, "unauthorized");
    }

    [Fact]
    public async Task bad_tokens_are_charged_to_their_address_and_good_ones_are_not()
    {
        await using var strict = await StartAsync(("RateLimit:FailedKeysBurst", "3"));
        var good = issuer.Token(Claims("portfolio:read"));
        for (var i = 0; i < 6; i++) (await strict.GetAsync("/api/v1/balances", good)).IsSuccessStatusCode.ShouldBeTrue();

        var answers = new List<int>();
        for (var i = 0; i < 10; i++)
            answers.Add((int)(await strict.GetAsync("/api/v1/balances", issuer.Token(Claims($"{i}"), audience: "another"))).StatusCode);

        answers.ShouldContain(429);
        answers.ShouldAllBe(status => status == 401 || status == 429);
        (await strict.GetAsync("/api/v1/balances", good)).IsSuccessStatusCode.ShouldBeTrue("it was good before");
    }

    [Fact]
    public async Task while_the_provider_was_never_reached_nobody_is_called_wrong_and_keys_are_taken()
    {
        await using var alone = await GatewaySystem.StartAsync(
            ("Oidc:Authority", $"http://127.0.0.1:{FreePort.Next()}"), ("Oidc:Audience", Issuer.Audience));

        using var answer = await alone.GetAsync("/api/v1/balances", issuer.Token(Claims("portfolio:read")));

        answer.ShouldSayWhenToRetry(await answer.ShouldBeProblem(503, "upstream-unavailable"));
        (await alone.GetAsync("/api/v1/balances")).IsSuccessStatusCode.ShouldBeTrue();
    }

    [Fact]
    public async Task unless_it_is_configured_a_token_is_no_key()
    {
        await using var off = await GatewaySystem.StartAsync();

        await (await off.GetAsync("/api/v1/balances", issuer.Token(Claims("portfolio:read")))).ShouldBeProblem(401, "unauthorized");
    }

    [Fact]
    public void all_that_is_wrong_with_its_settings_is_said_at_once()
    {
        new OidcOptions().Errors().ShouldBeEmpty();
        new OidcOptions { Authority = "https://id.example.org", Audience = "x" }.Errors().ShouldBeEmpty();
        new OidcOptions { Issuer = "x", JwksUri = "http://id.example.org/keys", UserClaim = "", ScopeClaim = " ", ScopeNames = new() { ["a"] = "b" } }
            .Errors().Select(error => error.Split(' ', ':')[0]).ShouldBe(["Audience", "JwksUri", "UserClaim", "ScopeClaim", "ScopeNames"]);
        new OidcOptions { Authority = "https://id.example.org", JwksUri = "https://id.example.org/keys", Audience = "x" }.Errors()
            .ShouldHaveSingleItem().ShouldStartWith("Authority names");
        new OidcOptions { Audience = "x" }.Errors().ShouldHaveSingleItem().ShouldStartWith("Authority is required");
    }

    private static object Grant => new { keyId = User, userId = User, scopes = (string[])["wallets:read", "wallets:write", "portfolio:read"] };

    private static Dictionary<string, object> Claims(string scope, string email = Email, bool verified = true) =>
        new() { ["email"] = email, ["email_verified"] = verified, ["scope"] = scope };

    private async Task<GatewaySystem> StartAsync(params (string Key, string Value)[] settings)
    {
        var started = await GatewaySystem.StartAsync(
            [("Oidc:Authority", issuer.Address), ("Oidc:Audience", Issuer.Audience), .. settings]);
        started.GrantUser(Email, Grant);
        return started;
    }
}

using System.Buffers.Text;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using ServiceDefaults;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Wallets;

[Collection(nameof(WalletsService))]
public sealed class ManagingUsersAndKeys(WalletsService service)
{
    [Fact]
    public async Task an_email_address_is_one_users_whatever_its_case()
    {
        using var admin = service.As(TestIdentity.Someone(Scopes.Admin));
        var email = $"{Guid.NewGuid():N}@example.org";
        var made = await admin.Post("/api/v1/users", new { email });

        made["admin"]!.GetValue<bool>().ShouldBeFalse();
        await admin.SendForProblem(HttpMethod.Post, "/api/v1/users", new { email = email.ToUpperInvariant() }, "user-exists");
        await admin.SendForProblem(HttpMethod.Post, "/api/v1/users", new { email = "nobody" }, "invalid-body");
    }

    [Fact]
    public async Task of_many_users_made_at_once_with_one_address_one_is_made()
    {
        using var admin = service.As(TestIdentity.Someone(Scopes.Admin));
        var email = $"{Guid.NewGuid():N}@example.org";
        var responses = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ =>
            admin.PostAsJsonAsync("/api/v1/users", new { email }, TestContext.Current.CancellationToken)));

        responses.Count(response => response.StatusCode == HttpStatusCode.Created).ShouldBe(1);
        responses.Count(response => response.StatusCode == HttpStatusCode.Conflict).ShouldBe(9);
    }

    [Fact]
    public async Task a_key_is_shown_once_known_by_its_hash_and_good_until_revoked()
    {
        using var admin = service.As(TestIdentity.Someone(Scopes.Admin));
        using var gateway = service.AsService("gateway");
        var user = await NewUser(admin);
        var key = await admin.Post("/api/v1/api-keys", new { label = "Laptop", scopes = new[] { "wallets:read", "wallets:write" }, userId = user });
        var secret = key["key"]!.GetValue<string>();
        secret.ShouldMatch("^wt_live_[A-Za-z0-9_-]{43}$");

        var verified = await gateway.Post("/internal/api-keys/verify", new { hash = HashOf(secret) }, HttpStatusCode.OK);
        verified["keyId"]!.GetValue<string>().ShouldBe(key.Id());
        verified["userId"]!.GetValue<string>().ShouldBe(user);
        verified["scopes"]!.AsArray().Select(scope => scope!.GetValue<string>()).ShouldBe(["wallets:read", "wallets:write"]);
        verified["walletIds"].ShouldBeNull();
        (await Stored(secret)).ShouldBeFalse();

        var listed = (await admin.GetOk($"/api/v1/api-keys?userId={user}"))["data"]!.AsArray().ShouldHaveSingleItem()!;
        listed["key"].ShouldBeNull();
        listed["lastUsedAt"].ShouldNotBeNull();

        await admin.Send(HttpMethod.Delete, $"/api/v1/api-keys/{key.Id()}", null, HttpStatusCode.NoContent);
        await admin.Send(HttpMethod.Delete, $"/api/v1/api-keys/{key.Id()}", null, HttpStatusCode.NoContent);
        (await gateway.SendForProblem(HttpMethod.Post, "/internal/api-keys/verify", new { hash = HashOf(secret) },
            "key-not-found"))["errors"]![0]!["code"]!.GetValue<string>().ShouldBe("key-revoked");
    }

    [Fact]
    public async Task who_asks_for_a_key_that_was_never_good_is_told_no_more_than_that()
    {
        using var gateway = service.AsService("gateway");

        (await gateway.SendForProblem(HttpMethod.Post, "/internal/api-keys/verify", new { hash = HashOf("wt_live_never") },
            "key-not-found"))["errors"].ShouldBeNull();
    }

    [Fact]
    public async Task a_key_may_be_for_wallets_of_its_user_only()
    {
        using var admin = service.As(TestIdentity.Someone(Scopes.Admin));
        using var gateway = service.AsService("gateway");
        var user = await NewUser(admin);
        using var owner = service.As(TestIdentity.Someone() with { UserId = Guid.Parse(user) });
        var own = await owner.NewWallet();
        var foreign = await admin.NewWallet();

        var key = await admin.Post("/api/v1/api-keys", Body(own));
        var verified = await gateway.Post("/internal/api-keys/verify", new { hash = HashOf(key["key"]!.GetValue<string>()) }, HttpStatusCode.OK);
        verified["walletIds"]!.AsArray().ShouldHaveSingleItem()!.GetValue<Guid>().ShouldBe(own);

        var refusal = await admin.SendForProblem(HttpMethod.Post, "/api/v1/api-keys", Body(own, foreign), "invalid-body");
        refusal["errors"]![0]!["pointer"]!.GetValue<string>().ShouldBe("/walletIds");

        object Body(params Guid[] walletIds) => new { label = "Limited", scopes = new[] { "wallets:read" }, userId = user, walletIds };
    }

    [Fact]
    public async Task an_expired_key_is_no_key()
    {
        using var admin = service.As(TestIdentity.Someone(Scopes.Admin));
        using var gateway = service.AsService("gateway");
        var user = await NewUser(admin);
        var key = await admin.Post("/api/v1/api-keys", new
        {
            label = "Brief", scopes = new[] { "wallets:read" }, userId = user, expiresAt = DateTimeOffset.UtcNow.AddMilliseconds(800),
        });
        var hash = HashOf(key["key"]!.GetValue<string>());

        await Eventually.Is(async () =>
        {
            using var response = await gateway.PostAsJsonAsync("/internal/api-keys/verify", new { hash }, TestContext.Current.CancellationToken);
            return response.StatusCode == HttpStatusCode.NotFound;
        }, "the key has expired");
    }

    [Fact]
    public async Task a_key_knows_itself_and_can_end_itself_but_no_other()
    {
        using var admin = service.As(TestIdentity.Someone(Scopes.Admin));
        var user = await NewUser(admin);
        var one = await NewKey(admin, user);
        var other = await NewKey(admin, user);
        using var client = service.As(TestIdentity.Someone(Scopes.WalletsRead) with { UserId = Guid.Parse(user), KeyId = Guid.Parse(one) });

        (await client.GetOk("/api/v1/api-keys/current")).Id().ShouldBe(one);
        await client.SendForProblem(HttpMethod.Delete, $"/api/v1/api-keys/{other}", null, "key-not-found");
        await client.Send(HttpMethod.Delete, $"/api/v1/api-keys/{one}", null, HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task a_disabled_user_has_no_good_key_until_enabled_again()
    {
        var me = TestIdentity.Someone(Scopes.Admin);
        using var admin = service.As(me);
        using var gateway = service.AsService("gateway");
        var user = await NewUser(admin);
        var path = $"/api/v1/users/{user}";
        var secret = (await admin.Post("/api/v1/api-keys", new { label = "Key", scopes = new[] { "wallets:read" }, userId = user }))["key"]!
            .GetValue<string>();
        (await admin.GetOk(path))["disabledAt"].ShouldBeNull();

        var disabled = await admin.Send(HttpMethod.Patch, path, new { disabled = true }, HttpStatusCode.OK);
        await admin.Send(HttpMethod.Patch, path, new { disabled = true }, HttpStatusCode.OK);
        disabled["disabledAt"].ShouldNotBeNull();
        (await admin.GetOk(path)).ToJsonString().ShouldBe(disabled.ToJsonString());
        (await gateway.SendForProblem(HttpMethod.Post, "/internal/api-keys/verify", new { hash = HashOf(secret) },
            "key-not-found"))["errors"]![0]!["code"]!.GetValue<string>().ShouldBe("user-disabled");

        (await admin.Send(HttpMethod.Patch, path, new { disabled = false }, HttpStatusCode.OK))["disabledAt"].ShouldBeNull();
        await gateway.Post("/internal/api-keys/verify", new { hash = HashOf(secret) }, HttpStatusCode.OK);

        await admin.SendForProblem(HttpMethod.Get, $"/api/v1/users/{Guid.NewGuid()}", null, "user-not-found");
        await admin.SendForProblem(HttpMethod.Patch, $"/api/v1/users/{Guid.NewGuid()}", new { disabled = true }, "user-not-found");
        using var self = service.As(me with { UserId = Guid.Parse(user) });
        await self.SendForProblem(HttpMethod.Patch, path, new { disabled = true }, "conflict");
        using var other = service.As(TestIdentity.Someone());
        await other.SendForProblem(HttpMethod.Get, path, null, "forbidden");
    }

    [Fact]
    public async Task whom_an_identity_provider_names_is_found_by_address_or_id_unless_disabled()
    {
        using var admin = service.As(TestIdentity.Someone(Scopes.Admin));
        using var gateway = service.AsService("gateway");
        var email = $"{Guid.NewGuid():N}@example.org";
        var user = (await admin.Post("/api/v1/users", new { email })).Id();
        var chief = (await admin.Post("/api/v1/users", new { email = $"{Guid.NewGuid():N}@example.org", admin = true })).Id();

        foreach (var name in new[] { email.ToUpperInvariant(), user })
        {
            var found = await gateway.Post("/internal/users/verify", new { name }, HttpStatusCode.OK);
            (found["userId"]!.GetValue<string>(), found["keyId"]!.GetValue<string>()).ShouldBe((user, user));
            found["scopes"]!.AsArray().Select(scope => scope!.GetValue<string>())
                .ShouldBe(["wallets:read", "wallets:write", "portfolio:read", "webhooks:manage"]);
        }

        (await gateway.Post("/internal/users/verify", new { name = chief }, HttpStatusCode.OK))["scopes"]!.AsArray()
            .Select(scope => scope!.GetValue<string>()).ShouldContain("admin");
        await gateway.SendForProblem(HttpMethod.Post, "/internal/users/verify", new { name = "nobody@example.org" }, "user-not-found");
        await admin.SendForProblem(HttpMethod.Post, "/internal/users/verify", new { name = email }, "forbidden");
        await admin.Send(HttpMethod.Patch, $"/api/v1/users/{user}", new { disabled = true }, HttpStatusCode.OK);
        (await gateway.SendForProblem(HttpMethod.Post, "/internal/users/verify", new { name = email },
            "user-not-found"))["errors"]![0]!["code"]!.GetValue<string>().ShouldBe("user-disabled");
    }

    [Fact]
    public async Task who_comes_with_a_token_instead_of_a_key_is_a_user_without_one_in_the_audit_log()
    {
        var me = TestIdentity.Someone();
        using var client = service.As(me with { KeyId = me.UserId });
        using var admin = service.As(TestIdentity.Someone(Scopes.Admin));
        await client.NewWallet();

        var entry = (await admin.GetOk($"/api/v1/audit?user={me.UserId}"))["data"]!.AsArray().ShouldHaveSingleItem()!;
        (entry["actor"]!.GetValue<string>(), entry["actorUserId"]!.GetValue<Guid>(), entry["actorKeyId"]).ShouldBe(("user", me.UserId, null));
        await client.SendForProblem(HttpMethod.Get, "/api/v1/api-keys/current", null, "key-not-found");
        await client.SendForProblem(HttpMethod.Post, "/api/v1/api-keys/current/rotate", null, "key-not-found");
        await client.SendForProblem(HttpMethod.Delete, $"/api/v1/api-keys/{me.UserId}", null, "key-not-found");
    }

    [Fact]
    public async Task people_rotate_their_own_key_and_the_old_one_works_for_an_hour()
    {
        using var admin = service.As(TestIdentity.Someone(Scopes.Admin));
        using var gateway = service.AsService("gateway");
        var user = Guid.Parse(await NewUser(admin));
        var expiresAt = DateTimeOffset.UtcNow.AddDays(30);
        var old = await admin.Post("/api/v1/api-keys", new { label = "Laptop", scopes = new[] { "wallets:read" }, userId = user, expiresAt });
        using var client = service.As(TestIdentity.Someone(Scopes.WalletsRead) with { UserId = user, KeyId = Guid.Parse(old.Id()) });

        var first = await client.Post("/api/v1/api-keys/current/rotate", null);
        var second = await client.Post("/api/v1/api-keys/current/rotate", null);

        foreach (var next in new[] { first, second })
        {
            var good = await gateway.Post("/internal/api-keys/verify", new { hash = HashOf(next["key"]!.GetValue<string>()) }, HttpStatusCode.OK);
            good["keyId"]!.GetValue<string>().ShouldBe(next.Id());
            good["userId"]!.GetValue<Guid>().ShouldBe(user);
            good["scopes"]!.AsArray().ShouldHaveSingleItem()!.GetValue<string>().ShouldBe("wallets:read");
            (good["expiresAt"]!.GetValue<DateTimeOffset>() - expiresAt).Duration().ShouldBeLessThan(TimeSpan.FromSeconds(1));
            next["label"]!.GetValue<string>().ShouldBe("Laptop");
        }
        var still = await gateway.Post("/internal/api-keys/verify", new { hash = HashOf(old["key"]!.GetValue<string>()) }, HttpStatusCode.OK);
        still["expiresAt"]!.GetValue<DateTimeOffset>().ShouldBeInRange(DateTimeOffset.UtcNow.AddMinutes(55), DateTimeOffset.UtcNow.AddMinutes(60));
        (await Stored(first["key"]!.GetValue<string>())).ShouldBeFalse();
    }

    [Fact]
    public async Task a_key_that_is_rotated_at_the_same_moment_is_revoked_all_the_same()
    {
        using var admin = service.As(TestIdentity.Someone(Scopes.Admin));
        using var gateway = service.AsService("gateway");
        var user = Guid.Parse(await NewUser(admin));
        // Often enough that one of them comes between the other's reading and writing.
        for (var round = 0; round < 30; round++)
        {
            var key = await admin.Post("/api/v1/api-keys", new { label = "Laptop", scopes = new[] { "wallets:read" }, userId = user });
            using var holder = service.As(TestIdentity.Someone(Scopes.WalletsRead) with { UserId = user, KeyId = Guid.Parse(key.Id()) });

            var rotating = holder.PostAsync("/api/v1/api-keys/current/rotate", null, TestContext.Current.CancellationToken);
            using var revoked = await admin.DeleteAsync($"/api/v1/api-keys/{key.Id()}", TestContext.Current.CancellationToken);
            using var rotated = await rotating;
            revoked.StatusCode.ShouldBe(HttpStatusCode.NoContent);
            await gateway.SendForProblem(
                HttpMethod.Post, "/internal/api-keys/verify", new { hash = HashOf(key["key"]!.GetValue<string>()) }, "key-not-found");
        }
    }

    [Fact]
    public async Task a_key_for_nobody_or_with_unknown_scopes_is_refused()
    {
        using var admin = service.As(TestIdentity.Someone(Scopes.Admin));
        var user = await NewUser(admin);

        await admin.SendForProblem(HttpMethod.Post, "/api/v1/api-keys",
            new { label = "x", scopes = new[] { "wallets:read" }, userId = Guid.NewGuid() }, "user-not-found");
        await admin.SendForProblem(HttpMethod.Post, "/api/v1/api-keys", new { label = "x", scopes = new[] { "everything" }, userId = user },
            "invalid-body");
        await admin.SendForProblem(HttpMethod.Post, "/api/v1/api-keys", new { label = "x", scopes = new[] { "admin" }, userId = user },
            "invalid-body");
        await admin.SendForProblem(HttpMethod.Post, "/api/v1/api-keys", new { label = "x", scopes = new string?[] { null }, userId = user },
            "invalid-body");
        await admin.SendForProblem(HttpMethod.Delete, $"/api/v1/api-keys/{Guid.NewGuid()}", null, "key-not-found");
    }

    private static async Task<string> NewUser(HttpClient admin) =>
        (await admin.Post("/api/v1/users", new { email = $"{Guid.NewGuid():N}@example.org" })).Id();

    private static async Task<string> NewKey(HttpClient admin, string userId) =>
        (await admin.Post("/api/v1/api-keys", new { label = "Key", scopes = new[] { "wallets:read" }, userId })).Id();

    private static string HashOf(string secret) => Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    private async Task<bool> Stored(string text) => await DatabaseText.Contains(service.Database.DataSource, text);
}

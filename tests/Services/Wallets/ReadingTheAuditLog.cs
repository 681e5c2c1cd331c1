using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using ServiceDefaults;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Wallets;

[Collection(nameof(WalletsService))]
public sealed class ReadingTheAuditLog(WalletsService service)
{
    [Fact]
    public async Task what_is_done_to_users_and_keys_is_there_with_whoever_did_it()
    {
        var me = TestIdentity.Someone(Scopes.Admin);
        using var admin = service.As(me);
        var email = $"{Guid.NewGuid():N}@example.org";
        var user = (await admin.Post("/api/v1/users", new { email }))["id"]!.GetValue<Guid>();
        await admin.SendForProblem(HttpMethod.Post, "/api/v1/users", new { email }, "user-exists");
        var key = await admin.Post("/api/v1/api-keys", new { label = "Laptop", scopes = new[] { "wallets:read" }, userId = user });
        var theirs = TestIdentity.Someone(Scopes.WalletsRead) with { UserId = user, KeyId = Guid.Parse(key.Id()) };
        using var client = service.As(theirs);
        var next = await client.Post("/api/v1/api-keys/current/rotate", null);
        await admin.Send(HttpMethod.Delete, $"/api/v1/api-keys/{key.Id()}", null, HttpStatusCode.NoContent);
        await admin.Send(HttpMethod.Delete, $"/api/v1/api-keys/{key.Id()}", null, HttpStatusCode.NoContent);
        foreach (var disabled in new[] { true, true, false })
            await admin.Send(HttpMethod.Patch, $"/api/v1/users/{user}", new { disabled }, HttpStatusCode.OK);

        var page = await admin.GetOk($"/api/v1/audit?user={user}");

        var entries = page["data"]!.AsArray();
        entries.Select(Text).ShouldBe(
        [
            $"user-made by user {me.UserId} {me.KeyId}: {user} - - -",
            $"key-made-for-another by user {me.UserId} {me.KeyId}: {user} {key.Id()} - -",
            $"key-rotated by user {user} {key.Id()}: {user} {key.Id()} - -",
            $"key-made by user {user} {key.Id()}: {user} {next.Id()} - -",
            $"key-revoked by user {me.UserId} {me.KeyId}: {user} {key.Id()} - -",
            $"user-disabled by user {me.UserId} {me.KeyId}: {user} - - -",
            $"user-enabled by user {me.UserId} {me.KeyId}: {user} - - -",
        ], ignoreOrder: true);
        entries.Select(At).ShouldBe(entries.Select(At).OrderDescending());
        // Ids and no more.
        foreach (var secret in new[] { email, "Laptop", key["key"]!.GetValue<string>(), next["key"]!.GetValue<string>() })
            page.ToJsonString().ShouldNotContain(secret);
    }

    [Fact]
    public async Task who_makes_a_key_for_themselves_does_not_stand_out()
    {
        var me = TestIdentity.Someone(Scopes.Admin);
        using var admin = service.As(me);
        var user = (await admin.Post("/api/v1/users", new { email = $"{Guid.NewGuid():N}@example.org" }))["id"]!.GetValue<Guid>();
        using var self = service.As(me with { UserId = user });

        await self.Post("/api/v1/api-keys", new { label = "Mine", scopes = new[] { "wallets:read" } });

        (await Entries(admin, $"user={user}&action=key-made")).ShouldHaveSingleItem();
        (await Entries(admin, $"user={user}&action=key-made-for-another")).ShouldBeEmpty();
    }

    [Fact]
    public async Task a_deleted_wallet_leaves_that_it_was_deleted_and_by_whom()
    {
        var owner = TestIdentity.Someone();
        using var admin = service.As(TestIdentity.Someone(Scopes.Admin));
        using var client = service.As(owner);
        var (kept, gone) = (await client.NewWallet(), await client.NewWallet());
        var removed = new Dictionary<Guid, string>();
        foreach (var wallet in new[] { kept, gone })
        {
            var address = await client.Post($"/api/v1/wallets/{wallet}/addresses", new { network = "bitcoin", address = Api.Genesis });
            await client.Send(HttpMethod.Delete, $"/api/v1/wallets/{wallet}/addresses/{address.Id()}", null, HttpStatusCode.NoContent);
            removed[wallet] = address.Id();
        }

        var by = $"by user {owner.UserId} {owner.KeyId}: {owner.UserId} -";
        (await Texts(admin, $"user={owner.UserId}")).ShouldBe(
        [
            $"address-removed {by} {gone} {removed[gone]}", $"address-removed {by} {kept} {removed[kept]}",
            $"wallet-made {by} {gone} -", $"wallet-made {by} {kept} -",
        ], ignoreOrder: true);

        await client.Send(HttpMethod.Delete, $"/api/v1/wallets/{gone}", null, HttpStatusCode.NoContent);

        string[] left = [$"wallet-deleted {by} {gone} -", $"address-removed {by} {kept} {removed[kept]}", $"wallet-made {by} {kept} -"];
        (await Texts(admin, $"user={owner.UserId}")).ShouldBe(left);
        var before = (await Entries(admin, $"user={owner.UserId}&action=wallet-deleted")).ShouldHaveSingleItem().ToJsonString();

        service.Others.LetGo("sync", gone);
        service.Others.LetGo("portfolio", gone);
        await Eventually.Is(async () => (await DatabaseText.Of(service.Database.DataSource, "mt_events"))
            .Any(row => row.Contains("wallet_erased", StringComparison.Ordinal) && row.Contains($"{gone}", StringComparison.Ordinal)),
            "the wallet is erased");
        await service.RebuildAsync();

        (await Texts(admin, $"user={owner.UserId}")).ShouldBe(left);
        (await Entries(admin, $"user={owner.UserId}&action=wallet-deleted")).ShouldHaveSingleItem().ToJsonString().ShouldBe(before);
    }

    [Fact]
    public async Task pages_go_both_ways_and_a_cursor_serves_its_own_filters_only()
    {
        var owner = TestIdentity.Someone();
        using var admin = service.As(TestIdentity.Someone(Scopes.Admin));
        using var client = service.As(owner);
        for (var number = 0; number < 5; number++) await client.NewWallet();
        var all = (await Entries(admin, $"user={owner.UserId}")).Select(entry => entry.Id()).ToList();

        var first = await admin.GetOk($"/api/v1/audit?user={owner.UserId}&limit=2");
        var second = await admin.GetOk($"/api/v1/audit?user={owner.UserId}&limit=2&cursor={first["next"]}");
        var third = await admin.GetOk($"/api/v1/audit?user={owner.UserId}&limit=2&cursor={second["next"]}");
        var back = await admin.GetOk($"/api/v1/audit?user={owner.UserId}&limit=2&cursor={third["prev"]}");

        all.Count.ShouldBe(5);
        new[] { first, second, third }.SelectMany(page => page["data"]!.AsArray()).Select(entry => entry!.Id()).ShouldBe(all);
        third["hasMore"]!.GetValue<bool>().ShouldBeFalse();
        back["data"]!.ToJsonString().ShouldBe(second["data"]!.ToJsonString());
        await admin.SendForProblem(HttpMethod.Get, $"/api/v1/audit?user={owner.UserId}&action=wallet-made&cursor={first["next"]}", null,
            "cursor-invalid");
    }

    [Fact]
    public async Task times_and_actions_narrow_it()
    {
        var owner = TestIdentity.Someone();
        using var admin = service.As(TestIdentity.Someone(Scopes.Admin));
        using var client = service.As(owner);
        await client.Send(HttpMethod.Delete, $"/api/v1/wallets/{await client.NewWallet()}", null, HttpStatusCode.NoContent);
        await client.NewWallet();
        var made = At((await Entries(admin, $"user={owner.UserId}&action=wallet-made")).ShouldHaveSingleItem());
        var (instant, later) = (Url(made), Url(made.AddMilliseconds(1)));

        (await Entries(admin, $"user={owner.UserId}&action=wallet-made&from={instant}")).ShouldHaveSingleItem();
        (await Entries(admin, $"user={owner.UserId}&from={later}")).ShouldBeEmpty();
        (await Entries(admin, $"user={owner.UserId}&action=wallet-made&to={instant}")).ShouldBeEmpty();
        (await Entries(admin, $"user={owner.UserId}&to={later}")).Count.ShouldBe(2);
        (await Entries(admin, $"user={owner.UserId}&from={made:yyyy-MM-dd}&to={made:yyyy-MM-dd}&action=wallet-made")).ShouldHaveSingleItem();
        await admin.SendForProblem(HttpMethod.Get, "/api/v1/audit?action=wallet-burnt", null, "invalid-parameter");
        await admin.SendForProblem(HttpMethod.Get, $"/api/v1/audit?from={later}&to={instant}", null, "invalid-parameter");
        await client.SendForProblem(HttpMethod.Get, "/api/v1/audit", null, "forbidden");
    }

    private static string Url(DateTimeOffset at) => Uri.EscapeDataString(at.ToString("O", CultureInfo.InvariantCulture));

    private static async Task<IReadOnlyList<JsonNode>> Entries(HttpClient client, string query) =>
        [.. (await client.GetOk($"/api/v1/audit?{query}"))["data"]!.AsArray().Select(entry => entry!)];

    private static async Task<IReadOnlyList<string>> Texts(HttpClient client, string query) => [.. (await Entries(client, query)).Select(Text)];

    private static DateTimeOffset At(JsonNode? entry) => entry!["at"]!.GetValue<DateTimeOffset>();

    private static string Text(JsonNode? entry)
    {
        return $"{Of("action")} by {Of("actor")} {Of("actorUserId")} {Of("actorKeyId")}: "
            + $"{Of("userId")} {Of("keyId")} {Of("walletId")} {Of("addressId")}";

        string Of(string member) => entry![member]?.GetValue<string>() ?? "-";
    }
}

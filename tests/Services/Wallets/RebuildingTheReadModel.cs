using System.Net;
using ServiceDefaults;
using Shouldly;
using Xunit;

namespace Services.Wallets;

[Collection(nameof(WalletsService))]
public sealed class RebuildingTheReadModel(WalletsService service)
{
    [Fact]
    public async Task rebuilt_from_the_log_it_has_the_same_rows()
    {
        using var client = service.As(TestIdentity.Someone());
        using var admin = service.As(TestIdentity.Someone(Scopes.Admin));
        var (kept, deleted) = (await client.NewWallet("Kept"), await client.NewWallet("Deleted"));
        await client.Send(HttpMethod.Patch, $"/api/v1/wallets/{kept}", new { label = "Kept and renamed" }, HttpStatusCode.OK);
        foreach (var wallet in new[] { kept, deleted })
        {
            var address = await client.Post($"/api/v1/wallets/{wallet}/addresses",
                new { network = "bitcoin", address = Api.Genesis, label = "First" });
            var other = await client.Post($"/api/v1/wallets/{wallet}/addresses", new { network = "bitcoin", address = Api.Segwit });
            await client.Send(HttpMethod.Patch, $"/api/v1/wallets/{wallet}/addresses/{address.Id()}", new { label = (string?)null },
                HttpStatusCode.OK);
            await client.Send(HttpMethod.Delete, $"/api/v1/wallets/{wallet}/addresses/{other.Id()}", null, HttpStatusCode.NoContent);
        }

        await client.Send(HttpMethod.Patch, $"/api/v1/wallets/{kept}", new { tags = new[] { "cold" } }, HttpStatusCode.OK);
        var said = $"/api/v1/labels/transactions/bitcoin/{new string('a', 64)}";
        await client.Send(HttpMethod.Put, said, new { label = "Rent", tags = new[] { "flat" }, note = "Late" }, HttpStatusCode.OK);
        await client.Send(HttpMethod.Put, said[..^1] + "b", new { note = "Gone" }, HttpStatusCode.OK);
        await client.Send(HttpMethod.Delete, said[..^1] + "b", null, HttpStatusCode.NoContent);
        var user = await admin.Post("/api/v1/users", new { email = $"{Guid.NewGuid():N}@example.org" });
        var key = await admin.Post("/api/v1/api-keys", new { label = "Key", scopes = new[] { "wallets:read" }, userId = user.Id() });
        await admin.Send(HttpMethod.Delete, $"/api/v1/api-keys/{key.Id()}", null, HttpStatusCode.NoContent);
        await SharedAndLoggedIn(client, admin, user.Id());
        await client.Send(HttpMethod.Delete, $"/api/v1/wallets/{deleted}", null, HttpStatusCode.NoContent);

        var live = await Rows();
        await service.RebuildAsync(batchSize: 3);

        live.ShouldNotBeEmpty();
        (await Rows()).ShouldBe(live);
    }

    private async Task SharedAndLoggedIn(HttpClient client, HttpClient admin, string user)
    {
        using var gateway = service.AsService("gateway");
        await client.Post("/api/v1/shares", new { label = "Family", shows = "amounts" });
        var share = await client.Post("/api/v1/shares", new { label = "Family", shows = "percentages" });
        await client.Send(HttpMethod.Delete, $"/api/v1/shares/{share.Id()}", null, HttpStatusCode.NoContent);
        var key = await admin.Post("/api/v1/api-keys", new { label = "Key", scopes = new[] { "wallets:read" }, userId = user });
        foreach (var end in new[] { false, true })
        {
            var session = await gateway.Post("/internal/sessions",
                new { hash = $"{Guid.NewGuid()}", key = global::Gateway.ApiKey.HashOf(key["key"]!.GetValue<string>()) }, HttpStatusCode.OK);
            if (end) await gateway.Send(HttpMethod.Delete, $"/internal/sessions/{session["keyId"]}", null, HttpStatusCode.NoContent);
        }
    }

    private async Task<IReadOnlyList<string>> Rows()
    {
        var rows = new List<string>();
        foreach (var table in new[] { "users", "api_keys", "login_links", "shares", "wallets", "addresses", "transaction_labels", "audit" })
            rows.AddRange((await DatabaseText.Of(service.Database.DataSource, table)).Select(row => $"{table} {row}"));
        return rows;
    }
}

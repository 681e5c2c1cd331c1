using System.Net;
using System.Text.Json.Nodes;
using ServiceDefaults;
using Shouldly;
using Xunit;

namespace Services.Wallets;

[Collection(nameof(WalletsService))]
public sealed class TellingTheOthers(WalletsService service)
{
    [Fact]
    public async Task what_happened_to_a_wallet_is_told_in_order_and_nothing_of_users_and_keys()
    {
        var caller = TestIdentity.Someone();
        using var client = service.As(caller);
        using var admin = service.As(TestIdentity.Someone(Scopes.Admin));
        using var sync = service.AsService("sync");
        var before = (await sync.GetOk("/internal/feed?after=0&limit=1"))["head"]!.GetValue<long>();

        var wallet = await client.NewWallet();
        var path = $"/api/v1/wallets/{wallet}";
        await client.Send(HttpMethod.Patch, path, new { label = "Rainy days" }, HttpStatusCode.OK);
        var user = await admin.Post("/api/v1/users", new { email = $"{Guid.NewGuid():N}@example.org" });
        await admin.Post("/api/v1/api-keys", new { label = "Key", scopes = new[] { "wallets:read" }, userId = user.Id() });
        var address = await client.Post($"{path}/addresses", new { network = "bitcoin", address = Api.Genesis, label = "First" });
        await client.Send(HttpMethod.Patch, $"{path}/addresses/{address.Id()}", new { label = (string?)null }, HttpStatusCode.OK);
        await client.Send(HttpMethod.Patch, path, new { tags = new[] { "cold" } }, HttpStatusCode.OK);
        await client.Send(HttpMethod.Patch, $"{path}/addresses/{address.Id()}", new { tags = new[] { "exchange" } }, HttpStatusCode.OK);
        await client.Send(HttpMethod.Put, $"/api/v1/labels/transactions/bitcoin/{new string('A', 64)}", new { label = "Rent" }, HttpStatusCode.OK);
        await client.Post($"{path}/sync", null, HttpStatusCode.Accepted);
        await client.Send(HttpMethod.Delete, $"{path}/sync", null, HttpStatusCode.NoContent);
        await client.Send(HttpMethod.Delete, $"{path}/addresses/{address.Id()}", null, HttpStatusCode.NoContent);
        await client.Send(HttpMethod.Delete, path, null, HttpStatusCode.NoContent);

        var feed = await sync.GetOk($"/internal/feed?after={before}&limit=500");
        var contracts = feed["contracts"]!.AsArray().Select(contract => contract!).ToList();

        feed["source"]!.GetValue<string>().ShouldBe("wallets");
        contracts.Select(Type).Distinct().ShouldBe(
            ["WalletCreated", "WalletRenamed", "AddressImported", "AddressLabelled", "WalletTagged", "AddressTagged", "TransactionLabelled",
                "SyncRequested", "SyncCancelRequested", "AddressRemoved",
                "WalletDeleted"]);
        Body(contracts, "WalletCreated")["ownerId"]!.GetValue<Guid>().ShouldBe(caller.UserId);
        Body(contracts, "AddressImported")["address"]!.GetValue<string>().ShouldBe(Api.Genesis);
        Body(contracts, "AddressImported")["addressId"]!.GetValue<string>().ShouldBe(address.Id());
        Body(contracts, "TransactionLabelled")["txid"]!.GetValue<string>().ShouldBe(new string('a', 64));
        Body(contracts, "TransactionLabelled")["ownerId"]!.GetValue<Guid>().ShouldBe(caller.UserId);
        feed.ToJsonString().ShouldNotContain(user.Id());
    }

    private static string Type(JsonNode contract) => contract["type"]!.GetValue<string>();

    private static JsonNode Body(IEnumerable<JsonNode> contracts, string type) => contracts.Single(contract => Type(contract) == type)["body"]!;
}

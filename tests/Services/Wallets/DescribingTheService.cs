using Shouldly;
using Xunit;

namespace Services.Wallets;

[Collection(nameof(WalletsService))]
public sealed class DescribingTheService(WalletsService service)
{
    [Fact]
    public async Task every_operation_has_a_summary_typed_answers_and_its_problems()
    {
        using var anyone = service.Anonymous();
        var document = await anyone.GetOk("/openapi/v1.json");
        var operations = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()
            .Select(operation => (Name: $"{operation.Key} {path.Key}", Body: operation.Value!))).ToList();

        operations.Select(operation => operation.Name).Order().ShouldBe(
        [
            "delete /api/v1/api-keys/{keyId}",
            "delete /api/v1/labels/transactions/{network}/{txid}",
            "delete /api/v1/shares/{shareId}",
            "delete /api/v1/wallets/{walletId}",
            "delete /api/v1/wallets/{walletId}/addresses/{addressId}",
            "delete /api/v1/wallets/{walletId}/sources/{sourceId}",
            "delete /api/v1/wallets/{walletId}/sync",
            "get /api/v1/api-keys",
            "get /api/v1/api-keys/current",
            "get /api/v1/audit",
            "get /api/v1/imports",
            "get /api/v1/imports/{importId}",
            "get /api/v1/imports/{importId}/rows",
            "get /api/v1/labels",
            "get /api/v1/labels/transactions/{network}/{txid}",
            "get /api/v1/shares",
            "get /api/v1/users",
            "get /api/v1/users/{userId}",
            "get /api/v1/wallets",
            "get /api/v1/wallets/{walletId}",
            "get /api/v1/wallets/{walletId}/addresses",
            "get /api/v1/wallets/{walletId}/addresses/{addressId}",
            "get /api/v1/wallets/{walletId}/sources",
            "get /api/v1/wallets/{walletId}/sources/{sourceId}",
            "patch /api/v1/users/{userId}",
            "patch /api/v1/wallets/{walletId}",
            "patch /api/v1/wallets/{walletId}/addresses/{addressId}",
            "post /api/v1/api-keys",
            "post /api/v1/api-keys/current/rotate",
            "post /api/v1/inspect",
            "post /api/v1/labels/import",
            "post /api/v1/shares",
            "post /api/v1/users",
            "post /api/v1/wallets",
            "post /api/v1/wallets/import",
            "post /api/v1/wallets/{walletId}/addresses",
            "post /api/v1/wallets/{walletId}/fetch",
            "post /api/v1/wallets/{walletId}/sources",
            "post /api/v1/wallets/{walletId}/sync",
            "put /api/v1/labels/transactions/{network}/{txid}",
        ]);
        foreach (var (name, body) in operations)
        {
            body["summary"]!.GetValue<string>().ShouldNotBeEmpty(name);
            body["responses"]!.AsObject().ShouldContain(response => response.Key.StartsWith('2'), name);
            body["responses"]!.AsObject().ContainsKey("401").ShouldBeTrue(name);
            if (name.Contains("{walletId}", StringComparison.Ordinal)) body["responses"]!["404"]!.ToJsonString().ShouldContain("wallet-not-found");
        }

        foreach (var name in new[] { "ImportAddressRequest", "Address", "AddressPage" })
            document["components"]!["schemas"]!.AsObject().ContainsKey(name).ShouldBeTrue(name);
    }
}

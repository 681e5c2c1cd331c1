using System.Text.Json.Nodes;
using Gateway;
using Shouldly;
using Xunit;

namespace Unit.Gateway;

public sealed class MergeDescriptions
{
    [Fact]
    public void two_services_share_a_path_whatever_they_call_its_parameter()
    {
        var merge = new DescriptionMerge("/");
        merge.Add("wallets", Document("/api/v1/wallets/{id}/sync", "post", "id"), Everything);
        merge.Add("sync", Document("/api/v1/wallets/{walletId}/sync", "get", "walletId"), Everything);

        var paths = merge.Finish()["paths"]!.AsObject();

        var item = paths.ShouldHaveSingleItem();
        item.Key.ShouldBe("/api/v1/wallets/{walletId}/sync");
        foreach (var method in (string[])["get", "post"])
        {
            var operation = item.Value![method].ShouldNotBeNull();
            operation["parameters"]![0]!["name"]!.GetValue<string>().ShouldBe("walletId");
            operation["operationId"]!.GetValue<string>().ShouldBe($"{method}WalletsByWalletIdSync");
        }
    }

    [Theory]
    [InlineData("/api/v1/wallets/{id}", "/api/v1/wallets/{walletId}", "getWalletsByWalletId")]
    [InlineData("/api/v1/addresses/{id}", "/api/v1/addresses/{addressId}", "getAddressesByAddressId")]
    [InlineData("/api/v1/api-keys/current", "/api/v1/api-keys/current", "getApiKeysCurrent")]
    public void paths_and_operations_are_named_one_way(string path, string shown, string operation)
    {
        var merge = new DescriptionMerge("/");
        merge.Add("wallets", Document(path, "get", null), Everything);

        var item = merge.Finish()["paths"]!.AsObject().ShouldHaveSingleItem();

        item.Key.ShouldBe(shown);
        item.Value!["get"]!["operationId"]!.GetValue<string>().ShouldBe(operation);
    }

    [Fact]
    public void equal_schemas_are_one_and_different_ones_stay_two()
    {
        var merge = new DescriptionMerge("/");
        merge.Add("wallets", Document("/api/v1/wallets", "get", null, """{"type":"string"}"""), Everything);
        merge.Add("sync", Document("/api/v1/syncs", "get", null, """{"type":"string"}"""), Everything);
        merge.Add("portfolio", Document("/api/v1/portfolio", "get", null, """{"type":"integer"}"""), Everything);

        var document = merge.Finish();

        document["components"]!["schemas"]!.AsObject().Select(pair => pair.Key).ShouldBe(["PortfolioView", "View"]);
        Reference(document, "/api/v1/wallets").ShouldBe("#/components/schemas/View");
        Reference(document, "/api/v1/syncs").ShouldBe("#/components/schemas/View");
        Reference(document, "/api/v1/portfolio").ShouldBe("#/components/schemas/PortfolioView");
    }

    [Fact]
    public void what_the_gateway_does_not_route_is_left_out()
    {
        var merge = new DescriptionMerge("/");
        merge.Add("wallets", Document("/internal/api-keys/verify", "post", null), (path, method) => Routes.Publishes("wallets", path, method));
        merge.Add("sync", Document("/api/v1/wallets/{id}/sync", "post", "id"), (path, method) => Routes.Publishes("sync", path, method));

        merge.Finish()["paths"]!.AsObject().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("wallets", "/api/v1/wallets/{walletId}/addresses/{addressId}", "patch", true)]
    [InlineData("wallets", "/api/v1/wallets", "get", true)]
    [InlineData("wallets", "/api/v1/users", "post", true)]
    [InlineData("wallets", "/api/v1/wallets/{id}/sync", "post", true)]
    [InlineData("wallets", "/api/v1/wallets/{id}/sync", "get", false)]
    [InlineData("sync", "/api/v1/wallets/{id}/sync", "get", true)]
    [InlineData("portfolio", "/api/v1/wallets/{id}/transactions", "get", true)]
    [InlineData("portfolio", "/api/v1/wallets/{id}", "get", false)]
    [InlineData("wallets", "/internal/keys", "get", false)]
    public void the_route_table_says_what_is_public(string service, string path, string method, bool isPublic) =>
        Routes.Publishes(service, path, method).ShouldBe(isPublic);

    private static bool Everything(string path, string method) => true;

    private static string Reference(JsonObject document, string path) =>
        document["paths"]![path]!["get"]!["responses"]!["200"]!["$ref"]!.GetValue<string>();

    private static JsonObject Document(string path, string method, string? parameter, string schema = """{"type":"string"}""")
    {
        var operation = new JsonObject
        {
            ["responses"] = new JsonObject { ["200"] = new JsonObject { ["$ref"] = "#/components/schemas/View" } },
        };
        if (parameter is not null)
            operation["parameters"] = new JsonArray(new JsonObject { ["name"] = parameter, ["in"] = "path" });
        return new JsonObject
        {
            ["paths"] = new JsonObject { [path] = new JsonObject { [method] = operation } },
            ["components"] = new JsonObject { ["schemas"] = new JsonObject { ["View"] = JsonNode.Parse(schema) } },
        };
    }
}

using System.Net;
using System.Text.Json.Nodes;
using Chains;
using ServiceDefaults;
using Services.Wallets;
using Shouldly;
using Xunit;

namespace Services.Sync;

public sealed class ListingNetworks(BothDialects sync) : IClassFixture<BothDialects>, IAsyncLifetime
{
    private SyncApi api = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => api = await SyncApi.Start(sync);

    public ValueTask DisposeAsync() => api.DisposeAsync();

    [Fact]
    public async Task every_network_that_can_be_imported_is_listed_with_what_is_known_of_it()
    {
        using var client = api.As(Guid.CreateVersion7());

        var networks = (await client.GetOk("/api/v1/networks"))["data"]!.AsArray();

        networks.Select(network => Text(network, "network")).ShouldBe(Networks.Shipped.All.Select(network => network.Slug));
        var doge = networks.Single(network => Text(network, "network") == "dogecoin")!;
        JsonNode.DeepEquals(doge, JsonNode.Parse("""
            {
              "network": "dogecoin", "name": "Dogecoin", "family": "utxo", "caip2": "bip122:1a91e3dace36e2be3bf030a65679fe82",
              "asset": { "caip19": "bip122:1a91e3dace36e2be3bf030a65679fe82/slip44:3", "symbol": "DOGE", "decimals": 8 },
              "confirmationsRequired": 40, "safeDepth": 80, "blockSeconds": 60, "synced": false, "providers": []
            }
            """)).ShouldBeTrue(doge.ToJsonString());
        networks.Single(network => Text(network, "network") == "bsc")!["blockSeconds"]!.ToJsonString().ShouldBe("0.45");
    }

    [Fact]
    public async Task who_is_asked_stands_there_in_order_without_addresses_that_may_hold_keys()
    {
        using var client = api.As(Guid.CreateVersion7());

        var bitcoin = (await client.GetOk("/api/v1/networks"))["data"]!.AsArray().Single(network => Text(network, "network") == "bitcoin")!;

        bitcoin["synced"]!.GetValue<bool>().ShouldBeTrue();
        var providers = bitcoin["providers"]!.AsArray();
        providers.Select(provider => (Text(provider, "name"), Text(provider, "kind")))
            .ShouldBe([(BothDialects.Info, "blockchain-info"), (BothDialects.Esplora, "esplora")]);
        // Zero is no limit.
        providers.ShouldAllBe(provider => provider!["budgets"]!["perSecond"] == null);
        bitcoin.ToJsonString().ShouldNotContain("http");
    }

    [Fact]
    public async Task any_key_may_ask_and_nobody_else()
    {
        using var narrow = api.As(Guid.CreateVersion7(), null, Scopes.WebhooksManage);
        using var first = await narrow.GetAsync("/api/v1/networks", Cancellation);
        first.StatusCode.ShouldBe(HttpStatusCode.OK);

        using var again = new HttpRequestMessage(HttpMethod.Get, "/api/v1/networks");
        again.Headers.TryAddWithoutValidation("If-None-Match", first.Headers.ETag!.ToString());
        (await narrow.SendAsync(again, Cancellation)).StatusCode.ShouldBe(HttpStatusCode.NotModified);
        await narrow.SendForProblem(HttpMethod.Get, "/api/v1/networks?network=bitcoin", null, "invalid-parameter");

        using var nobody = api.Anonymous();
        await nobody.SendForProblem(HttpMethod.Get, "/api/v1/networks", null, "unauthorized");
    }

    private static string? Text(JsonNode? node, string name) => node![name]?.GetValue<string>();
}

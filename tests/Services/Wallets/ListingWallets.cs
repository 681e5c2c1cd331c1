using System.Net;
using System.Text.Json.Nodes;
using Shouldly;
using Xunit;

namespace Services.Wallets;

[Collection(nameof(WalletsService))]
public sealed class ListingWallets(WalletsService service)
{
    [Fact]
    public async Task every_wallet_comes_once_forwards_and_backwards()
    {
        using var client = service.As(TestIdentity.Someone());
        for (var i = 1; i <= 7; i++) await client.NewWallet($"Wallet {i}");

        var pages = new List<JsonNode> { await client.GetOk("/api/v1/wallets?limit=3") };
        while (pages[^1]["next"] is { } next) pages.Add(await client.GetOk($"/api/v1/wallets?limit=3&cursor={next}"));
        pages.SelectMany(Labels).ShouldBe(Enumerable.Range(1, 7).Select(i => $"Wallet {i}"));
        pages.Select(page => page["hasMore"]!.GetValue<bool>()).ShouldBe([true, true, false]);

        var back = await client.GetOk($"/api/v1/wallets?limit=3&cursor={pages[2]["prev"]}");
        Labels(back).ShouldBe(Labels(pages[1]));
        back = await client.GetOk($"/api/v1/wallets?limit=3&cursor={back["prev"]}");
        Labels(back).ShouldBe(Labels(pages[0]));
        back["prev"].ShouldBeNull();
    }

    [Fact]
    public async Task a_wallet_made_or_deleted_between_pages_neither_skips_nor_repeats_others()
    {
        using var client = service.As(TestIdentity.Someone());
        var first = await client.NewWallet("Wallet 1");
        for (var i = 2; i <= 4; i++) await client.NewWallet($"Wallet {i}");
        var page = await client.GetOk("/api/v1/wallets?limit=2");

        await client.Send(HttpMethod.Delete, $"/api/v1/wallets/{first}", null, HttpStatusCode.NoContent);
        await client.NewWallet("Wallet 5");

        Labels(await client.GetOk($"/api/v1/wallets?cursor={page["next"]}")).ShouldBe(["Wallet 3", "Wallet 4", "Wallet 5"]);
    }

    [Fact]
    public async Task a_cursor_of_another_person_or_another_list_is_refused()
    {
        using var client = service.As(TestIdentity.Someone());
        var wallet = await client.NewWallet();
        await client.NewWallet();
        var cursor = (await client.GetOk("/api/v1/wallets?limit=1"))["next"]!.GetValue<string>();
        using var other = service.As(TestIdentity.Someone());

        await other.SendForProblem(HttpMethod.Get, $"/api/v1/wallets?cursor={cursor}", null, "cursor-invalid");
        await client.SendForProblem(HttpMethod.Get, $"/api/v1/wallets/{wallet}/addresses?cursor={cursor}", null, "cursor-invalid");
    }

    [Fact]
    public async Task addresses_are_listed_by_network_with_cursors_of_their_own()
    {
        using var client = service.As(TestIdentity.Someone());
        var path = $"/api/v1/wallets/{await client.NewWallet()}/addresses";
        await client.Post(path, new { network = "bitcoin", address = Api.Genesis });
        await client.Post(path, new { network = "bitcoin-testnet", address = "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx" });
        await client.Post(path, new { network = "bitcoin", address = Api.Segwit });

        var page = await client.GetOk($"{path}?network=bitcoin&limit=1");
        var next = await client.GetOk($"{path}?network=bitcoin&limit=1&cursor={page["next"]}");

        next["data"]!.AsArray().ShouldHaveSingleItem()!["address"]!.GetValue<string>().ShouldBe(Api.Segwit);
        next["hasMore"]!.GetValue<bool>().ShouldBeFalse();
        await client.SendForProblem(HttpMethod.Get, $"{path}?limit=1&cursor={page["next"]}", null, "cursor-invalid");
    }

    [Fact]
    public async Task a_wallet_is_renamed_and_says_so_at_once()
    {
        using var client = service.As(TestIdentity.Someone());
        var wallet = await client.NewWallet();

        var renamed = await client.Send(HttpMethod.Patch, $"/api/v1/wallets/{wallet}", new { label = "Rainy days" }, HttpStatusCode.OK);

        renamed["label"]!.GetValue<string>().ShouldBe("Rainy days");
        (await client.GetOk($"/api/v1/wallets/{wallet}")).ToJsonString().ShouldBe(renamed.ToJsonString());
    }

    [Theory]
    [InlineData("sync")]
    [InlineData("fetch")]
    public async Task a_sync_is_asked_for_under_either_name(string name)
    {
        using var client = service.As(TestIdentity.Someone());
        var wallet = await client.NewWallet();
        using var response = await client.PostAsync($"/api/v1/wallets/{wallet}/{name}", null, TestContext.Current.CancellationToken);

        response.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        response.Headers.Location!.ToString().ShouldBe($"/api/v1/wallets/{wallet}/sync");
    }

    [Fact]
    public async Task a_sync_is_cancelled_as_often_as_one_likes_whether_or_not_one_runs()
    {
        using var client = service.As(TestIdentity.Someone());
        var wallet = await client.NewWallet();

        for (var n = 0; n < 2; n++) await client.Send(HttpMethod.Delete, $"/api/v1/wallets/{wallet}/sync", null, HttpStatusCode.NoContent);
        using var reader = service.As(TestIdentity.Someone(ServiceDefaults.Scopes.WalletsRead));
        await reader.SendForProblem(HttpMethod.Delete, $"/api/v1/wallets/{wallet}/sync", null, "forbidden");
    }

    private static IEnumerable<string> Labels(JsonNode page) => page["data"]!.AsArray().Select(wallet => wallet!["label"]!.GetValue<string>());
}

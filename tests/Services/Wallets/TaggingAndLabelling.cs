using System.Net;
using System.Text.Json.Nodes;
using Shouldly;
using Xunit;

namespace Services.Wallets;

[Collection(nameof(WalletsService))]
public sealed class TaggingAndLabelling(WalletsService service)
{
    private static readonly string Txid = new('c', 64);

    [Fact]
    public async Task a_wallet_and_an_address_have_tags_that_lists_are_filtered_by()
    {
        using var client = service.As(TestIdentity.Someone());
        var (cold, hot) = (await client.NewWallet("Cold"), await client.NewWallet("Hot"));
        var path = $"/api/v1/wallets/{cold}";
        var first = await client.Post($"{path}/addresses", new { network = "bitcoin", address = Api.Genesis });
        await client.Post($"{path}/addresses", new { network = "bitcoin", address = Api.Segwit });

        Tags(await client.Send(HttpMethod.Patch, path, new { tags = new[] { " cold ", "Family", "family" } }, HttpStatusCode.OK))
            .ShouldBe(["cold", "Family"], "blanks go, and of tags that differ in case the first counts");
        (await client.GetOk(path))["label"]!.GetValue<string>().ShouldBe("Cold");
        Tags(await client.Send(
            HttpMethod.Patch, $"{path}/addresses/{first.Id()}", new { label = "First", tags = new[] { "exchange" } }, HttpStatusCode.OK))
            .ShouldBe(["exchange"]);

        Ids(await client.GetOk("/api/v1/wallets?tag=FAMILY")).ShouldBe([cold.ToString()]);
        Ids(await client.GetOk("/api/v1/wallets?tag=exchange")).ShouldBeEmpty();
        Ids(await client.GetOk($"{path}/addresses?tag=Exchange")).ShouldBe([first.Id()]);
        Tags(await client.Send(HttpMethod.Patch, path, new { tags = Array.Empty<string>() }, HttpStatusCode.OK)).ShouldBeEmpty();
        Ids(await client.GetOk("/api/v1/wallets")).ShouldBe([cold.ToString(), hot.ToString()]);
    }

    [Theory]
    [InlineData("""{"tags":["a,b"]}""", "/tags/0", "tag-characters")]
    [InlineData("""{"tags":["ok","  "]}""", "/tags/1", "tag-empty")]
    [InlineData("""{"tags":["0123456789012345678901234567890123456789012345678901"]}""", "/tags/0", "tag-too-long")]
    [InlineData("""{"tags":["1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16","17","18","19","20","21"]}""", "/tags", "too-many-tags")]
    [InlineData("""{}""", "/label", "required")]
    public async Task what_is_no_tag_is_refused_by_its_place(string body, string pointer, string code)
    {
        using var client = service.As(TestIdentity.Someone());
        var path = $"/api/v1/wallets/{await client.NewWallet()}";
        var problem = await client.SendForProblem(HttpMethod.Patch, path, new StringContent(body, null, "application/json"), "invalid-body");
        problem["errors"]![0]!["pointer"]!.GetValue<string>().ShouldBe(pointer);
        problem["errors"]![0]!["code"]!.GetValue<string>().ShouldBe(code);
    }

    [Fact]
    public async Task a_transaction_is_labelled_replaced_and_forgotten()
    {
        using var client = service.As(TestIdentity.Someone());
        var path = $"/api/v1/labels/transactions/bitcoin/{Txid.ToUpperInvariant()}";
        (await client.GetOk(path))["label"].ShouldBeNull();

        var said = await client.Send(
            HttpMethod.Put, path, new { label = "Rent", tags = new[] { "flat" }, note = "Late\r\nby a week" }, HttpStatusCode.OK);
        said["txid"]!.GetValue<string>().ShouldBe(Txid);
        said["note"]!.GetValue<string>().ShouldBe("Late\nby a week");
        (await client.GetOk(path)).ToJsonString().ShouldBe(said.ToJsonString());

        await client.Send(HttpMethod.Put, path, new { note = "Only this" }, HttpStatusCode.OK);
        (await client.GetOk(path))["label"].ShouldBeNull();
        await client.SendForProblem(HttpMethod.Put, path, new { }, "invalid-body");
        await client.Send(HttpMethod.Delete, path, null, HttpStatusCode.NoContent);
        await client.Send(HttpMethod.Delete, path, null, HttpStatusCode.NoContent);
        (await client.GetOk(path))["note"].ShouldBeNull();
    }

    [Fact]
    public async Task an_id_that_no_transaction_of_the_network_has_is_not_found()
    {
        using var client = service.As(TestIdentity.Someone());
        foreach (var place in new[] { "bitcoin/abc", $"bitcoin/0x{Txid}", $"ethereum/{Txid}", "solana/1111", $"solana/{new string('1', 88)}" })
            await client.SendForProblem(HttpMethod.Put, $"/api/v1/labels/transactions/{place}", new { label = "x" }, "not-found");
        await client.SendForProblem(HttpMethod.Put, $"/api/v1/labels/transactions/nowhere/{Txid}", new { label = "x" }, "unknown-network");
    }

    [Fact]
    public async Task what_one_says_nobody_else_hears_and_a_key_for_certain_wallets_opens_none_of_it()
    {
        var caller = TestIdentity.Someone();
        using var owner = service.As(caller);
        using var other = service.As(TestIdentity.Someone());
        using var narrow = service.As(caller with { Wallets = new HashSet<Guid> { await owner.NewWallet() } });
        var path = $"/api/v1/labels/transactions/bitcoin/{Txid}";
        await owner.Send(HttpMethod.Put, path, new { label = "Mine" }, HttpStatusCode.OK);

        (await other.GetOk(path))["label"].ShouldBeNull();
        await narrow.SendForProblem(HttpMethod.Get, path, null, "forbidden");
        await narrow.SendForProblem(HttpMethod.Put, path, new { label = "Ours" }, "forbidden");
        await narrow.SendForProblem(HttpMethod.Delete, path, null, "forbidden");
        (await owner.GetOk(path))["label"]!.GetValue<string>().ShouldBe("Mine");
    }

    private static List<string> Tags(JsonNode node) => [.. node["tags"]!.AsArray().Select(tag => tag!.GetValue<string>())];

    private static List<string> Ids(JsonNode page) => [.. page["data"]!.AsArray().Select(each => each!.Id())];
}

using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Chains;
using ServiceDefaults;
using Shouldly;
using Xunit;

namespace Services.Portfolio.Prices;

/// <summary>What people ask of prices, and what they set.</summary>
public sealed class AskingForPrices(PricedPortfolio portfolio) : IClassFixture<PricedPortfolio>
{
    private static readonly string Bitcoin = Networks.Bitcoin.Native.Caip19;

    private static CancellationToken Ct => PricedPortfolio.Ct;

    [Fact]
    public async Task a_price_is_told_with_its_source_and_age()
    {
        var jobs = await portfolio.Begin(DateTimeOffset.UtcNow);
        var (owner, _) = await portfolio.Hold("bitcoin", Yesterday, Bitcoin);
        await portfolio.Script.SetPriceAsync(new("bitcoin", 61234.50m), Ct);
        await jobs.Latest.RefreshAsync(Ct);

        var told = await Get(portfolio.As(owner), $"/api/v1/prices?asset={Bitcoin}");
        ((string?)told["value"], (string?)told["source"], (bool)told["stale"]!).ShouldBe(("61234.5", "coingecko", false));
        ((long)told["ageSeconds"]!).ShouldBeInRange(0, 60);

        told = await Get(portfolio.As(owner), $"/api/v1/prices?asset={Bitcoin}&at=2020-01-01");
        told["value"].ShouldBeNull();
        ((string?)told["reason"]).ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task a_manual_price_is_its_owners_alone_and_counts_before_others()
    {
        await portfolio.Begin(DateTimeOffset.UtcNow);
        var (owner, wallet) = await portfolio.Hold("bitcoin", Yesterday, Bitcoin);
        var (writing, reading, other) = (portfolio.As(owner, scope: Scopes.WalletsWrite), portfolio.As(owner), portfolio.As(Guid.CreateVersion7()));
        var id = Guid.CreateVersion7();
        object price = new { asset = Bitcoin, value = "0.10", from = "2020-01-01", to = "2020-01-31", currency = "USD", note = "a friend's" };

        (await writing.PutAsJsonAsync($"/api/v1/prices/manual/{id}", price, Ct)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await writing.PutAsJsonAsync($"/api/v1/prices/manual/{id}", price, Ct)).StatusCode.ShouldBe(HttpStatusCode.OK);

        var told = await Get(reading, $"/api/v1/prices?asset={Bitcoin}&at=2020-01-31");
        ((string?)told["value"], (string?)told["source"], (string?)told["note"]).ShouldBe(("0.1", "manual", "a friend's"));
        (await Get(reading, $"/api/v1/prices?asset={Bitcoin}&at=2020-02-01"))["value"].ShouldBeNull();
        (await Get(other, $"/api/v1/prices?asset={Bitcoin}&at=2020-01-31"))["value"].ShouldBeNull();
        ((string?)(await Get(reading, "/api/v1/prices/manual"))["data"]!.AsArray().ShouldHaveSingleItem()!["value"]).ShouldBe("0.1");
        (await other.GetAsync($"/api/v1/prices/manual/{id}", Ct)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await portfolio.As(Guid.CreateVersion7(), scope: Scopes.WalletsWrite).PutAsJsonAsync($"/api/v1/prices/manual/{id}", price, Ct)).StatusCode
            .ShouldBe(HttpStatusCode.NotFound);
        (await portfolio.As(Guid.CreateVersion7(), scope: Scopes.WalletsWrite).DeleteAsync($"/api/v1/prices/manual/{id}", Ct)).StatusCode
            .ShouldBe(HttpStatusCode.NotFound);
        (await portfolio.As(owner, new HashSet<Guid> { wallet }, Scopes.WalletsWrite).DeleteAsync($"/api/v1/prices/manual/{id}", Ct)).StatusCode
            .ShouldBe(HttpStatusCode.Forbidden);
        (await reading.DeleteAsync($"/api/v1/prices/manual/{id}", Ct)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await writing.DeleteAsync($"/api/v1/prices/manual/{id}", Ct)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await Get(reading, $"/api/v1/prices?asset={Bitcoin}&at=2020-01-31"))["value"].ShouldBeNull();
    }

    [Theory]
    [InlineData("value", "0", "/value")]
    [InlineData("value", "-5", "/value")]
    [InlineData("value", "1e5", "/value")]
    [InlineData("value", "1,5", "/value")]
    [InlineData("value", "1000000000000000", "/value")]
    [InlineData("asset", "bitcoin", "/asset")]
    [InlineData("asset", "eip155:1/erc20:0x../../../x", "/asset")]
    [InlineData("currency", "usd", "/currency")]
    [InlineData("from", "1800-01-01", "/from")]
    [InlineData("to", "2019-12-31", "/to")]
    [InlineData("note", "", "/note")]
    public async Task what_is_no_price_is_refused_with_its_place(string property, string value, string pointer)
    {
        var body = new JsonObject { ["asset"] = Bitcoin, ["value"] = "5", ["from"] = "2020-01-01" };
        body[property] = value;
        using var response = await portfolio.As(Guid.CreateVersion7(), scope: Scopes.WalletsWrite)
            .PutAsJsonAsync($"/api/v1/prices/manual/{Guid.CreateVersion7()}", body, Ct);
        response.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var problem = (await response.Content.ReadFromJsonAsync<JsonNode>(Ct))!;
        problem["errors"]!.AsArray().Select(error => (string?)error!["pointer"]).ShouldBe([pointer]);
    }

    [Fact]
    public async Task tokens_that_others_hold_are_none_of_ones_business()
    {
        var jobs = await portfolio.Begin(DateTimeOffset.UtcNow);
        var (owner, _) = await portfolio.Hold("ethereum", Yesterday, PricedPortfolio.Dollar);
        await jobs.Latest.RefreshAsync(Ct);
        (await Get(portfolio.As(owner), $"/api/v1/prices?asset={PricedPortfolio.Dollar}"))["value"].ShouldNotBeNull();
        (await Get(portfolio.As(owner, new HashSet<Guid> { Guid.CreateVersion7() }), $"/api/v1/prices?asset={PricedPortfolio.Dollar}"))["value"]
            .ShouldBeNull();
        (await Get(portfolio.As(Guid.CreateVersion7()), $"/api/v1/prices?asset={PricedPortfolio.Dollar}"))["value"].ShouldBeNull();
    }

    [Theory]
    [InlineData("?asset=nonsense")]
    [InlineData("?asset=eip155:1/slip44:60&currency=XXX")]
    [InlineData("?asset=eip155:1/slip44:60&at=3000-01-01")]
    public async Task what_cannot_be_asked_is_refused(string query)
    {
        using var response = await portfolio.As(Guid.CreateVersion7()).GetAsync($"/api/v1/prices{query}", Ct);
        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task sources_tell_how_they_are_and_currencies_their_rates()
    {
        var jobs = await portfolio.Begin(DateTimeOffset.UtcNow);
        var (owner, _) = await portfolio.Hold("bitcoin", Yesterday, Bitcoin);
        await portfolio.Script.SetFaultAsync(
            new(ChainSimulator.Serving.FaultKind.RateLimit, Network: "market", Replica: "coingecko", RetryAfterSeconds: 3000), Ct);
        await jobs.Latest.RefreshAsync(Ct);
        await jobs.Rates.RefreshAsync(Ct);

        var sources = (await Get(portfolio.As(owner), "/api/v1/prices/sources"))["data"]!.AsArray();
        sources.Select(source => ((string?)source!["name"], (string?)source["state"])).ShouldBe(
            [("coingecko", "waiting"), ("defillama", "well"), ("ecb", "well")]);
        ((string?)sources[0]!["reason"]).ShouldBe("rate limited");
        sources[0]!["nextTry"].ShouldNotBeNull();
        ((long)sources[0]!["budget"]!.AsArray().Single()!["left"]!).ShouldBeInRange(1, 99_999);

        var currencies = (await Get(portfolio.As(owner), "/api/v1/currencies"))["data"]!.AsArray();
        currencies.Count.ShouldBeGreaterThan(20);
        currencies.Single(each => (string?)each!["code"] == "USD")!["perEuro"].ShouldNotBeNull();
    }

    private static DateOnly Yesterday => DateOnly.FromDateTime(DateTime.UtcNow).AddDays(-1);

    private static async Task<JsonNode> Get(HttpClient client, string path)
    {
        using var response = await client.GetAsync(path, Ct);
        response.StatusCode.ShouldBe(HttpStatusCode.OK, await response.Content.ReadAsStringAsync(Ct));
        return (await response.Content.ReadFromJsonAsync<JsonNode>(Ct))!;
    }
}

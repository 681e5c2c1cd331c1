using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Chains;
using Contracts;
using ServiceDefaults;
using Shouldly;
using Xunit;

namespace Services.Portfolio.Valuing;

public sealed class LeaveOutSpam(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    private const string Own = "0x52908400098527886E0F7030069857D2E4169EE7";
    private const string Shop = "0x8617E340B3D01FA5F11F306F4090FD50E238070D";
    private const string Imitation = "0x8617aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa070D";
    private const string Usdt = "eip155:1/erc20:0xdac17f958d2ee523a2206206994597c13d831ec7";
    private const string FakeUsdt = "eip155:1/erc20:0x00000000000000000000000000000000000000aa";
    private const string Unasked = "eip155:1/erc20:0x00000000000000000000000000000000000000bb";
    private static readonly string Ether = Networks.Ethereum.Native.Caip19;
    private static readonly DateTimeOffset At = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task imitations_and_what_came_unasked_count_for_nothing_until_their_owner_says_otherwise()
    {
        var (owner, client, _) = await Account();
        var shown = await Lists.Get(client, "/api/v1/portfolio");
        Total(shown).ShouldBe("3010.00");
        Totals(shown)[FakeUsdt]!.ShouldStartWith("spam: it is written like USDТ");
        Totals(shown)[Unasked].ShouldBe("spam: it is on no list and came unasked");
        Totals(shown)[Usdt].ShouldBeNull();
        shown["unpriced"]!.AsArray().Count.ShouldBe(0);

        using var writer = portfolio.As(owner, scope: Scopes.WalletsWrite);
        await Say(Unasked, "trusted");
        shown = await Lists.Get(client, "/api/v1/portfolio");
        shown["value"]!["value"].ShouldBeNull();
        ((string)shown["value"]!["priced"]!["amount"]!).ShouldBe("3010.00");
        shown["unpriced"]!.AsArray().Select(asset => (string)asset!).ShouldBe([Unasked]);

        await Say(Usdt, "spam");
        ((string)(await Lists.Get(client, "/api/v1/portfolio"))["value"]!["priced"]!["amount"]!).ShouldBe("3000.00");
        var assets = await Lists.All(client, "/api/v1/assets", new Random(1));
        assets.ToDictionary(asset => (string)asset["asset"]!, asset => (string?)asset["verdict"]).ShouldBe(
            new Dictionary<string, string?> { [Ether] = null, [FakeUsdt] = null, [Unasked] = "trusted", [Usdt] = "spam" }, ignoreOrder: true);

        foreach (var asset in new[] { Unasked, Usdt }) await Say(asset, null);
        Total(await Lists.Get(client, "/api/v1/portfolio")).ShouldBe("3010.00");

        // What one says is nobody else's view.
        using var other = portfolio.As(Guid.CreateVersion7());
        (await Lists.Get(other, "/api/v1/assets"))["data"]!.AsArray().Count.ShouldBe(0);

        async Task Say(string asset, string? verdict) =>
            (await writer.PutAsJsonAsync("/api/v1/assets/verdicts", new { asset, verdict }, Cancellation)).StatusCode
                .ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task whoever_names_a_marked_asset_is_told_what_it_was_worth()
    {
        var (_, client, _) = await Account();
        var today = DateOnly.FromDateTime(DateTime.UtcNow);
        await new DayPriceRows(portfolio.Database).Set(FakeUsdt, today, 3);
        var all = await Lists.Get(client, "/api/v1/portfolio/history?from=2026-01-01");
        ((string)all["points"]!.AsArray()[^1]!["value"]!["amount"]!, all["leftOut"]!.AsArray().Count).ShouldBe(("3010.00", 2));
        var one = await Lists.Get(client, $"/api/v1/portfolio/history?from=2026-01-01&asset={Uri.EscapeDataString(FakeUsdt)}");
        ((string)one["points"]!.AsArray()[^1]!["value"]!["amount"]!, one["leftOut"]!.AsArray().Count).ShouldBe(("3000.00", 0));
    }

    [Theory]
    [InlineData("""{"asset": "x", "verdict": "spam"}""", "/asset")]
    [InlineData("""{"asset": "a/b", "verdict": "maybe"}""", "/verdict")]
    public async Task a_verdict_that_is_none_is_refused(string body, string pointer)
    {
        using var client = portfolio.As(Guid.CreateVersion7(), scope: Scopes.WalletsWrite);
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        var answer = await client.PutAsync("/api/v1/assets/verdicts", content, Cancellation);
        answer.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        ((string)(await answer.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!["errors"]![0]!["pointer"]!).ShouldBe(pointer);
    }

    [Fact]
    public async Task entries_made_to_deceive_say_so_and_the_imitated_one_never_does()
    {
        var (_, client, path) = await Account();
        var risks = (await Lists.All(client, $"{path}/transactions", new Random(2)))
            .ToDictionary(entry => ((string)entry["txid"]!, (string)entry["asset"]!), entry => entry["risk"]);
        ((string)risks[("dust", Ether)]!["label"]!).ShouldBe("address-poisoning");
        ((string)risks[("dust", Ether)]!["imitates"]!).ShouldBe(Shop);
        ((string)risks[("nothing", Usdt)]!["label"]!).ShouldBe("address-poisoning");
        ((string)risks[("fake", FakeUsdt)]!["label"]!).ShouldBe("address-poisoning");
        ((string)risks[("gift", Unasked)]!["label"]!).ShouldBe("spam");
        foreach (var honest in new[] { ("funds", Ether), ("paid", Ether), ("refund", Ether), ("tether", Usdt) }) risks[honest].ShouldBeNull();
        var one = await Lists.Get(client, "/api/v1/transactions/ethereum/dust");
        ((string)one["changes"]![0]!["risk"]!["imitates"]!).ShouldBe(Shop);
    }

    [Fact]
    public async Task an_export_gives_them_no_value_and_a_tax_tool_does_not_hear_of_them()
    {
        var (_, client, _) = await Account();
        var prices = new DayPriceRows(portfolio.Database);
        foreach (var asset in new[] { Ether, Usdt, FakeUsdt, Unasked }) await prices.Set(asset, DateOnly.FromDateTime(At.UtcDateTime), 2);
        var rows = (await ExportHistories.Csv(client, "/api/v1/export/transactions")).ToDictionary(row => row["txid"]);
        (rows["fake"]["value"], rows["fake"]["price"], rows["fake"]["leftOut"][..5]).ShouldBe(("", "", "spam:"));
        (rows["gift"]["value"], rows["gift"]["leftOut"]).ShouldBe(("", "spam: it is on no list and came unasked"));
        (rows["funds"]["value"], rows["funds"]["leftOut"]).ShouldBe(("4.00", ""));
        foreach (var format in new[] { "koinly", "cointracking" })
        {
            (await ExportHistories.Csv(client, $"/api/v1/export/transactions?format={format}"))
                .Select(row => row[format == "koinly" ? "TxHash" : "Tx-ID"]).ShouldBe(["funds", "paid", "tether", "dust", "refund"]);
        }
    }

    [Fact]
    public async Task under_a_tag_an_address_counts_once_however_it_got_it()
    {
        var (_, client, path) = await Account();
        var wallet = Guid.Parse(path.Split('/')[^1]);
        var address = (Guid)(await Lists.Get(client, $"{path}/balances"))["data"]![0]!["addressId"]!;
        await portfolio.FromWallets(
            new WalletTagged(wallet, ["Cold", "Family"], At), new AddressTagged(wallet, address, ["cold", "shop"], At));
        var shown = await Lists.Get(client, "/api/v1/portfolio");
        shown["byTag"]!.AsArray().ToDictionary(tag => (string)tag!["tag"]!, tag => (string)tag!["value"]!["value"]!["amount"]!).ShouldBe(
            new Dictionary<string, string> { ["Cold"] = "3010.00", ["Family"] = "3010.00", ["shop"] = "3010.00" }, ignoreOrder: true);
    }

    private static string Total(JsonNode shown) => (string)shown["value"]!["value"]!["amount"]!;

    private static Dictionary<string, string?> Totals(JsonNode shown) =>
        shown["totals"]!.AsArray().ToDictionary(total => (string)total!["asset"]!, total => (string?)total!["leftOut"]);

    private async Task<(Guid Owner, HttpClient Client, string Path)> Account()
    {
        await portfolio.Clear();
        var (owner, wallet, address, ledger) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        await portfolio.FromWallets(new WalletCreated(wallet, owner, "main", At), new AddressImported(wallet, address, "ethereum", Own, null, At));
        await portfolio.FromSync(
            new LedgerTracked(ledger, wallet, address, "ethereum", Own, At), new LedgerWalkStarted(ledger, "first", At),
            new AssetDescribed("ethereum", Usdt, "USDT", 6, "test", At), new AssetDescribed("ethereum", FakeUsdt, "USDТ", 6, "test", At),
            new AssetDescribed("ethereum", Unasked, "GIFTS", 18, "test", At),
            new TransactionsObserved(ledger,
            [
                Transaction("funds", 1, Ether, 2_000_000_000_000_000_000, Shop, Own, fee: 0),
                Transaction("paid", 2, Ether, -500_000_000_000_000_000, Own, Shop, fee: 1),
                Transaction("tether", 3, Usdt, 10_000_000, Shop, Own, fee: 0),
                Transaction("dust", 4, Ether, 1, Imitation, Own, fee: 0),
                Transaction("nothing", 5, Usdt, 0, Own, Imitation, fee: 0),
                Transaction("fake", 6, FakeUsdt, 1_000_000_000, Imitation, Own, fee: 0),
                Transaction("gift", 7, Unasked, 1_000_000, "0x0000000000000000000000000000000000000001", Own, fee: 0),
                Transaction("refund", 8, Ether, 499_999_999_999_999_999, Shop, Own, fee: 0),
            ]),
            new LedgerWalkCompleted(ledger, "first", 100, "h", At));
        var prices = new DayPriceRows(portfolio.Database);
        var today = DateOnly.FromDateTime(DateTime.UtcNow);
        await prices.Set(Ether, today, 1500);
        await prices.Set(Usdt, today, 1);
        return (owner, portfolio.As(owner), $"/api/v1/wallets/{wallet}");
    }

    private static ObservedTransaction Transaction(string txid, long height, string asset, long delta, string from, string to, long fee) => new(
        txid, height, $"block {height}", At.AddMinutes(height), null, fee, [new Movement("native", asset, delta)],
        [new Party(from, Math.Abs(delta), asset == Ether ? null : asset)], [new Party(to, Math.Abs(delta), asset == Ether ? null : asset)], false, 0,
        "test");
}

using System.Net;
using System.Text.Json.Nodes;
using Contracts;
using Shouldly;
using Xunit;

namespace Services.Portfolio;

/// <summary>
/// Gains and returns over HTTP where nobody has told a price: quantities are known, values are not, and it is said what is missing.
/// </summary>
public sealed class TellGains(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    private const string Gains = "/api/v1/portfolio/gains?year=2026";

    [Fact]
    public async Task what_has_no_price_has_no_gain_and_says_what_is_missing()
    {
        var (world, _) = await Create();
        var answer = await Lists.Get(world.Client, Gains);
        var disposals = answer["data"]!.AsArray();
        disposals.Select(one => ((string)one!["kind"]!, Lists.Amount(one["quantity"]), (string)one["basis"]!, (string?)one["gain"]?["amount"]))
            .ShouldBe([("sent", 2_950, "partial", null), ("fee", 50, "partial", null)]);
        disposals[0]!["missing"]!.AsArray().Select(one => (string)one!).ShouldBe(["proceeds", "unpriced"]);
        disposals[0]!["fractions"]!.AsArray().Select(one => Lists.Amount(one!["quantity"])).ShouldBe([1_950, 1_000], ignoreOrder: true);
        answer["sums"]!.AsArray().Select(one => ((string)one!["kind"]!, (long)one["incomplete"]!, (string?)one["gain"]?["amount"]))
            .ShouldBe([("fee", 1, null), ("sent", 2, null)]);
        var open = answer["openLots"]!.AsArray().Single()!;
        (Lists.Amount(open["quantity"]), (long)open["lots"]!, (string?)open["cost"]?["amount"]).ShouldBe((1_950, 1, null));
        ((string)answer["method"]!, (string)answer["scope"]!, (int)answer["longTermDays"]!).ShouldBe(("fifo", "universal", 365));
    }

    [Fact]
    public async Task what_is_to_count_as_nothing_cost_nothing_and_says_so()
    {
        var (world, _) = await Create();
        var first = (await Lists.Get(world.Client, $"{Gains}&unpriced=zero"))["data"]![0]!;
        ((string)first["basis"]!, (string)first["cost"]!["amount"]!, (string?)first["proceeds"]?["amount"]).ShouldBe(("assumedZero", "0.00", null));
    }

    [Fact]
    public async Task pages_are_the_whole_list_in_order_and_end_with_its_end()
    {
        var (world, _) = await Create(payments: 40);
        var all = await Lists.All(world.Client, Gains, new Random(3));
        all.Count.ShouldBe(82);
        all.Select(one => (DateTimeOffset)one["time"]!).ShouldBeInOrder();
        var second = await Lists.Get(world.Client, $"{Gains}&limit=30&cursor={(await Lists.Get(world.Client, $"{Gains}&limit=30"))["next"]}");
        second["data"]!.AsArray().Select(one => one!.ToJsonString()).ShouldBe(all[30..60].Select(one => one.ToJsonString()));
        (await Lists.Get(world.Client, $"{Gains}&limit=30&cursor={second["prev"]}"))["data"]!.AsArray().Select(one => one!.ToJsonString())
            .ShouldBe(all[..30].Select(one => one.ToJsonString()));
    }

    [Fact]
    public async Task a_page_goes_on_where_the_last_one_ended_whatever_is_read_meanwhile()
    {
        var (world, _) = await Create(payments: 10);
        var all = (await Lists.All(world.Client, Gains, new Random(3))).ConvertAll(one => one.ToJsonString());
        var first = await Lists.Get(world.Client, $"{Gains}&limit=8");
        var earlier = Payment(world, 25, 10);
        await portfolio.FromSync(new TransactionsObserved(world.Ledger, [earlier]));
        var second = await Lists.Get(world.Client, $"{Gains}&limit=8&cursor={first["next"]}");
        second["data"]!.AsArray().Select(Place).ShouldBe(all[8..16].Select(one => Place(JsonNode.Parse(one))));
        (await Lists.Get(world.Client, $"{Gains}&limit=1"))["data"]!.AsArray().Select(one => (string)one!["txid"]!).ShouldBe([earlier.Txid]);

        static (string, string, string) Place(JsonNode? one) => ((string)one!["txid"]!, (string)one["kind"]!, one["quantity"]!.ToJsonString());
    }

    [Theory]
    [InlineData("import")]
    [InlineData("repair")]
    [InlineData("top")]
    public async Task while_any_history_is_being_read_gains_and_returns_say_so(string what)
    {
        var (world, _) = await Create();
        (await Told()).ShouldBe((false, false, false));
        var imported = new AddressImported(world.Wallet, Guid.CreateVersion7(), "litecoin", $"ltc1q{world.Wallet:N}", null, world.At);
        if (what == "import") await portfolio.FromWallets(imported);
        else await portfolio.FromSync(new LedgerWalkStarted(world.Ledger, what, new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero)));
        (await Told()).ShouldBe((true, true, true));

        // What is new changes nothing long ago, and of one asset only its own network's addresses can.
        ((bool)(await Lists.Get(world.Client, "/api/v1/portfolio/performance?from=2025-12-01&to=2025-12-02"))["provisional"]!)
            .ShouldBe(what != "top");
        ((bool)(await Lists.Get(world.Client, $"/api/v1/portfolio/performance?asset={Uri.EscapeDataString(RandomHistory.Asset)}"))["provisional"]!)
            .ShouldBe(what != "import");

        async Task<(bool, bool, bool)> Told() => (
            (bool)(await Lists.Get(world.Client, Gains))["provisional"]!,
            (bool)(await Lists.Get(world.Client, "/api/v1/portfolio/performance"))["provisional"]!,
            (await Lists.Ask(world.Client, "/api/v1/portfolio/gains.csv?year=2026")).Body.TrimEnd().EndsWith(",true", StringComparison.Ordinal));
    }

    [Fact]
    public async Task a_file_has_a_row_for_each_lot_of_each_disposal()
    {
        var (world, payment) = await Create();
        var body = (await Lists.Ask(world.Client, "/api/v1/portfolio/gains.csv?year=2026&method=lifo")).Body;
        var lines = body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Trim()).ToList();
        lines[0].ShouldBe("time,network,asset,symbol,txid,wallet,kind,acquired,quantity,proceeds,cost,gain,currency,term,basis,missing,provisional");
        lines.Count.ShouldBe(3);
        lines[1].ShouldContain($"bitcoin,{RandomHistory.Asset},BTC,{payment.Txid},{world.Wallet},sent,");
        lines[1].ShouldEndWith(",0.0000295,,,,USD,short,partial,proceeds unpriced,false");
        lines[2].ShouldContain(",fee,");
    }

    [Fact]
    public async Task without_prices_no_return_is_told_but_the_gap_is()
    {
        var (world, _) = await Create();
        var answer = await Lists.Get(world.Client, "/api/v1/portfolio/performance?to=2026-03-01");
        foreach (var name in new[] { "simple", "moneyWeighted", "timeWeighted" })
            ((string?)answer[name]!["percent"], (string)answer[name]!["reason"]!).ShouldBe((null, "prices are missing"));
        ((int)answer["gapCount"]!, (string)answer["gaps"]![0]!["asset"]!, (string)answer["gaps"]![0]!["to"]!)
            .ShouldBe((1, RandomHistory.Asset, "2026-03-01"));

        var without = await Lists.Get(world.Client, "/api/v1/portfolio/performance?to=2026-03-01&unpriced=exclude");
        without["leftOut"]!.AsArray().Select(one => (string)one!).ShouldBe([RandomHistory.Asset]);
        ((string)without["closing"]!["amount"]!, (string)without["simple"]!["reason"]!).ShouldBe(("0.00", "nothing was put in"));
    }

    [Theory]
    [InlineData("gains?year=2008")]
    [InlineData("gains?year=9999")]
    [InlineData("gains?method=best")]
    [InlineData("gains?scope=mine")]
    [InlineData("gains?transferFee=none")]
    [InlineData("gains?longTermDays=-1")]
    [InlineData("gains?unpriced=guess")]
    [InlineData("gains?currency=PIGS")]
    [InlineData("gains.csv?method=best")]
    [InlineData("performance?from=2026-02-01&to=2026-01-01")]
    [InlineData("performance?to=9999-01-01")]
    [InlineData("performance?asset=gold")]
    [InlineData("performance?unpriced=guess")]
    public async Task what_cannot_be_counted_is_refused(string query)
    {
        var (world, _) = await Create();
        var (status, body) = await Lists.Ask(world.Client, $"/api/v1/portfolio/{query}");
        status.ShouldBe(HttpStatusCode.BadRequest);
        JsonNode.Parse(body)!["errors"]!.AsArray().Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("gains?year=2026&")]
    [InlineData("gains.csv?year=2026&")]
    [InlineData("performance?")]
    public async Task another_users_wallet_is_none_and_a_narrow_key_sees_nothing_of_the_others(string path)
    {
        var ((mine, _), (theirs, _)) = (await Create(), await Create());
        (await Lists.Ask(mine.Client, $"/api/v1/portfolio/{path}wallet={theirs.Wallet}")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await Lists.Ask(mine.Client, $"/api/v1/portfolio/{path}wallet={mine.Wallet}")).Status.ShouldBe(HttpStatusCode.OK);

        using var narrow = portfolio.As(mine.Owner, new HashSet<Guid> { Guid.CreateVersion7() });
        (await Lists.Ask(narrow, $"/api/v1/portfolio/{path}wallet={mine.Wallet}")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await Lists.Ask(narrow, $"/api/v1/portfolio/{path.TrimEnd('&', '?')}")).Body.ShouldNotContain(RandomHistory.Asset);
    }

    // 1,950 and 3,000 come in, and 2,950 go out with a fee of 50; as many payments more as are asked for are of what comes besides.
    private async Task<(SmallWorld World, ObservedTransaction Out)> Create(int payments = 0)
    {
        var world = await SmallWorld.Create(portfolio);
        var payment = Payment(world, 30, 3_000);
        await portfolio.FromSync(new TransactionsObserved(world.Ledger,
        [
            Transaction(10, 1_950), Transaction(20, 3_000 + (payments * 200)), payment,
            .. Enumerable.Range(0, payments).Select(i => Payment(world, 40 + i, 200)),
        ]), world.WalkCompleted(100));
        return (world, payment);
    }

    private static ObservedTransaction Payment(SmallWorld world, long height, long amount) =>
        Transaction(height, -amount) with { From = [new($"bc1q{world.Ledger:N}", amount)], Fee = 50 };

    private static ObservedTransaction Transaction(long height, long delta) =>
        RandomHistory.Transaction(new Random(1), height, delta, txid: RandomHistory.Hash($"{height} {Guid.CreateVersion7()}"));
}

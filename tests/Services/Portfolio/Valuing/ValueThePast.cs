using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;
using Fractions;
using Shouldly;
using Xunit;

namespace Services.Portfolio.Valuing;

public sealed class ValueThePast(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    private const int Decimals = 8;
    private static readonly string Bitcoin = RandomHistory.Asset;

    [Fact]
    public async Task at_a_thousand_instants_the_portfolio_is_worth_what_a_naive_replay_says_to_the_cent()
    {
        var (past, prices) = await World(11, holes: 20);
        var from = past.Rows.ToDictionary(row => row, past.CountsFrom);
        for (var i = 0; i < 1000; i++)
        {
            var at = Instant(past);
            var worth = prices.Worth(Bitcoin, DateOnly.FromDateTime(at.UtcDateTime), Sum(past.Rows.Where(row => from[row] <= at)), Decimals);
            var shown = await Lists.Get(past.World.Client, $"/api/v1/portfolio?at={Text(at)}");
            ((string?)shown["value"]!["value"]?["amount"]).ShouldBe(DayPriceRows.Cents(worth), $"at {at:O}");
            ((int)shown["value"]!["unpriced"]!).ShouldBe(worth is null ? 1 : 0);
            ((string?)shown["byWallet"]![0]!["value"]!["value"]?["amount"]).ShouldBe(DayPriceRows.Cents(worth));

            var balances = await Lists.Get(past.World.Client, $"{past.World.Path}/balances?at={Text(at)}");
            balances["value"]!.ToJsonString().ShouldBe(shown["value"]!.ToJsonString());
            foreach (var entry in balances["data"]!.AsArray())
            {
                var own = prices.Worth(Bitcoin, DateOnly.FromDateTime(at.UtcDateTime), Lists.Amount(entry!["derived"])!.Value, Decimals);
                ((string?)entry["value"]?["amount"]).ShouldBe(DayPriceRows.Cents(own));
            }
        }
    }

    [Theory]
    [InlineData("day", "from=2016-03-01&to=2018-02-01")]
    [InlineData("week", "")]
    [InlineData("month", "&tz=America/New_York")]
    public async Task history_has_the_value_at_each_end_and_names_what_has_no_price(string interval, string query)
    {
        var (past, prices) = await World(12, holes: 9);
        var from = past.Rows.ToDictionary(row => row, past.CountsFrom);
        var history = await Lists.Get(past.World.Client, $"/api/v1/portfolio/history?interval={interval}&{query}");
        var zone = TimeZoneInfo.FindSystemTimeZoneById(query.Contains("tz", StringComparison.Ordinal) ? "America/New_York" : "UTC");
        var points = history["points"]!.AsArray();
        points.Count.ShouldBeInRange(100, 2000);
        var missing = new HashSet<DateOnly>();
        for (var i = 0; i < points.Count; i++)
        {
            var start = DateOnly.Parse((string)points[i]!["start"]!, CultureInfo.InvariantCulture);
            var next = interval switch { "day" => start.AddDays(1), "week" => start.AddDays(7), _ => start.AddMonths(1) };
            if (i + 1 < points.Count) ((string)points[i + 1]!["start"]!).ShouldBe(next.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
            var midnight = next.ToDateTime(TimeOnly.MinValue);
            var edge = new DateTimeOffset(midnight, zone.GetUtcOffset(midnight)).ToUniversalTime();
            var end = edge > DateTimeOffset.UtcNow ? DateTimeOffset.UtcNow : edge.AddTicks(-1);
            var worth = prices.Worth(Bitcoin, DateOnly.FromDateTime(end.UtcDateTime), Sum(past.Rows.Where(row => from[row] < edge)), Decimals);
            ((string?)points[i]!["value"]?["amount"]).ShouldBe(DayPriceRows.Cents(worth), $"{start}");
            if (worth is null) missing.Add(start);
        }

        var gaps = history["gaps"]!.AsArray().SelectMany(gap =>
        {
            var (first, last) = (Day(gap!["from"]), Day(gap["to"]));
            return points.Select(point => Day(point!["start"])).Where(day => day >= first && day <= last);
        }).ToHashSet();
        gaps.ShouldBe(missing, ignoreOrder: true);
    }

    [Fact]
    public async Task any_range_has_at_most_2000_points_and_the_shortest_interval_that_fits()
    {
        var (past, _) = await World(13, transactions: 60);
        ((string)(await Lists.Get(past.World.Client, "/api/v1/portfolio/history"))["interval"]!).ShouldBe("week");
        ((string)(await Lists.Get(past.World.Client, "/api/v1/portfolio/history?from=2020-01-01"))["interval"]!).ShouldBe("week");
        ((string)(await Lists.Get(past.World.Client, "/api/v1/portfolio/history?from=2024-01-01"))["interval"]!).ShouldBe("day");
        ((string)(await Lists.Get(past.World.Client, "/api/v1/portfolio/history?from=1900-01-01"))["interval"]!).ShouldBe("month");
        var answer = await Lists.Ask(past.World.Client, "/api/v1/portfolio/history?from=2010-01-01&interval=day");
        answer.Status.ShouldBe(System.Net.HttpStatusCode.BadRequest);
        ((string)JsonNode.Parse(answer.Body)!["errors"]![0]!["code"]!).ShouldBe("range-too-wide");
    }

    [Fact]
    public async Task what_an_address_held_that_nobody_has_read_yet_is_not_known_to_be_nothing()
    {
        var world = await SmallWorld.Create(portfolio);
        foreach (var path in new[] { "history?from=2026-01-01", $"history?from=2026-01-01&asset={Uri.EscapeDataString(Bitcoin)}" })
            (await Provisional(path)).ShouldAllBe(provisional => provisional);

        await portfolio.FromSync(world.WalkCompleted(100));
        (await Provisional("history?from=2026-01-01"))[0].ShouldBeFalse();
        await portfolio.FromSync(new Contracts.LedgerWalkStarted(world.Ledger, "repair", world.At));
        (await Provisional("history?from=2026-01-01"))[0].ShouldBeTrue();
        (await Provisional("history?from=2026-01-01&asset=eip155%3A1%2Fslip44%3A60"))[0].ShouldBeFalse();

        async Task<List<bool>> Provisional(string path) => [.. (await Lists.Get(world.Client, $"/api/v1/portfolio/{path}"))["points"]!.AsArray()
            .Select(point => (bool)point!["provisional"]!)];
    }

    [Fact]
    public async Task between_any_two_instants_the_parts_make_the_whole_to_the_last_digit()
    {
        var (past, prices) = await World(14, holes: 0);
        var from = past.Rows.ToDictionary(row => row, past.CountsFrom);
        for (var i = 0; i < 200; i++)
        {
            DateTimeOffset[] ends = [Instant(past), Instant(past)];
            Array.Sort(ends);
            var (one, two) = (ends[0], ends[1]);
            var path = $"/api/v1/portfolio/explain?from={Text(one)}&to={Text(two)}";
            var explained = await Lists.Get(past.World.Client, path);
            var asset = explained["assets"]!.AsArray().Single()!;
            var (before, after) = (Sum(past.Rows.Where(row => from[row] <= one)), Sum(past.Rows.Where(row => from[row] <= two)));
            Lists.Amount(asset["opening"]!["quantity"]).ShouldBe(before, $"{one:O} to {two:O}");
            Lists.Amount(asset["closing"]!["quantity"]).ShouldBe(after, $"{one:O} to {two:O}");
            (before + Quantity("received") - Quantity("sent") - Quantity("fees")).ShouldBe(after);

            var change = prices.Worth(Bitcoin, Day(two), after, Decimals)!.Value - prices.Worth(Bitcoin, Day(one), before, Decimals)!.Value;
            Value(explained["change"]).ShouldBe(change);
            (Value(explained["quantityEffect"]) + Value(explained["priceEffect"]) - Value(explained["fees"])).ShouldBe(change);
            (Value(asset["received"]!["value"]) - Value(asset["sent"]!["value"]) - Value(asset["fees"]!["value"]) + Value(asset["priceEffect"]))
                .ShouldBe(change);
            if (i % 20 > 0) continue;

            // The movements themselves, page by page, make the sums.
            var listed = await Lists.All(past.World.Client, path, new Random(i));
            foreach (var (kind, sum) in new[] { ("received", "received"), ("sent", "sent"), ("fee", "fees"), ("own-transfer", "ownTransfers") })
            {
                var same = listed.Where(entry => (string)entry["kind"]! == kind).ToList();
                same.Aggregate(BigInteger.Zero, (all, entry) => all + Lists.Amount(entry["quantity"])!.Value).ShouldBe(Quantity(sum));
                same.Aggregate(Fraction.Zero, (all, entry) => all + Value(entry["value"])).ShouldBe(Value(asset[sum]!["value"]));
                same.Count.ShouldBe((int)asset[sum]!["transactions"]!);
            }

            BigInteger Quantity(string part) => Lists.Amount(asset[part]!["quantity"])!.Value;
        }

        static Fraction Value(JsonNode? worth) => Fraction.FromString((string)worth!["amount"]!, CultureInfo.InvariantCulture);

        static DateOnly Day(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);
    }

    private async Task<(Past Past, DayPriceRows Prices)> World(int seed, int holes = 0, int transactions = 300)
    {
        await portfolio.Clear();
        var past = await Past.Create(portfolio, seed, transactions: transactions);
        var prices = new DayPriceRows(portfolio.Database);
        await prices.Fill(Bitcoin, new(2009, 12, 1), DateOnly.FromDateTime(DateTime.UtcNow), new Random(seed), holes);
        return (past, prices);
    }

    private static DateTimeOffset Instant(Past past) => past.Random.Next(4) == 0
        ? past.Rows[past.Random.Next(past.Rows.Count)].Time.AddMicroseconds(past.Random.Next(-1, 2))
        : Past.Start.AddSeconds(past.Random.NextInt64(-86_400, 506_000_000));

    private static string Text(DateTimeOffset at) =>
        Uri.EscapeDataString(at.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));

    private static DateOnly Day(JsonNode? day) => DateOnly.Parse((string)day!, CultureInfo.InvariantCulture);

    private static BigInteger Sum(IEnumerable<PastRow> rows) => rows.Aggregate(BigInteger.Zero, (sum, row) => sum + row.Delta);
}

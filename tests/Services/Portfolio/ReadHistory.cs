using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text.Json.Nodes;
using Contracts;
using Shouldly;
using Xunit;

namespace Services.Portfolio;

public sealed class ReadHistory(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    // Clocks that change at an hour, over midnight, by half an hour, and a day that a country left out.
    [Theory]
    [InlineData("UTC", "day")]
    [InlineData("UTC", "week")]
    [InlineData("UTC", "month")]
    [InlineData("Europe/Berlin", "day")]
    [InlineData("Europe/Berlin", "month")]
    [InlineData("America/Sao_Paulo", "day")]
    [InlineData("Australia/Lord_Howe", "week")]
    [InlineData("Pacific/Apia", "day")]
    public async Task every_interval_is_that_of_a_naive_replay(string tz, string interval)
    {
        var past = await Past.Create(portfolio, seed: 5, transactions: 200);
        var zone = TimeZoneInfo.FindSystemTimeZoneById(tz);
        var byStart = past.Rows.ToLookup(row => StartOf(interval, LocalDay(past.CountsFrom(row), zone)));
        var entries = await Lists.All(past.World.Client, $"{past.World.Path}/history?interval={interval}&tz={tz}", new Random(1));

        var starts = entries.ConvertAll(entry => DateOnly.Parse((string)entry["start"]!, CultureInfo.InvariantCulture));
        starts[^1].ShouldBe(byStart.Min(group => group.Key));
        starts[0].ShouldBe(StartOf(interval, LocalDay(DateTimeOffset.UtcNow, zone)));
        starts.ShouldBe(starts.Distinct().OrderDescending());
        starts.Zip(starts.Skip(1)).ShouldAllBe(pair => Next(interval, pair.Second) == pair.First);

        var closing = BigInteger.Zero;
        foreach (var (entry, start) in entries.Zip(starts).Reverse())
        {
            var change = byStart[start].Aggregate(BigInteger.Zero, (sum, row) => sum + row.Delta);
            closing += change;
            (Lists.Amount(entry["change"]), Lists.Amount(entry["closing"]), (int)entry["transactions"]!, (bool)entry["provisional"]!)
                .ShouldBe((change, closing, byStart[start].Count(), false), $"{start}");
        }
    }

    [Fact]
    public async Task back_and_forth_a_range_of_one_address_is_dense_and_its_pages_agree()
    {
        var past = await Past.Create(portfolio, seed: 6, transactions: 200);
        var path = $"{past.World.Path}/history?from=2009-12-25&to=2010-03-01&address={past.Addresses[1]}";
        var all = (await Lists.All(past.World.Client, path, new Random(2))).ConvertAll(entry => entry.ToJsonString());
        all.Count.ShouldBe(67);
        var first = past.Rows.Where(row => row.AddressId == past.Addresses[1]).ToList()
            .ToLookup(row => DateOnly.FromDateTime(past.CountsFrom(row).UtcDateTime));
        ((int)JsonNode.Parse(all[^1])!["transactions"]!).ShouldBe(first[new(2009, 12, 25)].Count());

        var page = await Lists.Get(past.World.Client, $"{path}&limit=10");
        var second = await Lists.Get(past.World.Client, $"{path}&limit=10&cursor={page["next"]}");
        second["data"]!.AsArray().Select(entry => entry!.ToJsonString()).ShouldBe(all[10..20]);
        (await Lists.Get(past.World.Client, $"{path}&limit=10&cursor={second["prev"]}"))["data"]!.ToJsonString()
            .ShouldBe(page["data"]!.ToJsonString());
    }

    [Fact]
    public async Task an_address_is_named_by_its_id_or_by_itself()
    {
        const string text = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";
        var (world, address, ledger) = (await SmallWorld.Create(portfolio), Guid.CreateVersion7(), Guid.CreateVersion7());
        await portfolio.FromWallets(new AddressImported(world.Wallet, address, "bitcoin", text, null, world.At));
        await portfolio.FromSync(
            new LedgerTracked(ledger, world.Wallet, address, "bitcoin", text, world.At), new LedgerWalkStarted(ledger, "first", world.At),
            new TransactionsObserved(world.Ledger, [RandomHistory.Transaction(new Random(1), 1, 5)]),
            new TransactionsObserved(ledger, [RandomHistory.Transaction(new Random(2), 1, 7)]),
            world.WalkCompleted(100), new LedgerWalkCompleted(ledger, "first", 100, "hash 100", world.At));

        var byId = (await Lists.Get(world.Client, $"{world.Path}/history?address={address}"))["data"]!;
        Lists.Amount(byId[0]!["closing"]).ShouldBe(7);
        foreach (var spelling in new[] { text, text.ToUpperInvariant() })
            (await Lists.Get(world.Client, $"{world.Path}/history?address={spelling}"))["data"]!.ToJsonString().ShouldBe(byId.ToJsonString());
        (await Lists.Ask(world.Client, $"{world.Path}/history?address=1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task assets_stand_side_by_side_and_one_may_be_asked_for()
    {
        var world = await SmallWorld.Create(portfolio);
        var token = "eip155:1/erc20:0x1";
        await portfolio.FromSync(
            new TransactionsObserved(world.Ledger,
            [
                RandomHistory.Transaction(new Random(1), 1, 5) with { BlockTime = world.At.AddHours(1),
                    Movements = [new("native", RandomHistory.Asset, 5), new("log:1", token, 7)] },
                RandomHistory.Transaction(new Random(2), 2, -2) with { BlockTime = world.At.AddDays(2) },
            ]),
            world.WalkCompleted(100));

        var entries = await Lists.All(world.Client, $"{world.Path}/history?to=2026-01-03", new Random(3));
        entries.Select(entry => ((string)entry["start"]!, (string)entry["asset"]!, (int)Lists.Amount(entry["closing"])!.Value)).ShouldBe(
        [
            ("2026-01-03", RandomHistory.Asset, 3), ("2026-01-03", token, 7), ("2026-01-02", RandomHistory.Asset, 5), ("2026-01-02", token, 7),
            ("2026-01-01", RandomHistory.Asset, 5), ("2026-01-01", token, 7),
        ]);
        var one = await Lists.All(world.Client, $"{world.Path}/history?to=2026-01-03&asset={Uri.EscapeDataString(token)}", new Random(3));
        one.Select(entry => (string)entry["asset"]!).ShouldBe([token, token, token]);
    }

    [Fact]
    public async Task without_a_first_day_no_asset_begins_before_something_happened_to_it()
    {
        var world = await SmallWorld.Create(portfolio);
        var token = "eip155:1/erc20:0x1";
        await portfolio.FromSync(
            new TransactionsObserved(world.Ledger,
            [
                RandomHistory.Transaction(new Random(1), 1, 5) with { BlockTime = world.At.AddHours(1) },
                RandomHistory.Transaction(new Random(2), 2, 0) with { BlockTime = world.At.AddDays(2), Movements = [new("log:1", token, 7)] },
            ]),
            world.WalkCompleted(100));

        (await Entries("to=2026-01-04")).ShouldBe(["2026-01-04 bip122 5", "2026-01-04 eip155 7", "2026-01-03 bip122 5", "2026-01-03 eip155 7",
            "2026-01-02 bip122 5", "2026-01-01 bip122 5"]);
        (await Entries("to=2026-01-02")).ShouldBe(["2026-01-02 bip122 5", "2026-01-01 bip122 5"]);
        (await Entries("to=2025-12-31")).ShouldBeEmpty();
        (await Entries("interval=month&to=2026-01-04")).ShouldBe(["2026-01-01 bip122 5", "2026-01-01 eip155 7"]);
        // Whoever names a first day gets that day, of each asset.
        (await Entries("from=2025-12-31&to=2026-01-01"))
            .ShouldBe(["2026-01-01 bip122 5", "2026-01-01 eip155 0", "2025-12-31 bip122 0", "2025-12-31 eip155 0"]);

        async Task<IEnumerable<string>> Entries(string query) => (await Lists.All(world.Client, $"{world.Path}/history?{query}", new Random(3)))
            .Select(entry => $"{entry["start"]} {((string)entry["asset"]!).Split(':')[0]} {Lists.Amount(entry["closing"])}");
    }

    [Fact]
    public async Task what_never_moved_has_no_history()
    {
        var world = await SmallWorld.Create(portfolio);
        await portfolio.FromSync(world.Report(0, 100));
        var page = await Lists.Get(world.Client, $"{world.Path}/history?from=2026-01-01");
        (page["data"]!.AsArray().Count, (bool)page["hasMore"]!).ShouldBe((0, false));
    }

    [Fact]
    public async Task while_a_history_is_being_read_every_entry_says_so()
    {
        var world = await SmallWorld.Create(portfolio);
        await portfolio.FromSync(new TransactionsObserved(world.Ledger, [RandomHistory.Transaction(new Random(1), 1, 5)]));
        (await Lists.Get(world.Client, $"{world.Path}/history"))["data"]!.AsArray().ShouldAllBe(entry => (bool)entry!["provisional"]!);
    }

    [Theory]
    [InlineData("?interval=hour", "invalid-parameter", "?interval")]
    [InlineData("?tz=Mars/Olympus", "invalid-parameter", "?tz")]
    [InlineData("?tz=../../etc/passwd", "invalid-parameter", "?tz")]
    [InlineData("?from=2026-02-30", "invalid-parameter", "?from")]
    [InlineData("?from=2026-02-03&to=2026-02-01", "invalid-parameter", "?from")]
    [InlineData("?to=9999-12-31", "invalid-parameter", "?to")]
    [InlineData("?from=1900-01-01", "range-too-wide", "?from")]
    [InlineData("?address=x", "invalid-parameter", "?address")]
    [InlineData("?cursor=x", "cursor-invalid", "?cursor")]
    [InlineData("?asset=%00", "invalid-parameter", "?asset")]
    public async Task what_cannot_be_answered_is_refused_with_its_reason(string query, string code, string pointer)
    {
        var world = await SmallWorld.Create(portfolio);
        var answer = await Lists.Ask(world.Client, $"{world.Path}/history{query}");
        answer.Status.ShouldBe(HttpStatusCode.BadRequest);
        var problem = JsonNode.Parse(answer.Body)!;
        ((string)problem["type"]!).ShouldEndWith(code);
        ((string)problem["errors"]![0]!["pointer"]!).ShouldBe(pointer);
    }

    private static DateOnly LocalDay(DateTimeOffset time, TimeZoneInfo zone) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(time, zone).DateTime);

    private static DateOnly StartOf(string interval, DateOnly day)
    {
        while (interval == "week" && day.DayOfWeek != DayOfWeek.Monday) day = day.AddDays(-1);
        return interval == "month" ? day.AddDays(1 - day.Day) : day;
    }

    private static DateOnly Next(string interval, DateOnly start) =>
        interval switch { "day" => start.AddDays(1), "week" => start.AddDays(7), _ => start.AddMonths(1) };
}

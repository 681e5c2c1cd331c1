using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text.Json.Nodes;
using Contracts;
using Shouldly;
using Xunit;

namespace Services.Portfolio;

public sealed class FilterTransactions(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    // Times that fall among the transactions, so that blocks whose times go back lie on either side.
    private static readonly DateTimeOffset From = Past.Start.AddDays(900);
    private static readonly DateTimeOffset To = Past.Start.AddDays(3000);

    public static TheoryData<string> Queries =>
    [
        "direction=in", "direction=out", "direction=self", "minAmount=500000", $"from={Text(From)}", $"to={Text(To)}",
            $"from={Text(From)}&to={Text(To)}",
        $"direction=out&from={Text(From)}&minAmount=200000", "label=hot", "label=hot&direction=in", "network=bitcoin",
        "network=bip122:000000000019d6689c085ae165831e93&direction=out", "network=bitcoin-testnet", "label=none",
        "minAmount=999999999999999999999999999",
    ];

    [Theory]
    [MemberData(nameof(Queries))]
    public async Task back_and_forth_a_filtered_list_is_the_naive_list_filtered_with_exact_balances(string query)
    {
        var past = await Past.Create(portfolio, seed: 8);
        var expected = Expected(past, query);
        var random = new Random(9);
        var page = await Page(past, $"{query}&limit=20");
        var at = 0;
        page["prev"].ShouldBeNull();
        for (var step = 0; step < 25; step++)
        {
            var lines = Lines(page);
            lines.ShouldBe(expected.Skip(at).Take(lines.Count), $"at {at}");
            if (page["next"] is null) at.ShouldBe(Math.Max(expected.Count - lines.Count, 0));
            var limit = random.Next(1, 31);
            var backward = page["next"] is null || (page["prev"] is not null && random.Next(3) == 0);
            if (page[backward ? "prev" : "next"] is not { } cursor) break;
            at = backward ? Math.Max(at - limit, 0) : at + lines.Count;
            page = await Page(past, $"{query}&limit={limit}&cursor={cursor}");
        }
    }

    [Theory]
    [InlineData("direction=in")]
    [InlineData("direction=out&minAmount=1000")]
    [InlineData("from=2012-06-01T00:00:00Z&to=2024-06-01T00:00:00Z")]
    [InlineData("label=hot")]
    public async Task while_transactions_arrive_and_vanish_nothing_is_repeated_or_skipped_and_balances_are_those_of_the_moment(string query)
    {
        var past = await Past.Create(portfolio, seed: 10, transactions: 240);
        foreach (var backward in new[] { false, true })
        {
            var lasting = Expected(past, query).ConvertAll(line => line.Txid);
            var seen = new List<Line>();
            string? cursor = backward ? await End(past, query) : null;
            do
            {
                var page = await Page(past, $"{query}&limit=7{(cursor is null ? "" : $"&cursor={cursor}")}");
                var lines = Lines(page);
                var now = Expected(past, query);
                lines.ShouldBe(now.SkipWhile(line => lines.Count > 0 && line != lines[0]).Take(lines.Count));
                seen.InsertRange(backward ? 0 : seen.Count, lines);
                cursor = (string?)page[backward ? "prev" : "next"];
                await past.ArriveSomewhere();
                await past.Reorganise();
                lasting = [.. lasting.Intersect(past.Rows.Where(row => row.Transaction.Incarnation == 0).Select(row => row.Transaction.Txid))];
            }
            while (cursor is not null);

            var ids = seen.ConvertAll(line => line.Txid);
            // One that moved to another block may be met again there; one that stayed is met once.
            ids.Where(lasting.Contains).ShouldBeUnique();
            lasting.Except(ids).ShouldBe(backward ? Expected(past, query).Select(line => line.Txid).Intersect(lasting).TakeLast(7).Except(ids) : []);
        }
    }

    [Fact]
    public async Task numbered_pages_come_with_totals()
    {
        var past = await Past.Create(portfolio, seed: 11, transactions: 99);
        foreach (var query in new[] { "", "direction=out", "label=hot", "include=orphaned", $"from={Text(From)}" })
        {
            var page = await Page(past, $"{query}&page=1&perPage=20");
            var total = (long)page["total"]!;
            if (query != "include=orphaned") total.ShouldBe(Expected(past, query).Count);
            ((int)page["page"]!, (int)page["perPage"]!, (long)page["pages"]!).ShouldBe((1, 20, (total + 19) / 20));

            var lines = new List<Line>();
            for (var number = 1; number <= (long)page["pages"]!; number++)
            {
                page = await Page(past, $"{query}&page={number}&perPage=20");
                ((bool)page["hasMore"]!).ShouldBe(number < (long)page["pages"]!);
                lines.AddRange(Lines(page));
            }

            lines.Count.ShouldBe((int)total);
            if (query != "include=orphaned") lines.ShouldBe(Expected(past, query));
            (await Page(past, $"{query}&page=1000000000&perPage=200"))["data"]!.AsArray().ShouldBeEmpty();
            ((long)(await Page(past,
                $"{query}{(query.StartsWith("include", StringComparison.Ordinal) ? ",total" : "&include=total")}&limit=1"))["total"]!)
                    .ShouldBe(total);
        }

        (await Page(past, "limit=5"))["total"].ShouldBeNull();
    }

    [Fact]
    public async Task an_address_may_be_named_by_itself_in_any_of_its_spellings()
    {
        var world = await SmallWorld.Create(portfolio);
        const string text = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";
        var address = new AddressImported(world.Wallet, Guid.CreateVersion7(), "bitcoin", text, null, world.At);
        var tracked = new LedgerTracked(Guid.CreateVersion7(), world.Wallet, address.AddressId, "bitcoin", text, world.At);
        await portfolio.FromWallets(address);
        await portfolio.FromSync(
            tracked, new TransactionsObserved(tracked.LedgerId, [RandomHistory.Transaction(new Random(1), 5, 1)]),
            new TransactionsObserved(world.Ledger, [RandomHistory.Transaction(new Random(2), 6, 2)]));
        (await world.Lines($"?address={text}")).Single().AddressId.ShouldBe(address.AddressId);
        (await world.Lines($"?address={text.ToUpperInvariant()}")).Single().AddressId.ShouldBe(address.AddressId);
        await Refused(world, "?address=1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", HttpStatusCode.NotFound, "address-not-found");
    }

    [Theory]
    [InlineData("?direction=up", HttpStatusCode.BadRequest, "invalid-parameter")]
    [InlineData("?from=2026-02-30", HttpStatusCode.BadRequest, "invalid-parameter")]
    [InlineData("?view=small", HttpStatusCode.BadRequest, "invalid-parameter")]
    [InlineData("?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", HttpStatusCode.BadRequest, "invalid-parameter")]
    [InlineData("?minAmount=-1", HttpStatusCode.BadRequest, "invalid-parameter")]
    [InlineData("?minAmount=1.5", HttpStatusCode.BadRequest, "invalid-parameter")]
    [InlineData("?minAmount=", HttpStatusCode.BadRequest, "invalid-parameter")]
    [InlineData("?network=nowhere", HttpStatusCode.UnprocessableEntity, "unknown-network")]
    [InlineData("?label=%00", HttpStatusCode.BadRequest, "invalid-parameter")]
    [InlineData("?page=0", HttpStatusCode.BadRequest, "invalid-parameter")]
    [InlineData("?page=x", HttpStatusCode.BadRequest, "invalid-parameter")]
    [InlineData("?page=1&limit=5", HttpStatusCode.BadRequest, "invalid-parameter")]
    [InlineData("?perPage=201", HttpStatusCode.BadRequest, "limit-out-of-range")]
    [InlineData("?include=total,everything", HttpStatusCode.BadRequest, "invalid-parameter")]
    public async Task what_cannot_be_answered_is_refused_with_its_reason(string query, HttpStatusCode status, string code) =>
        await Refused(await SmallWorld.Create(portfolio), query, status, code);

    [Theory]
    [InlineData("direction=in")]
    [InlineData("minAmount=5")]
    [InlineData("label=cold")]
    [InlineData("network=bitcoin")]
    [InlineData("from=2011-01-01T00:00:00Z")]
    public async Task a_cursor_is_of_no_use_with_other_filters(string query)
    {
        var past = await Past.Create(portfolio, seed: 12, transactions: 30);
        var next = (string)(await Page(past, "limit=1"))["next"]!;
        await Refused(past.World, $"?{query}&cursor={next}", HttpStatusCode.BadRequest, "cursor-invalid");
        ((string?)(await Page(past, $"include=total&limit=1&cursor={next}"))["next"]).ShouldNotBeNull("a total does not change the list");
    }

    [Fact]
    public async Task a_compact_view_leaves_the_parties_out_and_nothing_else()
    {
        var past = await Past.Create(portfolio, seed: 12, transactions: 30);
        var full = await Page(past, "limit=10&view=full");
        var compact = await Page(past, "limit=10&view=compact");

        full["data"]!.AsArray().ShouldAllBe(entry => entry!["from"] is JsonArray && entry["to"] is JsonArray);
        foreach (var entry in full["data"]!.AsArray().OfType<JsonObject>())
        {
            entry.Remove("from");
            entry.Remove("to");
        }
        compact.ToJsonString().ShouldBe(full.ToJsonString());
        (await Page(past, $"limit=10&cursor={(string)compact["next"]!}"))["data"]!.AsArray().Count.ShouldBe(10, "a view is no filter");
    }

    [Fact]
    public async Task a_range_of_days_is_that_of_their_first_and_last_instants()
    {
        var past = await Past.Create(portfolio, seed: 12, transactions: 90);
        var (first, last) = (Text(From)[..10], Text(To)[..10]);

        Lines(await Page(past, $"from={first}&to={last}&limit=200")).ShouldBe(
            Lines(await Page(past, $"from={first}T00:00:00Z&to={Text(To.Date.AddDays(1))}&limit=200")));
    }

    private static List<Line> Expected(Past past, string query)
    {
        var asked = query.Split('&', StringSplitOptions.RemoveEmptyEntries).ToDictionary(part => part.Split('=')[0], part => part.Split('=')[1]);
        return
        [
            .. past.Listed(row =>
                    (!asked.TryGetValue("direction", out var direction) || row.Delta.Sign == direction switch { "in" => 1, "out" => -1, _ => 0 })
                    && (!asked.TryGetValue("minAmount", out var least)
                        || BigInteger.Abs(row.Delta) >= BigInteger.Parse(least, CultureInfo.InvariantCulture))
                    && (!asked.TryGetValue("from", out var from) || row.Time >= DateTimeOffset.Parse(from, CultureInfo.InvariantCulture))
                    && (!asked.TryGetValue("to", out var to) || row.Time < DateTimeOffset.Parse(to, CultureInfo.InvariantCulture))
                    && (!asked.TryGetValue("label", out var label) || (label == "hot" && row.AddressId == past.Addresses[1]))
                    && (!asked.TryGetValue("network", out var network) || network != "bitcoin-testnet"))
                .Select(row => new Line(row.Transaction.Txid, row.AddressId, row.Delta, past.BalanceAfter(row), false)),
        ];
    }

    private static async Task<string> End(Past past, string query)
    {
        var page = await Page(past, $"{query}&limit=7");
        while (page["next"] is { } next) page = await Page(past, $"{query}&limit=7&cursor={next}");
        return (string)page["prev"]!;
    }

    private static Task<JsonNode> Page(Past past, string query) => Lists.Get(past.World.Client, $"{past.World.Path}/transactions?{query}");

    private static List<Line> Lines(JsonNode page) => [.. page["data"]!.AsArray().Select(entry => Lists.Line(entry!))];

    private static async Task Refused(SmallWorld world, string query, HttpStatusCode status, string code)
    {
        var answer = await Lists.Ask(world.Client, $"{world.Path}/transactions{query}");
        answer.Status.ShouldBe(status);
        ((string)JsonNode.Parse(answer.Body)!["type"]!).ShouldEndWith(code);
    }

    private static string Text(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

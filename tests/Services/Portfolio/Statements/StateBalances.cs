using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Numerics;
using System.Text;
using System.Text.Json.Nodes;
using Chains;
using Contracts;
using Portfolio.Statements;
using Portfolio.Statements.Verifying;
using Services.Portfolio.Valuing;
using Shouldly;
using Xunit;

namespace Services.Portfolio.Statements;

public sealed class StateBalances(ProvenPortfolio portfolio) : IClassFixture<ProvenPortfolio>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task at_any_instant_a_statement_lists_exactly_what_makes_the_balances_and_nothing_is_wrong_with_it()
    {
        await portfolio.Clear();
        var past = await Past.Create(portfolio, 21, transactions: 200);
        var prices = new DayPriceRows(portfolio.Database);
        await prices.Fill(RandomHistory.Asset, new(2009, 12, 1), DateOnly.FromDateTime(DateTime.UtcNow), new Random(21), holes: 9);
        var keys = await past.World.Client.GetStringAsync("/api/v1/statement-keys", Cancellation);
        var from = past.Rows.ToDictionary(row => row, past.CountsFrom);
        for (var i = 0; i < 60; i++)
        {
            DateTimeOffset? at = i == 0 ? null : i % 3 == 0 ? past.Rows[past.Random.Next(past.Rows.Count)].Time
                : Past.Start.AddSeconds(past.Random.NextInt64(-86_400, 506_000_000));
            var query = at is { } instant ? $"?at={instant.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'}" : "";
            var text = await past.World.Client.GetStringAsync($"{past.World.Path}/statement{query}", Cancellation);
            StatementFile.Check(Encoding.UTF8.GetBytes(text), keys, Networks.Shipped)
                .Where(finding => finding.Kind == FindingKind.Fault).ShouldBeEmpty();

            var statement = JsonNode.Parse(text)!;
            var lines = statement["addresses"]!.AsArray().SelectMany(address => address!["balances"]!.AsArray().SelectMany(balance =>
                balance!["transactions"]!.AsArray().Select(line =>
                    ((Guid)address["addressId"]!, (string)line!["txid"]!, BigInteger.Parse((string)line["delta"]!)))));
            lines.ShouldBe(past.Rows.Where(row => at is null || from[row] <= at)
                .Select(row => (row.AddressId, row.Transaction.Txid, row.Delta)), ignoreOrder: true);
            var balances = await Lists.Get(past.World.Client, $"{past.World.Path}/balances{query}");
            statement["value"]!.ToJsonString().ShouldBe(balances["value"]!.ToJsonString());
            statement["totals"]!.AsArray().Select(total => total!["balance"]!.ToJsonString())
                .ShouldBe(balances["totals"]!.AsArray().Select(total => total!["derived"]!.ToJsonString()));
        }
    }

    [Fact]
    public async Task it_names_the_block_and_the_provider_that_the_balance_was_compared_with()
    {
        var world = await World([Bought(1, 500)]);
        await portfolio.FromSync(Compared(world, 500, 105));
        var balance = (await Lists.Get(world.Client, $"{world.Path}/statement"))["addresses"]![0]!["balances"]![0]!;
        ((string)balance["compared"]!["provider"]!, (string)balance["compared"]!["verdict"]!, (long)balance["compared"]!["height"]!)
            .ShouldBe(("esplora", "verified", 105L));
        ((string)balance["block"]!["is"]!, (string)balance["block"]!["hash"]!).ShouldBe(("comparison", "tip 105"));

        balance = (await Lists.Get(world.Client, $"{world.Path}/statement?at=2026-03-01"))["addresses"]![0]!["balances"]![0]!;
        ((string)balance["block"]!["is"]!, (long)balance["block"]!["height"]!).ShouldBe(("newest-transaction", 1L));

        // What came since is in none of what was compared.
        await portfolio.FromSync(new TransactionsObserved(world.Ledger, [Bought(120, 7)]));
        balance = (await Lists.Get(world.Client, $"{world.Path}/statement"))["addresses"]![0]!["balances"]![0]!;
        ((string)balance["block"]!["is"]!, (long)balance["block"]!["height"]!).ShouldBe(("newest-transaction", 120L));
    }

    [Fact]
    public async Task a_browser_gets_a_page_and_a_program_the_record()
    {
        var world = await World([Bought(1, 500)]);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{world.Path}/statement");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("*/*", 0.8));
        using var page = await world.Client.SendAsync(request, Cancellation);
        page.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        (await page.Content.ReadAsStringAsync(Cancellation)).ShouldContain("Statement of savings");
        using var plain = await world.Client.GetAsync($"{world.Path}/statement", Cancellation);
        plain.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
        plain.Headers.Vary.ShouldContain("Accept");
    }

    [Fact]
    public async Task without_anybody_to_ask_what_is_to_be_proved_says_so()
    {
        var world = await World([Bought(1, 500), Bought(2, 5) with { BlockHash = null }]);
        portfolio.Sync = null;
        var statement = await Lists.Get(world.Client, $"{world.Path}/statement?proofs=true");
        statement["proofs"]!["transactions"]!.AsArray().Select(proof => (string)proof!["unprovable"]!).ShouldBe(
            [$"{Statement.Unprovable}the service that asks providers does not answer just now",
            $"{Statement.Unprovable}nobody has named its block yet"]);
        ((string)statement["proofs"]!["balances"]![0]!["unprovable"]!).ShouldStartWith(Statement.Unprovable);
    }

    [Fact]
    public async Task at_most_two_hundred_are_proved_and_of_more_than_ten_thousand_there_is_no_statement()
    {
        var world = await World([.. Enumerable.Range(1, 10_000).Select(i => Bought(i, 1))]);
        var proofs = (await Lists.Get(world.Client, $"{world.Path}/statement?proofs=true"))["proofs"]!["transactions"]!.AsArray();
        proofs.Count(proof => ((string)proof!["unprovable"]!).Contains("at most 200", StringComparison.Ordinal)).ShouldBe(9_800);
        await portfolio.FromSync(new TransactionsObserved(world.Ledger, [Bought(10_001, 1)]));
        var (status, body) = await Lists.Ask(world.Client, $"{world.Path}/statement");
        (status, body.Contains("range-too-wide", StringComparison.Ordinal)).ShouldBe((HttpStatusCode.BadRequest, true));
        (await Lists.Ask(world.Client, $"{world.Path}/statement?at=2026-01-02")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task another_persons_wallet_is_not_found_and_what_cannot_be_is_refused()
    {
        var world = await World([Bought(1, 500)]);
        (await Lists.Ask(portfolio.As(Guid.CreateVersion7()), $"{world.Path}/statement")).Status.ShouldBe(HttpStatusCode.NotFound);
        var other = portfolio.As(world.Owner, new HashSet<Guid> { Guid.CreateVersion7() });
        (await Lists.Ask(other, $"{world.Path}/statement")).Status.ShouldBe(HttpStatusCode.NotFound);
        foreach (var query in (string[])["at=yesterday", "at=2100-01-01", "currency=XXX", "proofs=maybe", "prove=true"])
            (await Lists.Ask(world.Client, $"{world.Path}/statement?{query}")).Status.ShouldBe(HttpStatusCode.BadRequest, query);
    }

    private async Task<SmallWorld> World(IReadOnlyList<ObservedTransaction> transactions)
    {
        await portfolio.Clear();
        var world = await SmallWorld.Create(portfolio);
        await portfolio.FromSync(
            new TransactionsObserved(world.Ledger, transactions), new LedgerWalkCompleted(world.Ledger, "first", 20_000, "tip", world.At));
        return world;
    }

    private static BalanceReconciled Compared(SmallWorld world, long balance, long height) => new(
        world.Ledger, "verified", RandomHistory.Asset, balance, balance, 1, 1, height, string.Create(CultureInfo.InvariantCulture, $"tip {height}"),
        "esplora", [], world.At);

    private static ObservedTransaction Bought(int height, long delta)
    {
        var transaction = RandomHistory.Transaction(new Random(height), height, delta, txid: RandomHistory.Hash($"bought {height}"));
        return transaction with { BlockTime = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(height) };
    }
}

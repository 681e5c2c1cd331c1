using System.Net;
using System.Text.Json.Nodes;
using Contracts;
using Shouldly;
using Xunit;

namespace Services.Portfolio;

public sealed class PageThroughTransactions(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    [Fact]
    public async Task back_and_forth_every_page_says_what_a_naive_replay_says()
    {
        var (world, naive) = await Busy(transactions: 230, seed: 1);
        var expected = naive.Lines(world.Wallet);
        var random = new Random(7);

        var page = await Lists.Get(world.Client, $"{world.Path}/transactions?limit=20");
        var at = 0;
        page["prev"].ShouldBeNull();
        for (var step = 0; step < 60; step++)
        {
            var lines = page["data"]!.AsArray().Select(entry => Lists.Line(entry!)).ToList();
            lines.ShouldBe(expected.Skip(at).Take(lines.Count), $"at {at}");
            var limit = random.Next(1, 31);
            var backward = page["next"] is null || (page["prev"] is not null && random.Next(3) == 0);
            var cursor = (string)page[backward ? "prev" : "next"]!;
            at = backward ? Math.Max(at - limit, 0) : at + lines.Count;
            page = await Lists.Get(world.Client, $"{world.Path}/transactions?limit={limit}&cursor={cursor}");
        }
    }

    [Fact]
    public async Task rows_that_arrive_between_pages_are_neither_repeated_nor_make_others_be_skipped()
    {
        var (world, naive) = await Busy(transactions: 120, seed: 2);
        var before = naive.Lines(world.Wallet);
        var random = new Random(3);
        var seen = new List<Line>();
        string? cursor = null;
        do
        {
            var page = await Lists.Get(world.Client, $"{world.Path}/transactions?limit=7{(cursor is null ? "" : $"&cursor={cursor}")}");
            seen.AddRange(page["data"]!.AsArray().Select(entry => Lists.Line(entry!)));
            cursor = (string?)page["next"];
            var arriving = new TransactionsObserved(world.Ledger, [RandomHistory.Transaction(random, random.Next(1, 400), 3)]);
            naive.Apply([arriving]);
            await portfolio.FromSync(arriving);
        }
        while (cursor is not null);

        var ids = seen.ConvertAll(line => line.Txid);
        ids.ShouldBeUnique();
        before.Select(line => line.Txid).ShouldBeSubsetOf(ids);
        var order = naive.Lines(world.Wallet).ConvertAll(line => line.Txid);
        ids.ConvertAll(order.IndexOf).ShouldBeInOrder();
    }

    [Fact]
    public async Task while_the_first_walk_runs_balances_are_counted_down_from_the_reported_one()
    {
        var world = await SmallWorld.Create(portfolio);
        var newest = RandomHistory.Transaction(new Random(1), 90, -30);
        var older = RandomHistory.Transaction(new Random(2), 80, 100);
        await portfolio.FromSync(world.Report(confirmed: 570, tip: 90), new TransactionsObserved(world.Ledger, [newest]));
        (await world.Lines()).Select(line => (line.Balance, line.Provisional)).ShouldBe([(570, true)]);

        // A block that is found meanwhile is not part of what was reported, nor is a later report of what was walked.
        var found = RandomHistory.Transaction(new Random(3), 91, 7);
        await portfolio.FromSync(
            new TransactionsObserved(world.Ledger, [older]), new TransactionsObserved(world.Ledger, [found]), world.Report(577, 91));
        (await world.Lines()).Select(line => line.Balance).ShouldBe([577, 570, 600]);

        var oldest = RandomHistory.Transaction(new Random(4), 70, 500);
        await portfolio.FromSync(new TransactionsObserved(world.Ledger, [oldest]), world.WalkCompleted(91));
        (await world.Lines()).Select(line => (line.Balance, line.Provisional)).ShouldBe([(577, false), (570, false), (600, false), (500, false)]);
    }

    [Fact]
    public async Task one_addresss_transactions_can_be_asked_for_alone()
    {
        var (world, naive) = await Busy(transactions: 30, seed: 4);
        var other = new AddressImported(world.Wallet, Guid.CreateVersion7(), "bitcoin", "bc1qother", null, world.At);
        var tracked = new LedgerTracked(Guid.CreateVersion7(), world.Wallet, other.AddressId, "bitcoin", "bc1qother", world.At);
        var observed = new TransactionsObserved(tracked.LedgerId, [RandomHistory.Transaction(new Random(5), 50, 9)]);
        naive.Apply([other, tracked, observed]);
        await portfolio.FromWallets(other);
        await portfolio.FromSync(tracked, observed);

        (await world.Lines()).ShouldBe(naive.Lines(world.Wallet));
        (await world.Lines($"?address={world.Address}")).ShouldBe(naive.Lines(world.Wallet, world.Address));
        (await world.Lines($"?address={other.AddressId}")).Count.ShouldBe(1);
        await Refused(world, $"?address={Guid.CreateVersion7()}", HttpStatusCode.NotFound, "address-not-found");
    }

    [Fact]
    public async Task an_entry_says_all_there_is_to_say()
    {
        var world = await SmallWorld.Create(portfolio);
        await portfolio.FromSync(
            world.Report(666601, tip: 105),
            new TransactionsObserved(world.Ledger, [RandomHistory.Transaction(new Random(1), 100, 666601) with { Fee = 568, BlockTime = world.At }]));

        var entry = (await Lists.Get(world.Client, $"{world.Path}/transactions"))["data"]![0]!;
        ((string)entry["network"]!, (Guid)entry["addressId"]!, (string)entry["direction"]!).ShouldBe(("bitcoin", world.Address, "in"));
        entry["result"]!.ToJsonString().ShouldBe("""{"amount":"666601","decimals":8,"symbol":"BTC","display":"0.00666601"}""");
        ((string)entry["fee"]!["amount"]!, (long)entry["height"]!, (long)entry["confirmations"]!).ShouldBe(("568", 100, 6));
        ((string)entry["status"]!, (bool)entry["coinbase"]!).ShouldBe(("confirmed", false));
        entry["from"]!.ToJsonString().ShouldStartWith("""[{"address":"bc1qfrom","value":{"amount":"666601",""");
        ((string?)entry["from"]![1]!["address"]).ShouldBeNull();
        ((DateTimeOffset)entry["time"]!).ShouldBe(world.At);
    }

    [Theory]
    [InlineData("?limit=0", "limit-out-of-range")]
    [InlineData("?limit=201", "limit-out-of-range")]
    [InlineData("?limit=x", "invalid-parameter")]
    [InlineData("?cursor=abc", "cursor-invalid")]
    [InlineData("?address=x", "invalid-parameter")]
    [InlineData("?include=everything", "invalid-parameter")]
    public async Task what_cannot_be_answered_is_refused_with_its_reason(string query, string code)
    {
        var world = await SmallWorld.Create(portfolio);
        await Refused(world, query, HttpStatusCode.BadRequest, code);
    }

    [Fact]
    public async Task a_cursor_is_of_no_use_with_other_filters()
    {
        var (world, _) = await Busy(transactions: 30, seed: 6);
        var next = (string)(await Lists.Get(world.Client, $"{world.Path}/transactions?limit=5"))["next"]!;
        await Refused(world, $"?address={world.Address}&cursor={next}", HttpStatusCode.BadRequest, "cursor-invalid");
    }

    private static async Task Refused(SmallWorld world, string query, HttpStatusCode status, string code)
    {
        var answer = await Lists.Ask(world.Client, $"{world.Path}/transactions{query}");
        answer.Status.ShouldBe(status);
        ((string)JsonNode.Parse(answer.Body)!["type"]!).ShouldEndWith(code);
    }

    private async Task<(SmallWorld World, Naive Naive)> Busy(int transactions, int seed)
    {
        var world = await SmallWorld.Create(portfolio);
        var random = new Random(seed);
        // Few heights, so that blocks hold many transactions and pages end inside of them.
        Contract[] facts =
        [
            .. Enumerable.Range(0, transactions).Select(_ =>
                RandomHistory.Transaction(random, random.Next(1, 400) / 8 * 8, random.NextInt64(-900, 900)))
                .Chunk(25).Select(page => new TransactionsObserved(world.Ledger, page)),
            world.WalkCompleted(400),
        ];
        await portfolio.FromSync(facts);
        var naive = new Naive();
        naive.Apply(
        [
            new WalletCreated(world.Wallet, world.Owner, "", world.At),
                new AddressImported(world.Wallet, world.Address, "bitcoin", "", null, world.At),
            new LedgerTracked(world.Ledger, world.Wallet, world.Address, "bitcoin", "", world.At), .. facts,
        ]);
        return (world, naive);
    }
}

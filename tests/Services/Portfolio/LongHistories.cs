using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Contracts;
using Npgsql;
using Portfolio.Balances;
using Portfolio.History;
using Portfolio.Transactions;
using ServiceDefaults;
using Shouldly;
using Xunit;

namespace Services.Portfolio;

public sealed class LongHistories(PortfolioService portfolio, ITestOutputHelper output) : IClassFixture<PortfolioService>
{
    [Theory]
    [InlineData(100_000, 1, 9)]
    [InlineData(20_000, 1000, 1)]
    public async Task a_page_at_any_depth_reads_about_as_much_as_the_first(int transactions, int perBlock, int blocksBetween)
    {
        var world = await SmallWorld.Create(portfolio);
        await Fill(world, transactions, perBlock, blocksBetween);

        var first = await Cost(world, null);
        foreach (var percent in new[] { 1, 25, 50, 75, 99 })
        {
            var depth = transactions / 100 * percent;
            var deep = await Cost(world, Cursor(world, HeightOf(transactions - 1 - depth, perBlock, blocksBetween)));
            output.WriteLine($"{perBlock} a block, depth {depth}: {deep} against {first}");
            // Of nine lengths of stretches 15 at most, and the rest of one block.
            (deep.Rows - first.Rows).ShouldBeLessThanOrEqualTo((9 * 15) + perBlock);
            if (perBlock == 1) deep.Buffers.ShouldBeLessThanOrEqualTo(first.Buffers * 13 / 10);
        }

        // By its number a page is found through nine lengths of at most 16 stretches, and then read like the first.
        await using var numbered = TransactionQuery.Page(portfolio.Database, [world.Wallet], new(), First,
            transactions / 100 * 99);
        var found = await Cost(numbered);
        output.WriteLine($"{perBlock} a block, by number: {found} against {first}");
        (found.Rows - first.Rows).ShouldBeLessThanOrEqualTo((9 * 31 * 2) + (2 * perBlock));
        if (perBlock > 1) return;
        await AnyInstantCostsAlike(world, transactions, blocksBetween);
        await FiltersReadWhatTheyShow(world, transactions, blocksBetween);
    }

    private async Task AnyInstantCostsAlike(SmallWorld world, int transactions, int blocksBetween)
    {
        const int aDay = (144 / 9) + 10;
        foreach (var percent in new[] { 0, 1, 25, 50, 75, 99, 100 })
        {
            var at = TimeOf(HeightOf(transactions / 100 * percent, 1, blocksBetween)).AddSeconds(7);
            await using var totals = BalanceTotals.Command(portfolio.Database, world.Owner, [world.Wallet], at);
            await using var page = GetWalletBalances.Command(portfolio.Database, world.Wallet, at, new PageRequest().In("balances"));
            foreach (var command in new[] { totals, page })
            {
                var reading = await Cost(command);
                output.WriteLine($"at {at:O}: {reading}");
                // Of three lengths of spans and of days 15 at most, the longest spans, a day, and who tracks what; and as much on either
                // side for what stands in an earlier block on a later one.
                reading.Rows.ShouldBeLessThanOrEqualTo((3 * 4 * 15) + (3 * aDay) + 10);
            }
        }

        // Fifty days in Berlin are 51 pieces of days, read as what they hold, and at each edge what is out of order there; of whole days
        // that is looked for only where their heights overlap, from 64 days before to 64 after.
        var edges = Enumerable.Range(0, 51).Select(i => world.At.AddYears(8).AddDays(i)).ToList();
        await using var utc = HistoryQuery.Sums(portfolio.Database, [world.Wallet], null, null, edges);
        var whole = await Cost(utc);
        await using var berlin = HistoryQuery.Sums(portfolio.Database, [world.Wallet], null, null, edges.ConvertAll(edge => edge.AddHours(-1)));
        var cut = await Cost(berlin);
        output.WriteLine($"fifty days: {whole}; in Berlin: {cut}");
        whole.Rows.ShouldBeLessThanOrEqualTo(50 + (50 + (2 * 64)) + (3 * 4 * 15) + 10);
        cut.Rows.ShouldBeLessThanOrEqualTo((51 * ((3 * aDay) + (2 * 4 * 15))) + (4 * 15) + 10);
    }

    private async Task FiltersReadWhatTheyShow(SmallWorld world, int transactions, int blocksBetween)
    {
        DateTimeOffset Percent(int percent) => TimeOf(HeightOf(transactions / 100 * percent, 1, blocksBetween));
        const int each = 51 * 9 * 15;
        await Expect("three payments among receipts", new() { Sign = -1 }, 20);
        await Expect("receipts", new() { Sign = 1 }, each);
        await Expect("a range in the middle", new() { From = Percent(40), To = Percent(60) }, each);
        await Expect("a short range long ago", new() { From = Percent(1), To = Percent(1).AddDays(1) }, each);
        await Expect("before everything", new() { To = Percent(0).AddDays(-9) }, 20);
        output.WriteLine($"a large amount that is not there: {await Cost(world, new() { MinAmount = 1_000_000 })}");

        async Task Expect(string what, TransactionFilter filter, long most)
        {
            var reading = await Cost(world, filter);
            output.WriteLine($"{what}: {reading}");
            reading.Rows.ShouldBeLessThanOrEqualTo(most + 400, what);
        }

        async Task<Reading> Cost(SmallWorld asked, TransactionFilter filter)
        {
            await using var command = TransactionQuery.Page(portfolio.Database, [asked.Wallet], filter, First);
            return await LongHistories.Cost(command);
        }
    }

    private async Task Fill(SmallWorld world, int transactions, int perBlock, int blocksBetween)
    {
        var random = new Random(1);
        var parties = Enumerable.Range(0, 11).Select(i => new Party($"bc1q{RandomHistory.Hash($"{i}")[..38]}", random.NextInt64(1, 1_000_000_000)))
            .ToList();
        using var process = Process.GetCurrentProcess();
        var started = Stopwatch.StartNew();
        var own = process.TotalProcessorTime;
        for (var i = transactions; i > 0; i -= 250)
        {
            await portfolio.FromSync(new TransactionsObserved(
                world.Ledger,
                [.. Enumerable.Range(i - 250, 250).Select(n =>
                    RandomHistory.Transaction(random, HeightOf(n, perBlock, blocksBetween), 1000 - (n % 7)) with { From = parties, To = parties })]));
        }

        await portfolio.FromSync(world.Report(0, 1_000_000), world.WalkCompleted(1_000_000));
        process.Refresh();
        output.WriteLine($"applied in {started.Elapsed}, CPU here {process.TotalProcessorTime - own}");
        await using var command = portfolio.Database.CreateCommand(
            "vacuum analyze transactions, transaction_details, balance_stretches, balance_days, balance_spans, balances");
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    private static TransactionPlace First => TransactionPlace.Of(new PageRequest().In("transactions"), byTime: false);

    private async Task<Reading> Cost(SmallWorld world, PagePlace? place)
    {
        await using var command = TransactionQuery.Page(
            portfolio.Database, [world.Wallet], new(), place is null ? First : TransactionPlace.Of(place, byTime: false));
        return await Cost(command);
    }

    private static async Task<Reading> Cost(NpgsqlCommand command)
    {
        command.CommandText = $"explain (analyze, buffers, format json) {command.CommandText}";
        var plan = JsonNode.Parse((string)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!)![0]!["Plan"]!;
        return new(Scanned(plan), (long)plan["Shared Hit Blocks"]! + (long)plan["Shared Read Blocks"]!);
    }

    private static long HeightOf(int transaction, int perBlock, int blocksBetween) => 1 + ((transaction / perBlock) * (long)blocksBetween);

    private static DateTimeOffset TimeOf(long height) => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(height * 10);

    // Rows that came from tables, those thrown away again included.
    private static long Scanned(JsonNode node)
    {
        var rows = node["Relation Name"] is null ? 0 : (Number("Actual Rows") + Number("Rows Removed by Filter")) * Number("Actual Loops");
        return rows + (node["Plans"]?.AsArray().Sum(child => Scanned(child!)) ?? 0);

        long Number(string name) => (long)double.Parse(node[name]?.ToString() ?? "0", CultureInfo.InvariantCulture);
    }

    private static PagePlace Cursor(SmallWorld world, long height)
    {
        // A page that ended in the middle of the block: its cursor, as the list itself would have written it.
        var request = new PageRequest(1);
        var key = new TransactionKey(height, 0, 0, "8", RandomHistory.Asset, world.Ledger).Parts();
        var cursor = request.In("transactions").PageOf([key, key], row => row).Next;
        return new PageRequest(null, cursor).In("transactions");
    }

    private sealed record Reading(long Rows, long Buffers)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Rows} rows, {Buffers} buffers");
    }
}

using System.Globalization;
using System.Text.Json.Nodes;
using Contracts;
using Portfolio.History;
using Shouldly;
using Xunit;

namespace Services.Portfolio;

/// <summary>Forty addresses, each with a transaction on each of 250 days.</summary>
public sealed class HistoriesOfManyAddresses(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    private const int Addresses = 40;
    private const int Days = 250;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // At midnight by UTC no edge cuts a day. An hour before it each cuts one of each address, which holds one transaction only.
    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task what_is_read_grows_by_what_there_is_and_not_by_addresses_times_points(int hours)
    {
        var world = await SmallWorld.Create(portfolio);
        for (var i = 0; i < Addresses; i++) await Fill(world, i);
        var edges = Enumerable.Range(0, Days + 1).Select(day => world.At.AddDays(day).AddHours(hours)).ToList();
        await using (var analyze = portfolio.Database.CreateCommand("vacuum analyze transactions, balance_days, balance_spans, balances"))
            await analyze.ExecuteNonQueryAsync(Cancellation);

        var sums = await HistoryQuery.SumsAsync(portfolio.Database, [world.Wallet], null, null, edges, Cancellation);
        sums.Count(sum => sum.Number >= 0).ShouldBe(Days);
        sums.Where(sum => sum.Number >= 0).ShouldAllBe(sum => sum.Transactions == Addresses);

        await using var command = HistoryQuery.Sums(portfolio.Database, [world.Wallet], null, null, edges);
        command.CommandText = $"explain (analyze, format json) {command.CommandText}";
        var plan = JsonNode.Parse((string)(await command.ExecuteScalarAsync(Cancellation))!)![0]!["Plan"]!;
        Looked(plan).ShouldBeLessThanOrEqualTo(10 * Addresses * Days);
    }

    private async Task Fill(SmallWorld world, int number)
    {
        var tracked = new LedgerTracked(
            Guid.CreateVersion7(), world.Wallet, Guid.CreateVersion7(), "bitcoin", $"bc1q{world.Wallet:N}{number}", world.At);
        await portfolio.FromWallets(new AddressImported(world.Wallet, tracked.AddressId, "bitcoin", tracked.Address, null, world.At));
        await portfolio.FromSync(tracked, new TransactionsObserved(tracked.LedgerId,
        [
            .. Enumerable.Range(0, Days).Select(day =>
                RandomHistory.Transaction(new Random(day), 1 + day, 5, txid: RandomHistory.Hash($"{number} {day} {world.Wallet}")) with
                {
                    BlockTime = world.At.AddDays(day).AddHours(12),
                }),
        ]));
    }

    // Rows of tables and of what was made of them, those thrown away again included.
    private static long Looked(JsonNode node)
    {
        var scanned = node["Relation Name"] is not null || node["CTE Name"] is not null;
        var rows = scanned ? (Number("Actual Rows") + Number("Rows Removed by Filter")) * Number("Actual Loops") : 0;
        return rows + (node["Plans"]?.AsArray().Sum(child => Looked(child!)) ?? 0);

        long Number(string name) => (long)double.Parse(node[name]?.ToString() ?? "0", CultureInfo.InvariantCulture);
    }
}

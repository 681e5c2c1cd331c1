using Shouldly;
using Xunit;

namespace Services.Portfolio;

public sealed class MigrateFilledDatabase(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    [Fact]
    public async Task the_sums_by_time_of_an_older_database_are_those_that_would_have_been_kept()
    {
        var history = new RandomHistory(31);
        await portfolio.FromWallets(history.WalletsLog);
        await portfolio.FromSync(history.SyncLog);
        var past = await Past.Create(portfolio, seed: 32);
        var kept = await portfolio.Rows();

        await using (var back = portfolio.Database.CreateCommand("""
            drop table balance_spans;
            alter table balance_days drop lowest, drop highest;
            drop index transactions_by_time, transactions_by_direction;
            delete from schema_migrations where series = 'Portfolio' and number = 2
            """))
        {
            await back.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await portfolio.Migrate();
        Sorted(await portfolio.Rows()).ShouldBe(Sorted(kept));
        await past.ArriveSomewhere();
        (await Lists.Get(past.World.Client, $"{past.World.Path}/history?interval=month"))["data"]!.AsArray().ShouldNotBeEmpty();

        // Bounds of heights may be wider where a transaction has left its block for another; everything else is equal.
        static List<string> Sorted(string rows) =>
            [.. rows.Split('\n').Select(row => row.StartsWith("balance_days", StringComparison.Ordinal)
                || row.StartsWith("balance_spans", StringComparison.Ordinal)
                ? string.Join(',', row.Split(',')[..^2])
                : row)];
    }
}

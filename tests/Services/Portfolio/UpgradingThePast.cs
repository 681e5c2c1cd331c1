using Contracts;
using EventSourcing;
using Shouldly;
using Xunit;

namespace Services.Portfolio;

public sealed class UpgradingThePast
{
    [Fact]
    public async Task a_migrated_database_that_is_right_verifies_as_equal()
    {
        await using var portfolio = await RebuiltPortfolio.Told(1);
        var (ledger, random, at) = (Guid.NewGuid(), new Random(1), DateTimeOffset.UnixEpoch);
        var (first, second) = (RandomHistory.Transaction(random, 100, 5, 0, "moved"), RandomHistory.Transaction(random, 101, 5, 1, "moved"));
        portfolio.Sync.Append(
            new LedgerTracked(ledger, Guid.NewGuid(), Guid.NewGuid(), "bitcoin", "moved", at), new TransactionsObserved(ledger, [first]),
            new TransactionsOrphaned(ledger, [new OrphanedTransaction("moved", first.BlockHash, 100, 0)], at),
            new TransactionsObserved(ledger, [second]));
        await portfolio.Apply();
        await portfolio.Execute("""
            drop table balance_spans;
            alter table balance_days drop lowest, drop highest;
            drop index transactions_by_time, transactions_by_direction;
            delete from schema_migrations where series = 'Portfolio' and number = 2
            """);
        await EventSourcingModule.MigrateAsync(portfolio.Database, [.. global::Portfolio.PortfolioModule.Migrations],
            ct: TestContext.Current.CancellationToken);

        var (code, output) = await portfolio.Rebuild("--verify");
        code.ShouldBe(0, output);
    }

    // What a replica of 31b6e05 that is still finishing its page executes on the migrated schema.
    [Fact]
    public async Task an_old_replica_cannot_write_what_would_be_missing_from_the_past()
    {
        await using var portfolio = await RebuiltPortfolio.Told(seed: 1);
        var ledger = await portfolio.Ask<Guid>("select ledger_id from balances order by derived_count desc limit 1");
        var refused = false;
        try
        {
            await portfolio.Execute($"""
                with changed as (
                    insert into transactions (ledger_id, txid, asset, height, position, delta, block_time, incarnation)
                    select '{ledger}', 'old', asset, 7, 0, 1000, timestamptz '2020-05-05 12:00:00Z', 0 from balances where ledger_id = '{ledger}'
                    returning ledger_id, asset, height, block_time, delta
                ), moved as materialized (
                    select ledger_id, asset, (block_time at time zone 'UTC')::date as day, +sum(delta) as change, +count(*) as transactions
                    from changed group by 1, 2, 3
                ), days as (
                    insert into balance_days as d (ledger_id, asset, day, change, transactions)
                    select ledger_id, asset, day, change, transactions from moved
                    on conflict (ledger_id, asset, day) do update set
                        change = d.change + excluded.change, transactions = d.transactions + excluded.transactions
                )
                insert into balances as b (ledger_id, asset, derived, derived_count)
                select ledger_id, asset, sum(change), sum(transactions) from moved group by 1, 2
                on conflict (ledger_id, asset) do update set
                    derived = b.derived + excluded.derived, derived_count = b.derived_count + excluded.derived_count
                """);
        }
        catch (Npgsql.PostgresException)
        {
            refused = true;
        }

        if (refused) return;
        var now = await portfolio.Ask<decimal>($"select derived from balances where ledger_id = '{ledger}' limit 1");
        var spans = await portfolio.Ask<decimal>($"select sum(change) from balance_spans where ledger_id = '{ledger}' and level = 12");
        spans.ShouldBe(now, "balances?at= an instant years later sums the spans");
    }
}

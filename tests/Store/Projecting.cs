using Npgsql;
using Shouldly;
using Xunit;

namespace Store;

public sealed class Projecting(StoreDatabase database) : StoreTests(database)
{
    private const string Truth = """
        select coalesce(string_agg(line, ';' order by line), '')
        from (
            select stream_id || ' ' || count(*) || ' ' || sum((data ->> 'Amount')::numeric) as line
            from mt_events where type = 'cash_moved' group by stream_id
        ) lines
        """;

    [Fact]
    public async Task a_rebuild_makes_the_rows_of_the_whole_log_and_mends_what_was_spoilt()
    {
        var totals = await StartAsync("rebuilt");
        await AppendTillsAsync(5);

        for (var time = 0; time < 2; time++)
        {
            await Store.RebuildAsync(totals, batchSize: 4, Ct);
            (await RowsAsync(totals)).ShouldBe(await ReadAsync<string>(Truth));
            await ExecuteAsync("update rebuilt set total = total + 1");
        }
    }

    [Fact]
    public async Task readers_see_the_old_rows_until_a_rebuild_is_whole()
    {
        var totals = await StartAsync("replaced");
        await AppendTillsAsync(4);
        await Store.RebuildAsync(totals, ct: Ct);
        var live = await RowsAsync(totals);
        await AppendTillsAsync(4);
        var seen = new List<string>();
        totals.AfterRows = async () => seen.Add(await RowsAsync(totals));

        await Store.RebuildAsync(totals, batchSize: 5, Ct);

        seen.Count.ShouldBeGreaterThan(1);
        seen.ShouldAllBe(rows => rows == live);
        (await RowsAsync(totals)).ShouldBe(await ReadAsync<string>(Truth));
    }

    [Fact]
    public async Task a_rebuild_that_dies_changes_nothing()
    {
        var totals = await StartAsync("unharmed");
        await AppendTillsAsync(4);
        await Store.RebuildAsync(totals, ct: Ct);
        var rows = await RowsAsync(totals);
        await AppendTillsAsync(4);
        var batches = 0;

        totals.AfterRows = () => ++batches == 2 ? throw new InvalidOperationException("crash") : Task.CompletedTask;
        await Should.ThrowAsync<InvalidOperationException>(Store.RebuildAsync(totals, batchSize: 5, Ct));
        (await RowsAsync(totals)).ShouldBe(rows);

        totals.AfterRows = () => ExecuteAsync("""
            select pg_terminate_backend(pid, 5000) from pg_stat_activity
            where datname = current_database() and state = 'idle in transaction'
            """);
        await Should.ThrowAsync<NpgsqlException>(Store.RebuildAsync(totals, batchSize: 5, Ct));
        (await RowsAsync(totals)).ShouldBe(rows);
    }

    private async Task<TillTotals> StartAsync(string table)
    {
        var totals = new TillTotals(table);
        await ExecuteAsync(totals.Schema);
        return totals;
    }

    private async Task AppendTillsAsync(int tills)
    {
        for (var till = 0; till < tills; till++) await Store.AppendAsync("till", Guid.CreateVersion7(), Till.Moves(3), ct: Ct);
    }

    private Task<string> RowsAsync(TillTotals totals) =>
        ReadAsync<string>(
            $"select coalesce(string_agg(till || ' ' || moves || ' ' || total, ';' order by till || ' ' || moves || ' ' || total), '') from " +
            $"{totals.Table}");
}

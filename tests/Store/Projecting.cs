using EventSourcing;
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
    public async Task rows_follow_the_log_batch_by_batch()
    {
        var (totals, runner) = await StartAsync("followed", batchSize: 4);
        await AppendTillsAsync(3);

        await runner.CatchUpAsync(Ct);
        await AppendTillsAsync(2);
        await runner.CatchUpAsync(Ct);

        (await RowsAsync(totals)).ShouldBe(await ReadAsync<string>(Truth));
        (await runner.CheckpointAsync(Ct)).ShouldBe(await Store.HeadAsync(Ct));
        (await runner.StepAsync(Ct)).ShouldBe(0);
    }

    [Fact]
    public async Task runners_at_once_apply_everything_once_while_the_log_grows()
    {
        var (totals, _) = await StartAsync("shared");
        var writing = Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => AppendTillsAsync(10))));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var runner = new ProjectionRunner(Database.DataSource, Till.Types, totals, batchSize: 7);
            while (!writing.IsCompleted || await runner.StepAsync(Ct) > 0) await runner.StepAsync(Ct);
        })));

        await writing;
        (await RowsAsync(totals)).ShouldBe(await ReadAsync<string>(Truth));
    }

    [Fact]
    public async Task a_crash_between_rows_and_checkpoint_undoes_both()
    {
        var (totals, runner) = await StartAsync("crashed");
        await AppendTillsAsync(2);
        await runner.CatchUpAsync(Ct);
        var (rows, checkpoint) = (await RowsAsync(totals), await runner.CheckpointAsync(Ct));
        await AppendTillsAsync(2);

        totals.AfterRows = () => throw new InvalidOperationException("crash");
        await Should.ThrowAsync<InvalidOperationException>(runner.StepAsync(Ct));
        (await RowsAsync(totals)).ShouldBe(rows);
        (await runner.CheckpointAsync(Ct)).ShouldBe(checkpoint);

        totals.AfterRows = () => ExecuteAsync("""
            select pg_terminate_backend(pid, 5000) from pg_stat_activity
            where datname = current_database() and state = 'idle in transaction'
            """);
        await Should.ThrowAsync<NpgsqlException>(runner.StepAsync(Ct));
        (await RowsAsync(totals)).ShouldBe(rows);
        (await runner.CheckpointAsync(Ct)).ShouldBe(checkpoint);

        totals.AfterRows = () => Task.CompletedTask;
        await runner.CatchUpAsync(Ct);
        (await RowsAsync(totals)).ShouldBe(await ReadAsync<string>(Truth));
    }

    [Fact]
    public async Task a_rebuild_equals_the_live_rows_and_mends_what_was_spoilt()
    {
        var (totals, runner) = await StartAsync("rebuilt", batchSize: 5);
        await AppendTillsAsync(5);
        await runner.CatchUpAsync(Ct);
        var live = await RowsAsync(totals);
        await ExecuteAsync("update rebuilt set total = total + 1");

        await runner.RebuildAsync(Ct);

        (await RowsAsync(totals)).ShouldBe(live);
        (await runner.CheckpointAsync(Ct)).ShouldBe(await Store.HeadAsync(Ct));
    }

    [Fact]
    public async Task readers_see_the_old_rows_until_a_rebuild_is_whole_and_live_runners_go_on_behind_it()
    {
        var (totals, runner) = await StartAsync("replaced", batchSize: 5);
        await AppendTillsAsync(4);
        await runner.CatchUpAsync(Ct);
        var live = await RowsAsync(totals);
        var seen = new List<string>();
        totals.AfterRows = async () => seen.Add(await RowsAsync(totals));

        await runner.RebuildAsync(Ct);

        seen.ShouldNotBeEmpty();
        seen.ShouldAllBe(rows => rows == live);
        totals.AfterRows = () => Task.CompletedTask;
        var writing = AppendTillsAsync(10);
        await Task.WhenAll(runner.RebuildAsync(Ct), Task.Run(() => runner.CatchUpAsync(Ct), Ct), writing);
        await runner.CatchUpAsync(Ct);
        (await RowsAsync(totals)).ShouldBe(await ReadAsync<string>(Truth));
    }

    [Fact]
    public async Task a_rebuild_that_dies_changes_nothing()
    {
        var (totals, runner) = await StartAsync("unharmed", batchSize: 5);
        await AppendTillsAsync(4);
        await runner.CatchUpAsync(Ct);
        var (rows, checkpoint) = (await RowsAsync(totals), await runner.CheckpointAsync(Ct));
        var batches = 0;
        totals.AfterRows = () => ++batches == 2 ? throw new InvalidOperationException("crash") : Task.CompletedTask;

        await Should.ThrowAsync<InvalidOperationException>(runner.RebuildAsync(Ct));

        (await RowsAsync(totals)).ShouldBe(rows);
        (await runner.CheckpointAsync(Ct)).ShouldBe(checkpoint);
    }

    private async Task<(TillTotals, ProjectionRunner)> StartAsync(string table, int batchSize = 500)
    {
        var totals = new TillTotals(table);
        await ExecuteAsync(totals.Schema);
        return (totals, new ProjectionRunner(Database.DataSource, Till.Types, totals, batchSize));
    }

    private async Task AppendTillsAsync(int tills)
    {
        for (var till = 0; till < tills; till++) await Store.AppendAsync("till", Guid.CreateVersion7(), Till.Moves(3), ct: Ct);
    }

    private Task<string> RowsAsync(TillTotals totals) =>
        ReadAsync<string>($"select coalesce(string_agg(till || ' ' || moves || ' ' || total, ';' order by till || ' ' || moves || ' ' || total), '') from {totals.Name}");
}

using Shouldly;
using Xunit;

namespace Store;

public sealed class RacingWriters(StoreDatabase database) : StoreTests(database)
{
    [Fact]
    public async Task many_writers_of_one_hot_stream_queue_and_nobody_fails()
    {
        var till = Guid.CreateVersion7();

        await Task.WhenAll(Enumerable.Range(1, 12).Select(writer => Task.Run(async () =>
        {
            for (var page = 0; page < 10; page++) await Store.AppendAsync("till", till, Till.Moves(3, writer), ct: Ct);
        })));

        var stored = await StreamAsync(till);
        stored.Select(e => e.Version).ShouldBe(Enumerable.Range(1, 360).Select(i => (long)i));
        stored.GroupBy(e => ((TillEvent.CashMoved)e.Data).Writer).Select(w => w.Count()).ShouldBe(Enumerable.Repeat(30, 12));
        (await BrokenStreamsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task works_over_several_streams_in_opposite_orders_do_not_lock_each_other_out()
    {
        var tills = Enumerable.Range(0, 6).Select(_ => Guid.CreateVersion7()).ToArray();

        await Task.WhenAll(Enumerable.Range(1, 8).Select(writer => Task.Run(async () =>
        {
            for (var page = 0; page < 10; page++)
            {
                await using var work = await Store.BeginAsync(Ct);
                foreach (var till in writer % 2 == 0 ? tills : tills.Reverse()) work.Append("till", till, Till.Moves(2, writer));
                await work.CommitAsync(Ct);
            }
        })));

        foreach (var till in tills) (await StreamAsync(till)).Count.ShouldBe(160);
        (await BrokenStreamsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task the_log_is_locked_only_from_the_append_to_the_commit()
    {
        await using var idle = await Store.BeginAsync(Ct);
        await ExecuteAsync(idle.Connection, "select 1");
        idle.Append("till", Guid.CreateVersion7(), Till.Moves(1));

        // Would wait for ever if the idle work held the log.
        await Store.AppendAsync("till", Guid.CreateVersion7(), Till.Moves(1), ct: Ct);
        await idle.CommitAsync(Ct);
        await Store.AppendAsync("till", Guid.CreateVersion7(), Till.Moves(1), ct: Ct);
    }
}

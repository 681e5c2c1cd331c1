using System.Collections.Concurrent;
using EventSourcing;
using Shouldly;
using Testing;
using Xunit;

namespace Store;

public sealed class LogOrder(StoreDatabase database) : StoreTests(database)
{
    [Fact]
    public async Task nothing_appears_behind_what_was_read_while_a_commit_takes_its_time()
    {
        var (slow, quick) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await using var gate = await CommitGate.CloseAsync(Database.DataSource, $"till-{slow}");
        var slowAppend = Store.AppendAsync("till", slow, Till.Moves(2), ct: Ct);
        await gate.WaiterAsync();
        var quickAppend = Store.AppendAsync("till", quick, Till.Moves(2), ct: Ct);
        await Eventually.Is(async () => quickAppend.IsCompleted || await gate.LogIsAwaitedAsync(), "the second append is done or waits for its turn");

        var read = await LogAsync();
        await gate.OpenAsync();
        await Task.WhenAll(slowAppend, quickAppend);
        read.AddRange(await LogAsync(read is [.., var last] ? last.Position : 0));

        read.Select(e => e.Position).ShouldBe((await LogAsync()).Select(e => e.Position));
        read.Where(e => e.StreamId == $"till-{slow}").Count().ShouldBe(2);
    }

    [Fact]
    public async Task a_tailing_reader_misses_nothing_of_many_writers()
    {
        const int Writers = 6, Works = 30;
        // Commits that dawdle, each as long as it likes, make the race wide.
        await ExecuteAsync("""
            create or replace function dawdle() returns trigger language plpgsql as $$
            begin
                perform pg_sleep(random() * 0.004);
                return null;
            end $$;
            create constraint trigger dawdle after insert on mt_events deferrable initially deferred
                for each row when (new.version % 3 = 1) execute function dawdle();
            """);
        var start = await Store.HeadAsync(Ct);
        var appended = new ConcurrentBag<long>();
        var writing = Task.WhenAll(Enumerable.Range(1, Writers).Select(writer => Task.Run(async () =>
        {
            var own = Guid.CreateVersion7();
            for (var work = 0; work < Works; work++)
                appended.Add((await Store.AppendAsync("till", own, Till.Moves(1 + (work % 4), writer), ct: Ct)).Appended);
        })));

        var read = new List<StoredEvent>();
        while (true)
        {
            var over = writing.IsCompleted;
            var page = await Store.ReadLogAsync(read is [.., var last] ? last.Position : start, 20, Ct);
            read.AddRange(page);
            if (over && page.Count == 0) break;
        }

        await writing;
        await ExecuteAsync("drop trigger dawdle on mt_events");
        read.Select(e => e.Position).ShouldBe((await LogAsync(start)).Select(e => e.Position));
        read.Count.ShouldBe((int)appended.Sum());
        (await BrokenStreamsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task a_reader_pages_through_the_log_from_any_position()
    {
        var till = Guid.CreateVersion7();
        var result = await Store.AppendAsync("till", till, Till.Moves(7), ct: Ct);

        (await Store.ReadLogAsync(result.Position - 7, 3, Ct)).Select(e => e.Version).ShouldBe([1, 2, 3]);
        (await Store.ReadLogAsync(result.Position - 4, 100, Ct)).Select(e => e.Version).ShouldBe([4, 5, 6, 7]);
        (await Store.ReadLogAsync(result.Position, 100, Ct)).ShouldBeEmpty();
        (await Store.HeadAsync(Ct)).ShouldBe(result.Position);
    }
}

using EventSourcing;
using Npgsql;
using Shouldly;
using Xunit;

namespace Store;

public sealed class AppendingEvents(StoreDatabase database) : StoreTests(database)
{
    [Fact]
    public async Task an_aggregate_is_folded_from_what_was_appended()
    {
        var till = Guid.CreateVersion7();
        await Store.AppendAsync("till", till, [NewEvent.Fresh(new TillEvent.TillOpened(till, "front", DateTimeOffset.UnixEpoch)), .. Till.Moves(3)],
            ct: Ct);

        var loaded = await Store.LoadAsync<Till, TillEvent>(till, Ct);

        loaded.ShouldBe(new Loaded<Till>(new Till("front", 3, 6), 4));
    }

    [Fact]
    public async Task a_stream_that_is_not_there_is_the_initial_state_at_version_0() =>
        (await Store.LoadAsync<Till, TillEvent>(Guid.CreateVersion7(), Ct)).ShouldBe(new Loaded<Till>(Till.Initial, 0));

    [Fact]
    public async Task the_result_tells_how_many_were_new_and_where_the_log_stands()
    {
        var result = await Store.AppendAsync("till", Guid.CreateVersion7(), Till.Moves(3), ct: Ct);

        result.Appended.ShouldBe(3);
        (await LogAsync(result.Position - 3)).Select(e => e.Position).ShouldBe([result.Position - 2, result.Position - 1, result.Position]);
        (await Store.AppendAsync("till", Guid.CreateVersion7(), [], ct: Ct)).ShouldBe(default);
    }

    [Fact]
    public async Task streams_of_one_work_and_the_callers_rows_are_stored_together_in_the_order_of_the_calls()
    {
        await ExecuteAsync("create table own_rows (id uuid primary key)");
        var (one, two) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await using var work = await Store.BeginAsync(Ct);
        await ExecuteAsync(work.Connection, $"insert into own_rows values ('{one}')");
        work.Append("till", one, Till.Moves(2));
        work.Append("till", two, Till.Moves(2));
        work.Append("till", one, Till.Moves(1));

        (await ReadAsync<long>("select count(*) from own_rows")).ShouldBe(0);
        var result = await work.CommitAsync(Ct);

        (await ReadAsync<long>("select count(*) from own_rows")).ShouldBe(1);
        (await LogAsync(result.Position - 5)).Select(e => (e.StreamId, e.Version)).ShouldBe(
            [($"till-{one}", 1), ($"till-{one}", 2), ($"till-{two}", 1), ($"till-{two}", 2), ($"till-{one}", 3)]);
    }

    [Fact]
    public async Task a_work_that_is_not_committed_stores_nothing()
    {
        var till = Guid.CreateVersion7();
        await ExecuteAsync("create table forgotten_rows (id int)");
        await using (var work = await Store.BeginAsync(Ct))
        {
            await ExecuteAsync(work.Connection, "insert into forgotten_rows values (1)");
            work.Append("till", till, Till.Moves(2));
        }

        (await ReadAsync<long>("select count(*) from forgotten_rows")).ShouldBe(0);
        (await StreamAsync(till)).ShouldBeEmpty();
    }

    [Fact]
    public async Task a_work_with_rows_only_is_committed_and_moves_nothing_in_the_log()
    {
        await ExecuteAsync("create table lone_rows (id int)");
        var head = await Store.HeadAsync(Ct);
        await using var work = await Store.BeginAsync(Ct);
        await ExecuteAsync(work.Connection, "insert into lone_rows values (1)");

        (await work.CommitAsync(Ct)).ShouldBe(default);

        (await ReadAsync<long>("select count(*) from lone_rows")).ShouldBe(1);
        (await Store.HeadAsync(Ct)).ShouldBe(head);
    }

    [Fact]
    public async Task an_error_that_the_caller_swallowed_still_fails_the_commit()
    {
        await ExecuteAsync("create table unlucky_rows (id int)");
        await using var work = await Store.BeginAsync(Ct);
        await ExecuteAsync(work.Connection, "insert into unlucky_rows values (1)");
        await Should.ThrowAsync<PostgresException>(ExecuteAsync(work.Connection, "select 1 / 0"));

        await Should.ThrowAsync<PostgresException>(work.CommitAsync(Ct));

        (await ReadAsync<long>("select count(*) from unlucky_rows")).ShouldBe(0);
    }

    [Fact]
    public async Task a_work_ends_with_its_commit()
    {
        await using var work = await Store.BeginAsync(Ct);
        work.Append("till", Guid.CreateVersion7(), Till.Moves(1));
        await work.CommitAsync(Ct);

        await Should.ThrowAsync<ObjectDisposedException>(work.CommitAsync(Ct));
        Should.Throw<ObjectDisposedException>(() => work.Append("till", Guid.CreateVersion7(), Till.Moves(1)));
        Should.Throw<ObjectDisposedException>(() => work.Connection);
    }

    [Fact]
    public async Task an_event_of_a_foreign_family_is_refused_before_anything_is_sent()
    {
        await using var work = await Store.BeginAsync(Ct);

        Should.Throw<InvalidOperationException>(() => work.Append("till", Guid.CreateVersion7(), [NewEvent.Fresh("not an event")]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task an_error_that_only_the_commit_brings_is_raised_and_leaves_nothing(bool withOwnRows)
    {
        var till = Guid.CreateVersion7();
        await ExecuteAsync($"""
            create or replace function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused at commit'; end $$;
            create constraint trigger refuse_{till:n} after insert on mt_events deferrable initially deferred
                for each row when (new.stream_id = 'till-{till}') execute function refuse();
            """);
        await using var work = await Store.BeginAsync(Ct);
        if (withOwnRows) await ExecuteAsync(work.Connection, "select 1");
        work.Append("till", till, Till.Moves(2));

        (await Should.ThrowAsync<PostgresException>(work.CommitAsync(Ct))).MessageText.ShouldBe("refused at commit");

        (await StreamAsync(till)).ShouldBeEmpty();
        await work.DisposeAsync();
        await ExecuteAsync($"drop trigger refuse_{till:n} on mt_events");
        (await Store.AppendAsync("till", till, Till.Moves(2), ct: Ct)).Appended.ShouldBe(2);
    }

    [Fact]
    public async Task twenty_thousand_events_of_a_hundred_streams_go_in_one_work()
    {
        var tills = Enumerable.Range(0, 100).Select(_ => Guid.CreateVersion7()).ToArray();
        await using var work = await Store.BeginAsync(Ct);
        foreach (var till in tills) work.Append("till", till, Till.Moves(200));

        (await work.CommitAsync(Ct)).Appended.ShouldBe(20_000);

        (await Store.LoadAsync<Till, TillEvent>(tills[99], Ct)).ShouldBe(new Loaded<Till>(new Till("", 200, 20_100), 200));
        (await BrokenStreamsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task a_log_with_an_unknown_name_is_not_read_past()
    {
        var till = Guid.CreateVersion7();
        var result = await Store.AppendAsync("till", till, Till.Moves(1), ct: Ct);
        await ExecuteAsync($"update mt_events set type = 'from_the_future' where seq_id = {result.Position}");

        (await Should.ThrowAsync<InvalidOperationException>(StreamAsync(till))).Message.ShouldContain("from_the_future");
        await ExecuteAsync($"update mt_events set type = 'cash_moved' where seq_id = {result.Position}");
    }
}

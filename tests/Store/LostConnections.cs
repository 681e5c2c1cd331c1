using EventSourcing;
using Npgsql;
using Shouldly;
using Testing;
using Xunit;

namespace Store;

public sealed class LostConnections(StoreDatabase database) : StoreTests(database)
{
    [Fact]
    public async Task a_connection_killed_before_the_commit_leaves_nothing()
    {
        var till = Guid.CreateVersion7();
        await ExecuteAsync("create table rows_before (id int)");
        await using (var work = await Store.BeginAsync(Ct))
        {
            await ExecuteAsync(work.Connection, "insert into rows_before values (1)");
            work.Append("till", till, Till.Moves(2));
            await ExecuteAsync($"select pg_terminate_backend({work.Connection.ProcessID}, 5000)");

            await Should.ThrowAsync<NpgsqlException>(work.CommitAsync(Ct));
        }

        (await ReadAsync<long>("select count(*) from rows_before")).ShouldBe(0);
        (await StreamAsync(till)).ShouldBeEmpty();
    }

    [Fact]
    public async Task a_connection_killed_in_its_commit_leaves_nothing_half_stored_and_the_repeated_work_stores_it_once()
    {
        var till = Guid.CreateVersion7();
        await ExecuteAsync("create table rows_within (id int)");
        await using (var gate = await CommitGate.CloseAsync(Database.DataSource, $"till-{till}"))
        {
            var commit = StoreWithRowAsync();
            await ExecuteAsync($"select pg_terminate_backend({await gate.WaiterAsync()}, 5000)");
            await Should.ThrowAsync<NpgsqlException>(commit);
        }

        (await ReadAsync<long>("select count(*) from rows_within")).ShouldBe(0);
        (await StreamAsync(till)).ShouldBeEmpty();
        (await StoreWithRowAsync()).Appended.ShouldBe(5);
        (await StoreWithRowAsync()).Appended.ShouldBe(0);
        (await BrokenStreamsAsync()).ShouldBeEmpty();

        async Task<AppendResult> StoreWithRowAsync()
        {
            await using var work = await Store.BeginAsync(Ct);
            await ExecuteAsync(work.Connection, "insert into rows_within values (1)");
            work.Append("till", till, Till.Facts(till, 1, 5));
            return await work.CommitAsync(Ct);
        }
    }

    [Fact]
    public async Task a_caller_who_gives_up_waiting_for_the_log_leaves_nothing_and_the_log_goes_on()
    {
        var (first, second) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await using var gate = await CommitGate.CloseAsync(Database.DataSource, $"till-{first}");
        var holding = Store.AppendAsync("till", first, Till.Moves(1), ct: Ct);
        await gate.WaiterAsync();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var waiting = Store.AppendAsync("till", second, Till.Moves(1), ct: patience.Token);
        await Eventually.Is(gate.LogIsAwaitedAsync, "the second append waits for its turn");

        await patience.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(waiting);
        await gate.OpenAsync();
        await holding;

        (await StreamAsync(second)).ShouldBeEmpty();
        await Store.AppendAsync("till", second, Till.Moves(1), ct: Ct);
        (await BrokenStreamsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task a_killed_writer_does_not_keep_the_log_locked()
    {
        var (killed, next) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await using var gate = await CommitGate.CloseAsync(Database.DataSource, $"till-{killed}");
        var commit = Store.AppendAsync("till", killed, Till.Moves(1), ct: Ct);
        var pid = await gate.WaiterAsync();
        var waiting = Store.AppendAsync("till", next, Till.Moves(1), ct: Ct);

        await ExecuteAsync($"select pg_terminate_backend({pid}, 5000)");
        await Should.ThrowAsync<NpgsqlException>(commit);

        (await waiting).Appended.ShouldBe(1);
    }
}

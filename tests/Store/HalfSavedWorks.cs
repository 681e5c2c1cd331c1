using JasperFx.Events;
using Npgsql;
using Shouldly;
using Testing;
using Xunit;

namespace Store;

public sealed class HalfSavedWorks(StoreDatabase database) : StoreTests(database)
{
    // Marten fills positions that a failed save had drawn, later and in a transaction of its own.
    [Fact]
    public async Task positions_of_a_save_that_failed_halfway_are_filled_with_what_means_nothing_and_the_log_goes_on()
    {
        var (before, stored, refused, after) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        var head = (await Store.AppendAsync("till", before, Till.Moves(1), ct: Ct)).Position;
        await ExecuteAsync($"""
            create function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused'; end $$;
            create trigger refuse before insert on mt_events for each row when (new.stream_id = 'till-{refused}') execute function refuse()
            """);
        await using (var work = await Store.BeginAsync(Ct))
        {
            work.Append("till", stored, Till.Moves(2));
            work.Append("till", refused, Till.Moves(1));
            await Should.ThrowAsync<PostgresException>(work.CommitAsync(Ct));
        }

        var next = await Store.AppendAsync("till", after, Till.Moves(1), ct: Ct);
        await Eventually.Is(
            async () => await ReadAsync<long>("select count(*) from mt_events where type = 'tombstone'") == 2, "Marten has filled the positions");

        var log = await LogAsync(head);
        log.Where(e => e.Data is TillEvent).Select(e => (e.StreamId, e.Position)).ShouldBe([($"till-{after}", next.Position)]);
        log.Where(e => e.Data is not TillEvent).ShouldAllBe(e => e.Data is Tombstone && e.Position < next.Position);
        (await StreamAsync(stored)).ShouldBeEmpty();
    }
}

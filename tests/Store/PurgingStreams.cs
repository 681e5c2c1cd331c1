using EventSourcing;
using Shouldly;
using Xunit;

namespace Store;

public sealed class PurgingStreams(StoreDatabase database) : StoreTests(database)
{
    [Fact]
    public async Task a_purged_stream_keeps_its_tombstone_and_goes_on_counting()
    {
        var till = Guid.CreateVersion7();
        var opened = new NewEvent(FactId.Of($"{till}", "opened"), new TillEvent.TillOpened(till, "front", DateTimeOffset.UnixEpoch));
        await Store.AppendAsync("till", till, [opened, .. Till.Moves(3)], ct: Ct);
        var head = await Store.HeadAsync(Ct);
        var tombstone = new NewEvent(FactId.Of($"{till}", "closed"), new TillEvent.TillClosed("purged", []));

        // Redelivered orders purge again; the tombstone stays one.
        for (var time = 0; time < 2; time++)
        {
            await using var work = await Store.BeginAsync(Ct);
            await work.PurgeAsync("till", till, Ct);
            work.Append("till", till, [tombstone]);
            await work.CommitAsync(Ct);
        }

        (await StreamAsync(till)).ShouldHaveSingleItem().Data.ShouldBeOfType<TillEvent.TillClosed>();
        (await ReadAsync<bool>(
            $"select version = (select max(version) from mt_events where stream_id = s.id) from mt_streams s where id = 'till-{till}'"))
                .ShouldBeTrue();
        (await Store.HeadAsync(Ct)).ShouldBeGreaterThan(head);
    }

    [Fact]
    public async Task a_purge_without_a_tombstone_is_refused()
    {
        var till = Guid.CreateVersion7();
        await Store.AppendAsync("till", till, Till.Moves(3), ct: Ct);
        await using (var work = await Store.BeginAsync(Ct))
        {
            await work.PurgeAsync("till", till, Ct);
            await Should.ThrowAsync<InvalidOperationException>(work.CommitAsync(Ct));
        }

        (await StreamAsync(till)).Count.ShouldBe(3);
    }
}

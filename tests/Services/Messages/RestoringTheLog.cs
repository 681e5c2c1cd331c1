using Messaging;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Messages;

/// <summary>
/// A source's log is restored from a backup while the broker still holds what its lost part had told: nobody believes
/// that, and nobody who had read it goes on as if nothing had happened.
/// </summary>
public sealed class RestoringTheLog(TestBroker broker) : IClassFixture<TestBroker>, IAsyncLifetime
{
    private readonly NoteSystem system = new(broker);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => system.DisposeAsync();

    [Fact]
    public async Task messages_of_a_lost_part_of_the_log_are_not_believed_by_a_reader_that_was_restored_with_it()
    {
        var source = await system.StartSource();
        var reader = await system.StartReader();
        await NoteSystem.Tell(source, "first", "second");
        await system.UntilApplied("first", "second");
        await reader.Stop();

        // They wait in the queue, each beginning just where the restored reader stands or behind.
        await NoteSystem.Tell(source, "lost");
        await NoteSystem.Tell(source, "lost too", "and this");
        await NoteSystem.UntilPublished(source);
        await source.Stop();
        await Restore(to: 2);

        source = await system.StartSource();
        await system.StartReader();
        await Eventually.Is(async () => await Waiting() == 0, "the queue is empty");
        await NoteSystem.Tell(source, "third", "fourth");
        await NoteSystem.Tell(source, "fifth");

        await system.UntilApplied("first", "second", "third", "fourth", "fifth");
    }

    [Fact]
    public async Task they_are_not_believed_either_while_the_source_is_still_away()
    {
        var source = await system.StartSource();
        var reader = await system.StartReader();
        await NoteSystem.Tell(source, "first");
        await system.UntilApplied("first");
        await reader.Stop();
        await NoteSystem.Tell(source, "lost");
        await NoteSystem.UntilPublished(source);
        await source.Stop();
        await Restore(to: 1);

        reader = await system.StartReader(sourceIsThere: false);
        await Eventually.Is(() => reader.Get<Inbox>().State.Waiting?.Contains("is away", StringComparison.Ordinal) == true,
            "the reader has looked for its source");
        (await system.Applied()).ShouldBe(["first"]);
        source = await system.StartSource();
        await NoteSystem.Tell(source, "second");

        await system.UntilApplied("first", "second");
    }

    [Fact]
    public async Task a_reader_that_had_read_what_is_lost_stands_still_however_far_the_log_has_grown_since()
    {
        var source = await system.StartSource();
        var reader = await system.StartReader();
        await NoteSystem.Tell(source, "first", "second", "third");
        await system.UntilApplied("first", "second", "third");
        await reader.Stop();
        await source.Stop();
        await NoteSystem.Execute(await system.SourceDatabase(), $"{LoseEventsAfter(2)}; select log_restored()");

        source = await system.StartSource();
        await NoteSystem.Tell(source, [.. Enumerable.Range(0, 20).Select(i => $"other {i}")]);
        reader = await system.StartReader(sourceIsThere: false);

        await Eventually.Is(async () => (await reader.Ready()).Contains("replaced by an older one", StringComparison.Ordinal), "readiness says why");
        (await system.Applied()).ShouldBe(["first", "second", "third"]);
    }

    [Fact]
    public async Task restored_again_before_anything_was_written_the_log_has_lost_nothing_that_its_readers_have_read()
    {
        var source = await system.StartSource();
        var reader = await system.StartReader();
        await NoteSystem.Tell(source, "first", "second");
        await system.UntilApplied("first", "second");
        for (var restored = 0; restored < 2; restored++)
        {
            await reader.Stop();
            await source.Stop();
            // A dump of each as they stand, with the reader at the log's end.
            await NoteSystem.Execute(await system.SourceDatabase(), "select log_restored()");
            source = await system.StartSource();
            reader = await system.StartReader();
            var end = (await source.Store.EndAsync(0, TestContext.Current.CancellationToken)).Position;
            await Eventually.Is(async () => await reader.Get<Inbox>().ReadToAsync(TestContext.Current.CancellationToken) == end,
                "the reader stands where the log goes on");
        }

        await NoteSystem.Tell(source, "third");
        await system.UntilApplied("first", "second", "third");
        (await source.Store.EndAsync(3, TestContext.Current.CancellationToken)).Lost.ShouldBeTrue("what a lost life may have used");
    }

    [Fact]
    public async Task a_log_restored_twice_from_one_backup_uses_no_position_twice()
    {
        var source = await system.StartSource();
        await NoteSystem.Tell(source, "first");
        await NoteSystem.Execute(await system.SourceDatabase(), "select log_restored()");
        await NoteSystem.Tell(source, "second");
        var head = await source.Store.HeadAsync(TestContext.Current.CancellationToken);
        await NoteSystem.Execute(await system.SourceDatabase(), $"{LoseEventsAfter(1)}; delete from log_restores; select log_restored()");
        await NoteSystem.Tell(source, "other");

        (await source.Store.HeadAsync(TestContext.Current.CancellationToken)).ShouldBeGreaterThan(head);
        (await source.Store.EndAsync(head, TestContext.Current.CancellationToken)).Lost.ShouldBeTrue("what stood at the first life's head");
        (await source.Store.EndAsync(1, TestContext.Current.CancellationToken)).Lost.ShouldBeFalse();
    }

    // Both databases stand as they did at that position, as a dump of each would.
    private async Task Restore(long to)
    {
        await NoteSystem.Execute(await system.SourceDatabase(), $"""
            {LoseEventsAfter(to)};
            update publisher_checkpoint set read_to = least(read_to, {to}), published_to = least(published_to, {to});
            select log_restored()
            """);
        await NoteSystem.Execute(await system.ReaderDatabase(), $"""
            update inbox_checkpoints set position = {to}, read_to = {to}; select log_restored()
            """);
    }

    private static string LoseEventsAfter(long position) => $"""
        delete from mt_events where seq_id > {position}; delete from mt_streams s where not exists (select from mt_events where stream_id = s.id)
        """;

    private async Task<uint> Waiting()
    {
        uint waiting = 0;
        await system.OnBroker(async channel => waiting = await channel.MessageCountAsync(NoteSystem.Queue));
        return waiting;
    }
}

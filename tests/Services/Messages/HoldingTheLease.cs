using Messaging;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Messages;

/// <summary>One process at a time publishes a log, whoever that is.</summary>
public sealed class HoldingTheLease(TestBroker broker) : IClassFixture<TestBroker>, IAsyncLifetime
{
    private const string Fence = "select fence from leases where name = 'contract-publisher'";
    private readonly NoteSystem system = new(broker);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => system.DisposeAsync();

    [Fact]
    public async Task a_second_process_takes_over_when_the_first_stops()
    {
        var first = await system.StartSource();
        await NoteSystem.Tell(first, "first");
        await NoteSystem.UntilPublished(first);
        var second = await system.StartSource(another: true);
        await system.StartReader();

        await NoteSystem.Tell(second, "second");
        await system.UntilApplied("first", "second");
        (await NoteSystem.Execute(await system.SourceDatabase(), Fence)).ShouldBe(1);
        await first.Stop();
        await NoteSystem.Tell(second, "third");

        await system.UntilApplied("first", "second", "third");
        (await NoteSystem.Execute(await system.SourceDatabase(), Fence)).ShouldBe(2);
    }

    [Fact]
    public async Task a_holder_that_died_is_followed_once_its_lease_ran_out()
    {
        var source = await system.StartSource();
        await system.StartReader();
        await NoteSystem.Tell(source, "first");
        await system.UntilApplied("first");
        await source.Stop();
        // As a killed process leaves it behind.
        await NoteSystem.Execute(await system.SourceDatabase(),
            "update leases set holder = 'dead', fence = 7, expires_at = clock_timestamp() + interval '2 seconds'");

        var next = await system.StartSource(another: true);
        await NoteSystem.Tell(next, "second");

        await system.UntilApplied("first", "second");
        (await NoteSystem.Execute(await system.SourceDatabase(), Fence)).ShouldBe(8);
    }

    [Fact]
    public async Task a_holder_that_lost_its_lease_moves_nothing()
    {
        var source = await system.StartSource();
        await NoteSystem.UntilPublished(source);
        var database = await system.SourceDatabase();
        var stale = new Lease("contract-publisher", await NoteSystem.Execute(database, Fence), CancellationToken.None);
        await NoteSystem.Execute(database, "update leases set fence = fence + 1");

        await Should.ThrowAsync<LeaseLostException>(
            source.Get<PublisherCheckpoint>().MoveAsync(stale, 100, 100, TestContext.Current.CancellationToken));

        (await source.Get<PublisherCheckpoint>().ReadAsync(TestContext.Current.CancellationToken)).ShouldBe(default);
    }

    [Fact]
    public async Task what_was_published_before_the_checkpoint_moved_is_not_applied_again()
    {
        var source = await system.StartSource();
        await system.StartReader();
        await NoteSystem.Tell(source, "first", "second");
        await system.UntilApplied("first", "second");
        await NoteSystem.UntilPublished(source);
        await source.Stop();
        // As if it had died between the broker's confirmation and the checkpoint.
        await NoteSystem.Execute(await system.SourceDatabase(), "update publisher_checkpoint set read_to = 0, published_to = 0");

        var next = await system.StartSource(another: true);
        await NoteSystem.Tell(next, "third");

        await system.UntilApplied("first", "second", "third");
    }
}

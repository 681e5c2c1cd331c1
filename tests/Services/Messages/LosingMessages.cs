using Messaging;
using RabbitMQ.Client;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Messages;

/// <summary>Whatever the broker loses, the log still has; nothing is lost, doubled or skipped.</summary>
public sealed class LosingMessages(TestBroker broker) : IClassFixture<TestBroker>, IAsyncLifetime
{
    private readonly NoteSystem system = new(broker);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => system.DisposeAsync();

    [Fact]
    public async Task a_purged_queue_is_made_good_at_the_next_start()
    {
        var source = await system.StartSource();
        var reader = await system.StartReader();
        await NoteSystem.Tell(source, "first");
        await system.UntilApplied("first");
        await reader.Stop();

        await NoteSystem.Tell(source, "second", "third");
        await NoteSystem.UntilPublished(source);
        uint purged = 0;
        await system.OnBroker(async channel => purged = await channel.QueuePurgeAsync(NoteSystem.Queue));
        purged.ShouldBe(2u);
        await system.StartReader();

        await system.UntilApplied("first", "second", "third");
    }

    [Fact]
    public async Task a_gap_is_pulled_when_the_next_message_shows_it()
    {
        var source = await system.StartSource();
        await system.StartReader();
        await NoteSystem.Tell(source, "first");
        await system.UntilApplied("first");

        await system.OnBroker(channel => channel.ExchangeUnbindAsync(NoteSystem.Queue, "Contracts:WalletRenamed", ""));
        await NoteSystem.Tell(source, "lost", "lost too");
        await NoteSystem.UntilPublished(source);
        await system.OnBroker(channel => channel.ExchangeBindAsync(NoteSystem.Queue, "Contracts:WalletRenamed", ""));
        await NoteSystem.Tell(source, "heard");

        await system.UntilApplied("first", "lost", "lost too", "heard");
    }

    [Fact]
    public async Task an_unbound_exchange_costs_one_pull_at_most()
    {
        var source = await system.StartSource();
        await system.StartReader("00:00:00.500");
        await NoteSystem.Tell(source, "first");
        await system.UntilApplied("first");

        await system.OnBroker(channel => channel.ExchangeUnbindAsync(NoteSystem.Queue, "Contracts:WalletRenamed", ""));
        await NoteSystem.Tell(source, "unheard");

        await system.UntilApplied("first", "unheard");
    }

    [Fact]
    public async Task a_deleted_queue_is_declared_again()
    {
        var source = await system.StartSource();
        await system.StartReader("00:00:00.500");

        await system.OnBroker(async channel => await channel.QueueDeleteAsync(NoteSystem.Queue));
        await NoteSystem.Tell(source, "first");

        await system.UntilApplied("first");
        await Eventually.Is(
            async () =>
            {
                uint consumers = 0;
                await system.OnBroker(async channel => consumers = await channel.ConsumerCountAsync(NoteSystem.Queue));
                return consumers == 1;
            },
            "the queue is there again and consumed");
    }

    [Fact]
    public async Task a_source_that_is_away_delays_the_reader_only()
    {
        var reader = await system.StartReader(sourceIsThere: false);
        // Its queues may just be being declared: until then it is not ready at all.
        await Eventually.Is(async () => (await reader.Ready()).Contains("degraded", StringComparison.Ordinal), "it is ready but for its source");

        var source = await system.StartSource();
        await NoteSystem.Tell(source, "first");

        await system.UntilApplied("first");
    }

    [Fact]
    public async Task a_contract_that_cannot_be_applied_stops_the_inbox_and_is_not_skipped()
    {
        var source = await system.StartSource();
        var reader = await system.StartReader("00:00:00.300");
        var inbox = reader.Get<NoteInbox>();
        inbox.Refuse = text => text == "poison" ? new InvalidOperationException("no way") : null;

        // What is applied together fails together, so the first has to be in before.
        await NoteSystem.Tell(source, "first");
        await system.UntilApplied("first");
        await NoteSystem.Tell(source, "poison", "third");

        await Eventually.Is(async () => (await reader.Ready()).Contains("cannot be applied: no way", StringComparison.Ordinal), "readiness says why");
        (await system.Applied()).ShouldBe(["first"]);
        inbox.Refuse = _ => null;
        await system.UntilApplied("first", "poison", "third");
        await Eventually.Is(async () => !(await reader.Ready()).Contains("no way", StringComparison.Ordinal), "it is well again");
    }

    [Fact]
    public async Task a_log_that_was_replaced_by_an_older_one_stops_the_inbox()
    {
        var source = await system.StartSource();
        var reader = await system.StartReader("00:00:00.300");
        await NoteSystem.Tell(source, "first", "second");
        await system.UntilApplied("first", "second");

        await NoteSystem.Execute(await system.ReaderDatabase(), "update inbox_checkpoints set position = 50, read_to = 50");

        await Eventually.Is(async () => (await reader.Ready()).Contains("replaced by an older one", StringComparison.Ordinal), "readiness says why");
        await NoteSystem.Tell(source, "third");
        await NoteSystem.UntilPublished(source);
        (await system.Applied()).ShouldBe(["first", "second"]);
        reader.Get<Inbox>().State.Blocked.ShouldNotBeNull();
    }
}

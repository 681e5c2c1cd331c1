using System.Diagnostics;
using Contracts;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Messages;

/// <summary>What one service stores, another applies once and in order.</summary>
public sealed class TellingTheLog(TestBroker broker) : IClassFixture<TestBroker>, IAsyncLifetime
{
    private readonly NoteSystem system = new(broker);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => system.DisposeAsync();

    [Fact]
    public async Task a_stored_fact_is_applied_by_the_other_service()
    {
        var source = await system.StartSource();
        await system.StartReader();

        await NoteSystem.Tell(source, "first", "second");
        await NoteSystem.Tell(source, "third");

        await system.UntilApplied("first", "second", "third");
    }

    [Fact]
    public async Task a_burst_arrives_in_order_by_the_bus_alone()
    {
        var source = await system.StartSource();
        await system.StartReader();
        var callsAtStart = source.FeedCalls;
        var texts = Enumerable.Range(1, 1000).Select(number => $"note {number}").ToArray();

        await NoteSystem.Tell(source, texts);

        await system.UntilApplied(texts);
        source.FeedCalls.ShouldBe(callsAtStart);
    }

    [Fact]
    public async Task private_events_make_no_gap()
    {
        var source = await system.StartSource();
        await system.StartReader();
        await NoteSystem.Tell(source, "first");
        await system.UntilApplied("first");
        var calls = source.FeedCalls;

        await NoteSystem.Keep(source, "mine");
        await NoteSystem.UntilPublished(source);
        await NoteSystem.Tell(source, "second");
        await NoteSystem.Keep(source, "mine too");
        await NoteSystem.Tell(source, "third");

        await system.UntilApplied("first", "second", "third");
        source.FeedCalls.ShouldBe(calls);
    }

    [Fact]
    public async Task contracts_that_come_again_or_out_of_order_change_nothing()
    {
        var source = await system.StartSource();
        await system.StartReader();
        await NoteSystem.Tell(source, "first", "second", "third");
        await system.UntilApplied("first", "second", "third");

        foreach (var (after, upTo, text) in new[] { (2, 3, "third"), (0, 1, "first"), (1, 2, "second"), (0, 1, "first") })
            await source.Bus.Publish(new WalletRenamed(Guid.NewGuid(), text, DateTimeOffset.UnixEpoch) { Log = new LogSpan("wallets", after, upTo) },
                TestContext.Current.CancellationToken);
        await NoteSystem.Tell(source, "fourth");

        await system.UntilApplied("first", "second", "third", "fourth");
    }

    [Fact]
    public async Task two_readers_of_one_service_apply_each_fact_once()
    {
        var source = await system.StartSource();
        await system.StartReader("00:00:00.100");
        await system.StartReader("00:00:00.100");
        var texts = Enumerable.Range(1, 500).Select(number => $"note {number}").ToArray();

        foreach (var text in texts.Chunk(7)) await NoteSystem.Tell(source, text);

        await system.UntilApplied(texts);
    }

    [Fact]
    public async Task the_trace_of_the_store_goes_on_in_the_reader()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = _ => true,
            // As services sample without an exporter: new traces and those from outside get an id, inner steps get none.
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent == default || options.Parent.IsRemote
                    ? ActivitySamplingResult.PropagationData
                    : ActivitySamplingResult.None,
        };
        ActivitySource.AddActivityListener(listener);
        var source = await system.StartSource();
        var reader = await system.StartReader();

        using var request = new Activity("a request").Start();
        await NoteSystem.Tell(source, "traced");
        request.Stop();

        await system.UntilApplied("traced");
        reader.Get<NoteInbox>().Traces["traced"].ShouldBe(request.TraceId.ToHexString());
    }
}

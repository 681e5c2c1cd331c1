using Messaging;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Messages;

/// <summary>A saga's state and events are one transaction; what it sends is answered again when it may be lost.</summary>
public sealed class RunningASaga(TestBroker broker) : IClassFixture<TestBroker>, IAsyncLifetime
{
    private static readonly string[] Whole = ["ordered", "fetched", "delivered"];
    private readonly Guid parcel = Guid.NewGuid();
    private readonly List<Node> nodes = [];
    private TestDatabase database = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        database = await TestDatabase.Create();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in nodes) await node.DisposeAsync();
        await OnBroker(async channel =>
        {
            foreach (var queue in new[] { "parcels", "fetches" })
            {
                await channel.QueueDeleteAsync(Queues.Name(queue));
                await channel.QueueDeleteAsync(Queues.DeadLettersOf(queue));
                await channel.ExchangeDeleteAsync(Queues.Name(queue));
            }
        });
        await database.DisposeAsync();
    }

    [Fact]
    public async Task it_runs_from_its_first_message_to_its_end()
    {
        var node = await Start();

        await Send(node, new ParcelOrdered(parcel));

        await UntilState("Delivered");
        (await Events()).ShouldBe(Whole);
        Fetched(node).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task a_message_that_comes_again_is_answered_again_with_the_same_number()
    {
        var node = await Start(keepStill: true);

        for (var i = 0; i < 3; i++) await Send(node, new ParcelOrdered(parcel));

        await Eventually.Is(() => Fetched(node).Length == 3, "each order is answered");
        Fetched(node).ShouldBe([1, 1, 1]);
        (await Events()).ShouldBe(["ordered"]);
    }

    [Fact]
    public async Task an_answer_before_the_order_or_with_a_foreign_number_changes_nothing()
    {
        var node = await Start(keepStill: true);

        await Send(node, new SliceFetched(parcel, 1));
        await Send(node, new ParcelOrdered(parcel));
        await UntilState("Fetching");
        // Several are consumed at once, in any order: none of the foreign ones may become the right one meanwhile.
        foreach (var slice in new[] { 7, 9, 0, 1, 1 }) await Send(node, new SliceFetched(parcel, slice));

        await Eventually.Is(() => Fetched(node).Length == 2, "the one right answer is followed by the next slice");
        Fetched(node).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task many_first_messages_at_once_make_one_saga()
    {
        var node = await Start(keepStill: true);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Send(node, new ParcelOrdered(parcel))));

        await Eventually.Is(() => Fetched(node).Length == 20, "each order is answered");
        Fetched(node).ShouldAllBe(slice => slice == 1);
        (await Events()).ShouldBe(["ordered"]);
        (await Dead("parcels")).ShouldBe(0u);
    }

    [Fact]
    public async Task a_row_that_another_transaction_made_starts_when_it_is_due()
    {
        var node = await Start();

        await Execute($"insert into parcels (correlation_id, due_at) values ('{parcel}', now())");
        node.Get<DueSignal>().Wake();

        await UntilState("Delivered");
        (await Events()).ShouldBe(Whole);
    }

    [Fact]
    public async Task a_saga_whose_reminder_was_lost_is_reminded_again()
    {
        var node = await Start(keepStill: true);
        await Send(node, new ParcelOrdered(parcel));
        await UntilState("Fetching");

        await Execute("update parcels set due_at = now() - interval '1 hour', woken_at = now()");

        await Eventually.Is(async () => await Scalar<long>("select count(*) from parcels where data->>'Reminders' = '1'") == 1, "it is reminded");
        (await Scalar<long>("select count(*) from parcels where due_at is null")).ShouldBe(1);
    }

    [Fact]
    public async Task state_and_events_are_undone_together()
    {
        var node = await Start(keepStill: true);
        await Send(node, new ParcelOrdered(parcel));
        await UntilState("Fetching");

        await Send(node, new ParcelBroken(parcel));

        await Eventually.Is(async () => await Dead("parcels") == 1, "the message ends among the dead letters");
        (await Events()).ShouldBe(["ordered"]);
        (await Scalar<long>("select count(*) from parcels where data->>'Slice' = '1'")).ShouldBe(1);
    }

    [Fact]
    public async Task a_refused_append_undoes_the_state_and_sends_nothing()
    {
        var node = await Start(keepStill: true);
        await Execute("alter table mt_events add constraint no_order check (data->>'Text' <> 'ordered')");

        await Send(node, new ParcelOrdered(parcel));

        await Eventually.Is(async () => await Dead("parcels") == 1, "the message ends among the dead letters");
        (await Scalar<long>("select count(*) from parcels")).ShouldBe(0);
        Fetched(node).ShouldBeEmpty();
    }

    [Fact]
    public async Task what_could_not_be_sent_after_the_commit_is_sent_when_the_message_comes_again()
    {
        var node = await Start(fetcher: false);
        await Send(node, new ParcelOrdered(parcel));
        await UntilState("Fetching");

        var second = await Node.Start("fetcher", database, broker.Uri, m => m.Consumes<Fetcher>("fetches"),
            services: s => s.AddSingleton(new Fetches { KeepStill = true }));
        nodes.Add(second);

        await Eventually.Is(() => Fetched(second).Length > 0, "the slice is asked for once there is a queue for it");
        Fetched(second).ShouldAllBe(slice => slice == 1);
        (await Events()).ShouldBe(["ordered"]);
        (await Dead("parcels")).ShouldBe(0u);
    }

    private async Task<Node> Start(bool keepStill = false, bool fetcher = true)
    {
        var node = await Node.Start(
            "parcels", database, broker.Uri,
            m =>
            {
                m.Saga<ParcelMachine, Parcel>("parcels", "parcels", id => new ParcelDue(id));
                if (fetcher) m.Consumes<Fetcher>("fetches");
            },
            new Dictionary<string, string?> { ["Messaging:WakeAgainAfter"] = "00:00:00.500", ["Messaging:SweepEvery"] = "00:00:00.100" },
            services => services.AddSingleton(new Fetches { KeepStill = keepStill }));
        nodes.Add(node);
        await Execute("select create_saga_table('parcels')");
        return await node.Connected();
    }

    private static async Task Send<T>(Node node, T message) where T : class =>
        await (await node.Bus.GetSendEndpoint(Queues.Address("parcels"))).Send(message, Ct);

    private static int[] FetchedBy(Node node, Guid parcel) => node.Get<Fetches>().SlicesOf(parcel);

    private int[] Fetched(Node node) => FetchedBy(node, parcel);

    private Task UntilState(string state) => Eventually.Is(
        async () => await Scalar<long>($"select count(*) from parcels where correlation_id = '{parcel}' and state = '{state}'") == 1,
        $"the parcel is {state}");

    private async Task<string[]> Events() =>
        await Scalar<string[]>("select coalesce(array_agg(data->>'Text' order by seq_id), '{}') from mt_events") ?? [];

    private async Task<uint> Dead(string queue)
    {
        uint count = 0;
        await OnBroker(async channel => count = await channel.MessageCountAsync(Queues.DeadLettersOf(queue)));
        return count;
    }

    private async Task Execute(string sql) => await Scalar<object>(sql);

    private async Task<T?> Scalar<T>(string sql)
    {
        await using var command = database.DataSource.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Ct) is T value ? value : default;
    }

    private async Task OnBroker(Func<IChannel, Task> act)
    {
        await using var connection = await new ConnectionFactory { Uri = broker.Uri }.CreateConnectionAsync(Ct);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Ct);
        await act(channel);
    }
}

using System.Text;
using MassTransit;
using Messaging;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using RabbitMQ.Client;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Messages;

public sealed record WorkOrder(string Text);

/// <summary>A wrong message is given up, a wrong moment is waited out.</summary>
public sealed class HandlingFailures(TestBroker broker) : IClassFixture<TestBroker>, IAsyncLifetime
{
    private const string Queue = "works";
    private readonly Worker worker = new();
    private TestDatabase database = null!;
    private Node node = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        database = await TestDatabase.Create();
        node = await Node.Start(
            "worker", database, broker.Uri, m => m.Consumes<WorkConsumer>(Queue),
            new Dictionary<string, string?> { ["RabbitMq:DeliveryLimit"] = "2" }, services => services.AddSingleton(worker));
        await node.Connected();
    }

    public async ValueTask DisposeAsync()
    {
        await node.DisposeAsync();
        await OnBroker(async channel =>
        {
            await channel.QueueDeleteAsync(Queues.Name(Queue));
            await channel.QueueDeleteAsync(Queues.DeadLettersOf(Queue));
        });
        await database.DisposeAsync();
    }

    [Fact]
    public async Task a_message_that_cannot_be_handled_ends_among_the_dead_letters_and_holds_nobody_up()
    {
        worker.Fail = (text, _) => text == "poison" ? new InvalidOperationException("cannot be done") : null;

        await Send("poison");
        await Send("fine");

        await Eventually.Is(() => worker.Done.Contains("fine"), "the next message is handled");
        await UntilDead(1);
        worker.Tries("poison").ShouldBe(4);
        await OnBroker(async channel =>
        {
            var letter = (await channel.BasicGetAsync(Queues.DeadLettersOf(Queue), autoAck: true)).ShouldNotBeNull();
            letter.BasicProperties.Headers.ShouldNotBeNull().ShouldContainKey("MT-Fault-Message");
        });
    }

    [Fact]
    public async Task a_message_waits_while_the_database_is_away()
    {
        worker.Fail = (_, tries) => tries <= 6 ? new NpgsqlException("away", new TimeoutException()) : null;

        await Send("patient");

        await Eventually.Is(() => worker.Done.Contains("patient"), "the message is handled in the end", TimeSpan.FromSeconds(60));
        worker.Tries("patient").ShouldBe(7);
        (await Dead()).ShouldBe(0u);
    }

    [Fact]
    public async Task a_message_waits_while_the_database_is_only_read_from()
    {
        worker.Fail = (_, tries) => tries <= 6
            ? new PostgresException("cannot execute UPDATE in a read-only transaction", "ERROR", "ERROR", PostgresErrorCodes.ReadOnlySqlTransaction)
            : null;

        await Send("read-only");

        await Eventually.Is(() => worker.Done.Contains("read-only"), "the message is handled in the end", TimeSpan.FromSeconds(60));
        (await Dead()).ShouldBe(0u);
    }

    [Fact]
    public async Task a_message_held_back_goes_back_to_the_queue_when_the_process_stops()
    {
        worker.Fail = (_, _) => new NpgsqlException("away", new TimeoutException());
        await Send("held");
        await Eventually.Is(() => worker.Tries("held") > 1, "the message is held back");

        await node.Stop();

        await Eventually.Is(async () => await Count(Queues.Name(Queue)) == 1, "the message is in its queue again");
        (await Dead()).ShouldBe(0u);
    }

    [Fact]
    public async Task bytes_that_are_no_message_end_among_the_dead_letters()
    {
        await OnBroker(async channel => await channel.BasicPublishAsync("", Queues.Name(Queue), false, new BasicProperties(),
            Encoding.UTF8.GetBytes("{ not json"), Ct));

        await UntilDead(1);
    }

    [Fact]
    public async Task a_message_that_kills_its_consumers_is_given_up_by_the_broker()
    {
        await node.Stop();
        await OnBroker(async channel =>
        {
            await channel.BasicPublishAsync("", Queues.Name(Queue), false, new BasicProperties(), "x"u8.ToArray(), Ct);
            await Eventually.Is(
                async () =>
                {
                    if (await channel.BasicGetAsync(Queues.Name(Queue), autoAck: false) is { } got)
                        await channel.BasicNackAsync(got.DeliveryTag, false, requeue: true);
                    return await Dead() == 1;
                },
                "the broker gives it up after the delivery limit");
        });
    }

    [Fact]
    public async Task a_command_for_a_queue_that_is_not_there_fails_instead_of_vanishing()
    {
        var nowhere = await node.Bus.GetSendEndpoint(Queues.Address("nowhere"));

        await Should.ThrowAsync<MessageReturnedException>(nowhere.Send(new WorkOrder("lost"), Ct));
    }

    private async Task Send(string text) => await (await node.Bus.GetSendEndpoint(Queues.Address(Queue))).Send(new WorkOrder(text), Ct);

    private Task UntilDead(uint count) => Eventually.Is(async () => await Dead() == count, $"{count} message is among the dead letters");

    private Task<uint> Dead() => Count(Queues.DeadLettersOf(Queue));

    private async Task<uint> Count(string queue)
    {
        uint count = 0;
        await OnBroker(async channel => count = await channel.MessageCountAsync(queue));
        return count;
    }

    private async Task OnBroker(Func<IChannel, Task> act)
    {
        await using var connection = await new ConnectionFactory { Uri = broker.Uri }.CreateConnectionAsync(CancellationToken.None);
        await using var channel = await connection.CreateChannelAsync();
        await act(channel);
    }

    internal sealed class Worker
    {
        private readonly Dictionary<string, int> tries = [];

        public Func<string, int, Exception?> Fail { get; set; } = (_, _) => null;

        public List<string> Done { get; } = [];

        public int Tries(string text)
        {
            lock (tries) return tries.GetValueOrDefault(text);
        }

        public void Work(string text)
        {
            lock (tries)
            {
                tries[text] = tries.GetValueOrDefault(text) + 1;
                if (Fail(text, tries[text]) is { } failure) throw failure;
                Done.Add(text);
            }
        }
    }

    internal sealed class WorkConsumer(Worker worker) : IConsumer<WorkOrder>
    {
        public Task Consume(ConsumeContext<WorkOrder> context)
        {
            worker.Work(context.Message.Text);
            return Task.CompletedTask;
        }
    }
}

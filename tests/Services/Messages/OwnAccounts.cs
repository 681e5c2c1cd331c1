using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Messages;

/// <summary>What the broker lets a service's account do, and what it refuses.</summary>
public sealed class OwnAccounts(TestBroker broker) : IClassFixture<TestBroker>, IAsyncLifetime
{
    private const string SaidBySync = "Contracts:TransactionsObserved";
    private const string OfSync = "wallet-sync-quorum";
    private const string OfPortfolio = "portfolio-inbox-sync-quorum";
    private const ushort AccessRefused = 403;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        await OnBroker(broker.Uri, async channel =>
        {
            await channel.ExchangeDeclareAsync(SaidBySync, ExchangeType.Fanout, durable: true, cancellationToken: Ct);
            foreach (var queue in new[] { OfSync, OfPortfolio })
            {
                await channel.ExchangeDeclareAsync(queue, ExchangeType.Fanout, durable: true, cancellationToken: Ct);
                await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, cancellationToken: Ct);
                await channel.QueueBindAsync(queue, queue, "", cancellationToken: Ct);
            }
        });

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task portfolio_cannot_say_what_sync_says_nor_reach_its_queues()
    {
        await IsRefused("portfolio", channel => Publish(channel, SaidBySync));
        await IsRefused("portfolio", channel => Publish(channel, OfSync));
        // By the default exchange every queue can be reached by its name.
        await IsRefused("portfolio", channel => Publish(channel, "", OfSync));
        await IsRefused("portfolio", async channel => await channel.BasicGetAsync(OfSync, autoAck: true, Ct));
        await IsRefused("portfolio", channel => channel.QueuePurgeAsync(OfSync, Ct));
        await IsRefused("portfolio", channel => channel.QueueDeleteAsync(OfSync, false, false, cancellationToken: Ct));
        await IsRefused("portfolio", channel => channel.QueueBindAsync(OfPortfolio, OfSync, "", cancellationToken: Ct));
        await IsRefused("wallets", channel => Publish(channel, SaidBySync));
        await IsRefused("wallets", async channel => await channel.BasicGetAsync(OfPortfolio, autoAck: true, Ct));
        await IsRefused("sync", channel => Publish(channel, "Contracts:WalletCreated"));
    }

    [Fact]
    public async Task what_sync_says_reaches_portfolio()
    {
        await OnBroker(broker.UriOf("portfolio"), channel => channel.ExchangeBindAsync(OfPortfolio, SaidBySync, "", cancellationToken: Ct));
        await OnBroker(broker.UriOf("sync"), channel => Publish(channel, SaidBySync));
        await OnBroker(broker.UriOf("portfolio"), async channel =>
            (await channel.BasicGetAsync(OfPortfolio, autoAck: true, Ct)).ShouldNotBeNull());
    }

    private async Task IsRefused(string service, Func<IChannel, Task> act) =>
        await OnBroker(broker.UriOf(service), async channel =>
        {
            await Should.ThrowAsync<OperationInterruptedException>(() => act(channel));
            channel.CloseReason.ShouldNotBeNull().ReplyCode.ShouldBe(AccessRefused);
        });

    private static async Task Publish(IChannel channel, string exchange, string key = "") =>
        await channel.BasicPublishAsync(exchange, key, "{}"u8.ToArray(), Ct);

    private static async Task OnBroker(Uri account, Func<IChannel, Task> act)
    {
        await using var connection = await new ConnectionFactory { Uri = account }.CreateConnectionAsync(Ct);
        // Waits for the broker's word on each message.
        var options = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);
        await using var channel = await connection.CreateChannelAsync(options, Ct);
        await act(channel);
    }
}

using EventSourcing;
using Portfolio.Feed;
using Postgres;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Portfolio.Webhooks;

/// <summary>Processes that put in line and send, killed in the middle of it: nothing is left out, and a delivery is made once.</summary>
public sealed class KillSenders(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("webhooks-before-queued")]
    [InlineData("webhooks-after-queued")]
    [InlineData("webhooks-after-sent")]
    public async Task whoever_comes_after_a_killed_sender_sends_what_is_left(string place)
    {
        await using var receiver = await Receiver.Start();
        var (user, webhook) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await portfolio.Database.ExecuteAsync("""
            insert into webhooks (webhook_id, user_id, url, secret, created_at, after_seq, reached_seq)
            values (@webhook, @user, @Url, '\x00112233445566778899aabbccddeeff0011223344556677', now(), 0, 0)
            """, new { webhook, user, receiver.Url }, Ct);
        await using var process = Process();
        process.OnceOnly["KILL_AT"] = $"{place}:1";
        await process.Start();

        var told = Enumerable.Range(0, 20).Select(_ => NewEvent.Fresh(new FeedMessage.SyncCompleted { RunId = Guid.CreateVersion7() })).ToList();
        await portfolio.Events.AppendAsync(FeedMessage.Category, user, told, ct: Ct);
        await process.UntilEnded();
        await process.Start();

        await Eventually.Is(async () =>
        {
            // A claim of the killed process has passed long ago.
            await portfolio.Database.ExecuteAsync("update webhook_deliveries set due_at = now() where state = 'waiting' and webhook_id = @webhook",
                new { webhook }, Ct);
            return await portfolio.Database.ScalarAsync<long>(
                "select count(*) from webhook_deliveries where state = 'delivered' and webhook_id = @webhook", new { webhook }, Ct) == 20;
        }, "all are delivered");
        receiver.Posted.Select(message => message.Id).Distinct().ShouldBe(told.Select(each => each.Id.ToString()), ignoreOrder: true);
        (await portfolio.Database.ScalarAsync<long>("select count(*) from webhook_deliveries where webhook_id = @webhook", new { webhook }, Ct))
            .ShouldBe(20);
    }

    private ServiceProcess Process()
    {
        using var identity = new TestIdentity("portfolio");
        var address = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        var settings = identity.SettingsWith(
            ("ConnectionStrings:Database", portfolio.ConnectionString), ("RabbitMq:Uri", "amqp://nobody:nowhere@127.0.0.1:1/"),
            ("Services:wallets", "http://127.0.0.1:1"), ("Services:sync", "http://127.0.0.1:1"), ("Urls", address.ToString()),
            ("Webhooks:AllowedTargets:0", "127.0.0.1"));
        settings["ASPNETCORE_ENVIRONMENT"] = "Testing";
        return new ServiceProcess("portfolio", Repository.Program("Portfolio"),
            settings.ToDictionary(pair => pair.Key.Replace(":", "__", StringComparison.Ordinal), pair => pair.Value),
            new Uri(address, "/health/live"));
    }
}

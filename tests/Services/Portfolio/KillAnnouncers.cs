using Contracts;
using EventSourcing;
using Portfolio.Feed;
using Shouldly;
using Testing;
using Xunit;

namespace Services.Portfolio;

/// <summary>Processes that announce, on a database that inboxes elsewhere fill: killed in the middle of it, and two at once.</summary>
public sealed class KillAnnouncers(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    [Theory]
    [InlineData("announcer-before-commit")]
    [InlineData("announcer-after-commit")]
    public async Task whoever_comes_after_a_killed_announcer_tells_what_is_left_and_nothing_twice(string place)
    {
        var world = await SmallWorld.Create(portfolio);
        await portfolio.FromSync(world.Report(0, 100), world.WalkCompleted(100), Tip(100));
        await portfolio.Announce();
        await using var process = Process();
        process.OnceOnly["KILL_AT"] = $"{place}:1";
        await process.Start();
        for (var block = 101; block <= 103; block++)
        {
            await portfolio.FromSync(
                new TransactionsObserved(world.Ledger, [RandomHistory.Transaction(new Random(block), block, 5)]), Tip(block));
        }

        await process.UntilEnded();
        await portfolio.FromSync(Tip(104));
        await process.Start();
        await Told(world, feed => Last(feed).Order().SequenceEqual([2, 3, 4]));
        await portfolio.FromSync(Tip(110));
        await Told(world, feed => feed.Count(told => told.Data is FeedMessage.DepositCompleted) == 3);

        var feed = await portfolio.Feed(world.Owner);
        feed.Where(told => told.Data is DepositMessage).GroupBy(told => ((DepositMessage)told.Data).Txid)
            .ShouldAllBe(each => each.Count(told => told.Data is FeedMessage.DepositUpdate) == 1
                && each.Count(told => told.Data is FeedMessage.DepositCompleted) == 1);
        feed.Select(told => (told.Data as DepositMessage)?.ToString()).Where(told => told is not null).ShouldBeUnique();
    }

    [Fact]
    public async Task one_of_two_processes_announces_and_the_other_goes_on_when_it_dies()
    {
        var world = await SmallWorld.Create(portfolio);
        await portfolio.FromSync(world.Report(0, 200), world.WalkCompleted(200), Tip(200));
        await using var one = Process();
        await using var other = Process();
        await one.Start();
        await other.Start();
        await portfolio.FromSync(new TransactionsObserved(world.Ledger, [RandomHistory.Transaction(new Random(1), 201, 5)]), Tip(201));
        await Told(world, feed => Last(feed).SequenceEqual([1]));
        await one.Kill();
        await portfolio.FromSync(Tip(203));
        await Told(world, feed => Last(feed).SequenceEqual([3]));
        await other.Kill();
        await one.Start();
        await portfolio.FromSync(Tip(206));
        await Told(world, feed => feed.Any(told => told.Data is FeedMessage.DepositCompleted));
        (await portfolio.Feed(world.Owner)).Where(told => told.Data is DepositMessage)
            .Select(told => EventTypes.AliasOf(told.Data.GetType())).ShouldBe(["deposit_update", "confirmation_update", "deposit_completed"]);
    }

    private ServiceProcess Process()
    {
        using var identity = new TestIdentity("portfolio");
        var address = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        var settings = identity.SettingsWith(
            ("ConnectionStrings:Database", portfolio.ConnectionString), ("RabbitMq:Uri", "amqp://nobody:nowhere@127.0.0.1:1/"),
            ("Services:wallets", "http://127.0.0.1:1"), ("Services:sync", "http://127.0.0.1:1"), ("Urls", address.ToString()));
        settings["ASPNETCORE_ENVIRONMENT"] = "Testing";
        return new ServiceProcess("portfolio", Repository.Program("Portfolio"),
            settings.ToDictionary(pair => pair.Key.Replace(":", "__", StringComparison.Ordinal), pair => pair.Value),
            new Uri(address, "/health/live"));
    }

    private async Task Told(SmallWorld world, Predicate<List<StoredEvent>> expected) =>
        await Eventually.Is(async () => expected(await portfolio.Feed(world.Owner)), "the announcer tells");

    // The last number of confirmations told of each payment.
    private static IEnumerable<long> Last(List<StoredEvent> feed) => feed.Select(told => told.Data).OfType<DepositMessage>()
        .GroupBy(told => told.Txid).Select(told => told.Last().Confirmations);

    private static ChainTipAdvanced Tip(long height) => new("bitcoin", height, $"hash {height}", DateTimeOffset.UnixEpoch);
}

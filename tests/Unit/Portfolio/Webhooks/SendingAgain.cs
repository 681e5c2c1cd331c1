using Portfolio.Webhooks;
using Shouldly;
using Xunit;

namespace Unit.Portfolio.Webhooks;

/// <summary>What an attempt comes to.</summary>
public sealed class SendingAgain
{
    private static readonly DateTimeOffset Now = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Patience = TimeSpan.FromDays(5);

    [Fact]
    public void ten_attempts_take_three_days_and_then_it_is_given_up()
    {
        var waits = Enumerable.Range(1, 10).Select(attempts => RetrySchedule.After(attempts, null, 0.5)).ToList();

        waits[9].ShouldBeNull();
        waits.Take(9).ShouldBe([
            TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5),
            TimeSpan.FromHours(10), TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(24)]);
    }

    [Theory]
    [InlineData(0.0, 270)]
    [InlineData(1.0, 330)]
    public void waits_are_spread_by_a_tenth(double chance, int seconds) =>
        RetrySchedule.After(2, null, chance).ShouldBe(TimeSpan.FromSeconds(seconds));

    [Theory]
    [InlineData(1, 5)]
    [InlineData(60, 60)]
    [InlineData(1_000_000, 86_400)]
    public void who_asks_for_a_longer_wait_gets_it_up_to_a_day(int asked, int seconds) =>
        RetrySchedule.After(1, TimeSpan.FromSeconds(asked), 0.5).ShouldBe(TimeSpan.FromSeconds(seconds));

    [Fact]
    public void what_is_answered_with_2xx_is_delivered() => Decide(new(204, null, null, null, TimeSpan.Zero)).State.ShouldBe("delivered");

    [Fact]
    public void a_failure_waits_and_the_last_one_ends_it()
    {
        Decide(Failure, attempts: 1).ShouldBe(new DeliveryOutcome("waiting", TimeSpan.FromSeconds(5), null));
        Decide(Failure, attempts: 10).ShouldBe(new DeliveryOutcome("failed", null, null));
    }

    [Fact]
    public void who_answers_410_gets_no_more_and_loses_nothing()
    {
        var outcome = Decide(new(410, "answered 410", null, null, TimeSpan.Zero), attempts: 10);
        outcome.State.ShouldBe("waiting");
        outcome.DisabledBecause.ShouldBe("answered 410");
    }

    [Fact]
    public void days_of_failures_disable_and_one_less_does_not()
    {
        Decide(Failure, failingSince: Now - Patience + TimeSpan.FromSeconds(1)).DisabledBecause.ShouldBeNull();
        Decide(Failure, failingSince: Now - Patience).DisabledBecause.ShouldBe("failed for 5 days; at last it answered 500");
    }

    private static AttemptResult Failure { get; } = new(500, "answered 500", null, null, TimeSpan.Zero);

    private static DeliveryOutcome Decide(AttemptResult result, int attempts = 1, DateTimeOffset? failingSince = null) =>
        DeliveryOutcome.Decide(result, attempts, failingSince, Now, Patience, 0.5);
}

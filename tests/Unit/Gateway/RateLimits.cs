using Gateway;
using Microsoft.Extensions.Options;
using Shouldly;
using Testing;
using Xunit;

namespace Unit.Gateway;

public sealed class RateLimits
{
    private static readonly Guid Key = Guid.Parse("0198a5d2-0000-7000-8000-000000000001");
    private readonly ManualTime time = new();
    private readonly RateLimiter limiter;

    public RateLimits() => limiter = new RateLimiter(Options.Create(new RateLimitOptions { Burst = 10, PerSecond = 2 }), time);

    [Fact]
    public void a_rested_key_may_spend_its_burst_and_no_more()
    {
        for (var i = 0; i < 10; i++)
            limiter.Take(Key, 1).Allowed.ShouldBeTrue();

        var refused = limiter.Take(Key, 1);

        refused.Allowed.ShouldBeFalse();
        refused.Left.ShouldBe(0);
        refused.RetryAfter.ShouldBe(TimeSpan.FromMilliseconds(500));
        refused.FullIn.ShouldBe(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void after_the_time_named_it_is_allowed_again()
    {
        Spend(10);
        time.Advance(limiter.Take(Key, 3).RetryAfter);

        limiter.Take(Key, 3).Allowed.ShouldBeTrue();
        limiter.Take(Key, 1).Allowed.ShouldBeFalse();
    }

    [Fact]
    public void a_clock_that_is_put_back_takes_nothing_from_anybody()
    {
        var wall = new ClockPutBack();
        var buckets = new TokenBuckets<Guid>(10, 2, wall);
        for (var i = 0; i < 10; i++) buckets.Take(Key, 1).Allowed.ShouldBeTrue();

        wall.PutBack(TimeSpan.FromHours(1));
        wall.Advance(TimeSpan.FromSeconds(1));

        buckets.Take(Key, 2).Allowed.ShouldBeTrue();
    }

    [Fact]
    public void refusals_cost_nothing()
    {
        Spend(10);
        for (var i = 0; i < 100; i++)
            limiter.Take(Key, 1);
        time.Advance(TimeSpan.FromSeconds(1));

        limiter.Take(Key, 2).Allowed.ShouldBeTrue();
    }

    [Fact]
    public void many_small_steps_of_time_lose_nothing()
    {
        Spend(10);
        for (var i = 0; i < 1000; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            limiter.Take(Key, 10);
        }

        limiter.Take(Key, 2).Allowed.ShouldBeTrue();
    }

    [Fact]
    public void a_long_rest_gives_no_more_than_the_burst()
    {
        Spend(10);
        time.Advance(TimeSpan.FromDays(10_000));

        Spend(10);
        limiter.Take(Key, 1).Allowed.ShouldBeFalse();
    }

    [Fact]
    public void a_clock_set_back_takes_nothing_away()
    {
        Spend(4);
        time.Advance(TimeSpan.FromHours(-1));

        limiter.Take(Key, 6).Allowed.ShouldBeTrue();
    }

    [Fact]
    public void one_key_does_not_spend_anothers()
    {
        Spend(10);

        limiter.Take(Guid.NewGuid(), 10).Allowed.ShouldBeTrue();
    }

    [Fact]
    public void what_is_given_back_can_be_spent()
    {
        Spend(10);
        limiter.Return(Key, 1000);

        limiter.Take(Key, 1).Allowed.ShouldBeTrue();
        limiter.Take(Key, 1).Allowed.ShouldBeFalse();
    }

    [Fact]
    public void keys_beyond_what_is_kept_share_one_allowance()
    {
        for (var i = 0; i < 10_000; i++) limiter.Take(Guid.NewGuid(), 1).Allowed.ShouldBeTrue();

        var late = Enumerable.Range(0, 11).Select(_ => limiter.Take(Guid.NewGuid(), 1).Allowed).ToList();

        late.ShouldBe([.. Enumerable.Repeat(true, 10), false]);
        time.Advance(TimeSpan.FromSeconds(1));
        limiter.Take(Guid.NewGuid(), 10).Allowed.ShouldBeTrue("there is room again");
    }

    private void Spend(int cost) => limiter.Take(Key, cost).Allowed.ShouldBeTrue();
}

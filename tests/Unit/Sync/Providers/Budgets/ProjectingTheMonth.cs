using Providers;
using Shouldly;
using Xunit;

namespace Unit.Sync;

/// <summary>What a month comes to at the pace so far, and what that costs.</summary>
public sealed class ProjectingTheMonth
{
    private static readonly PriceOptions[] Prices =
    [
        new() { UpTo = 500_000 },
        new() { UpTo = 10_000_000, Price = 0.01m, Per = 100 },
        new() { UpTo = 50_000_000, Price = 0.01m, Per = 200 },
        new() { UpTo = 100_000_000, Price = 0.01m, Per = 500 },
        new() { Flat = 4_000 },
    ];

    [Fact]
    public void the_rest_of_the_month_goes_at_the_pace_of_the_last_seven_days()
    {
        var days = Enumerable.Range(1, 20).ToDictionary(day => new DateOnly(2026, 6, day), day => day <= 13 ? 1_000L : 100L);
        var now = new DateTimeOffset(2026, 6, 21, 0, 0, 0, TimeSpan.Zero);
        // Six whole days of a hundred, and ten days left.
        MonthEnd.Used(days, now).ShouldBe(13_700);
        MonthEnd.Projected(days, now).ShouldBe(13_700 + 1_000);
    }

    [Fact]
    public void last_months_days_tell_the_pace_but_are_not_this_months_requests()
    {
        var days = new Dictionary<DateOnly, long> { [new(2026, 5, 31)] = 50, [new(2026, 6, 1)] = 50 };
        var now = new DateTimeOffset(2026, 6, 2, 0, 0, 0, TimeSpan.Zero);
        MonthEnd.Used(days, now).ShouldBe(50);
        MonthEnd.Projected(days, now).ShouldBe(50 + (50 * 29));
    }

    [Fact]
    public void the_first_minutes_make_no_month()
    {
        var days = new Dictionary<DateOnly, long> { [new(2026, 6, 1)] = 10 };
        MonthEnd.Projected(days, new(2026, 6, 1, 0, 1, 0, TimeSpan.Zero)).ShouldBeLessThan(10 + 300);
        MonthEnd.Projected(new Dictionary<DateOnly, long>(), new(2026, 6, 1, 0, 1, 0, TimeSpan.Zero)).ShouldBe(0);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(500_000, "0")]
    [InlineData(500_100, "0.01")]
    [InlineData(10_000_000, "950")]
    [InlineData(50_000_000, "2950")]
    [InlineData(100_000_000, "3950")]
    [InlineData(100_000_001, "4000")]
    public void each_request_costs_what_its_number_in_the_month_costs(long requests, string cost) =>
        MonthEnd.Cost(Prices, requests).ShouldBe(decimal.Parse(cost, System.Globalization.CultureInfo.InvariantCulture));

    [Fact]
    public void without_prices_nothing_is_said_of_costs() => MonthEnd.Cost([], 5).ShouldBeNull();
}

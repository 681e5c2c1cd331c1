using Portfolio.Rebuilding;
using Shouldly;
using Xunit;

namespace Unit.Portfolio;

public sealed class DescribeAReplaysPace
{
    private const long Restored = 1_790_000_000_000_000;

    [Fact]
    public void a_log_that_was_never_restored_tells_its_share_and_the_time_left()
    {
        var pace = Read(0, 10_000);

        pace.Describe(40_000, TimeSpan.FromSeconds(2)).ShouldBe("10,000 of 40,000 (25 %), 5,000 positions/s, 6 s left");
    }

    [Fact]
    public void before_the_leap_of_a_restored_log_nobody_knows_how_much_is_behind_it()
    {
        var pace = Read(0, 10_000);

        pace.Describe(Restored + 500, TimeSpan.FromSeconds(2)).ShouldBe("10,000 of 1,790,000,000,000,500, 5,000 positions/s");
    }

    [Fact]
    public void behind_the_leap_its_length_is_no_speed()
    {
        var pace = Read(0, 9_000);
        pace.Reached(Restored + 400);

        pace.Describe(Restored + 20_400, TimeSpan.FromSeconds(2))
            .ShouldBe("1,790,000,000,000,400 of 1,790,000,000,020,400, 5,000 positions/s, 4 s left");
    }

    private static ReplayPace Read(long from, long to)
    {
        var pace = new ReplayPace(from);
        for (var position = from + 1_000; position <= to; position += 1_000) pace.Reached(position);
        return pace;
    }
}

using Shouldly;
using Sync.WalletSyncs;
using Xunit;

namespace Unit.Sync;

/// <summary>When a run is expected to end, and when nothing can be said.</summary>
public sealed class TellingTheEnd
{
    private static readonly RunPace Steady = new(
        Read: 200, PacedSeconds: 20, WaitSeconds: 0, ToRead: 800, Left: 1, LeftWithoutEta: 0, Slowest: 80, Addresses: 1, Unknown: 0, Expected: 1_000,
        IsStuck: false);

    [Fact]
    public void what_is_left_takes_as_long_as_the_pace_so_far_says() => Eta.OfRun(Steady).ShouldBe(80);

    [Fact]
    public void a_stated_wait_comes_on_top() => Eta.OfRun(Steady with { WaitSeconds = 60 }).ShouldBe(140);

    [Fact]
    public void a_wait_that_is_over_takes_nothing_off() => Eta.OfRun(Steady with { WaitSeconds = -5 }).ShouldBe(80);

    [Fact]
    public void it_ends_no_sooner_than_its_slowest_address() => Eta.OfRun(Steady with { Slowest = 300 }).ShouldBe(300);

    [Fact]
    public void before_anything_is_read_nothing_is_said() => Eta.OfRun(Steady with { Read = 0, Slowest = null, LeftWithoutEta = 1 }).ShouldBeNull();

    [Fact]
    public void a_run_whose_addresses_others_read_is_as_slow_as_the_slowest_of_them()
    {
        Eta.OfRun(Steady with { Read = 0 }).ShouldBe(80);
        Eta.OfRun(Steady with { Read = 0, LeftWithoutEta = 1 }).ShouldBeNull();
    }

    [Fact]
    public void an_address_that_fails_again_and_again_makes_the_end_unknown() => Eta.OfRun(Steady with { IsStuck = true }).ShouldBeNull();

    [Fact]
    public void with_nothing_left_there_is_nothing_to_say() => Eta.OfRun(Steady with { Left = 0 }).ShouldBeNull();

    [Fact]
    public void addresses_nobody_asked_about_are_like_the_others_once_these_are_enough()
    {
        var many = Steady with { Addresses = 10, Unknown = 5, Left = 6, LeftWithoutEta = 5, Expected = 5_000, ToRead = 800 };

        Eta.OfRun(many).ShouldBe(20.0 * (800 + 5_000) / 200);
        Eta.OfRun(many with { Unknown = 9 }).ShouldBeNull();
    }

    [Theory]
    [InlineData(0, 10.0, 100.0)]
    [InlineData(10, 0.0, 100.0)]
    [InlineData(10, null, 100.0)]
    [InlineData(10, 10.0, null)]
    public void no_pace_no_end(long read, double? seconds, double? left) => Eta.Of(read, seconds, left).ShouldBeNull();
}

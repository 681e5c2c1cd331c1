using Shouldly;
using Sync.CrossChecks;
using Sync.Ledgers;
using Xunit;

namespace Unit.Sync;

/// <summary>The oldest transaction on which a ledger and a second provider differ.</summary>
public sealed class ComparingProviders
{
    private static readonly Compared[] Known = [new("c", 30, 3), new("b", 20, -2), new("a", 10, 5)];

    [Fact]
    public void the_same_in_any_order_agrees() => First([.. Known.Reverse()]).ShouldBeNull();

    [Fact]
    public void what_is_not_told_is_named() => First([Known[0], Known[2]]).ShouldBe(new("b", 20, FirstDifference.NotTold));

    [Fact]
    public void what_is_not_known_is_named() => First([.. Known, new("x", 15, 1)]).ShouldBe(new("x", 15, FirstDifference.NotKnown));

    [Fact]
    public void another_amount_or_height_is_named()
    {
        First([Known[0], Known[1] with { Delta = -3 }, Known[2]]).ShouldBe(new("b", 20, FirstDifference.OtherAmount));
        First([Known[0], Known[1] with { Height = 21 }, Known[2]]).ShouldBe(new("b", 20, FirstDifference.OtherHeight));
    }

    [Fact]
    public void of_several_the_oldest_is_the_first() =>
        First([new("x", 31, 1), Known[1] with { Delta = 0 }]).ShouldBe(new("a", 10, FirstDifference.NotTold));

    [Fact]
    public void above_the_tip_and_below_what_was_read_nothing_is_compared() =>
        Comparison.FirstOf(Known, [Known[1], new("y", 31, 1), new("z", 9, 1)], floor: 10, tip: 29).ShouldBeNull();

    private static FirstDifference? First(params Compared[] told) => Comparison.FirstOf(Known, told, floor: -1, tip: 100);
}

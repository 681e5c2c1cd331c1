using CsCheck;
using Fractions;
using Portfolio.Performance;
using Shouldly;
using Xunit;

namespace Unit.Portfolio.Performance;

public sealed class CountReturns
{
    private static readonly Fraction Tiny = new(1, System.Numerics.BigInteger.Pow(10, 12));

    /// <summary>
    /// Days of a holding that is never less than nothing, by a price that is always positive: a price, a share that goes out, what comes in, a
    /// share that costs.
    /// </summary>
    private static readonly Gen<ReturnDay[]> Holdings = Gen.Select(
        Gen.Int[0, 1000], Gen.Select(Gen.Int[1, 300], Gen.Int[0, 4], Gen.Int[0, 4], Gen.Int[0, 50]).Array[1, 30], Days);

    // The example of docs/performance.md.
    [Fact]
    public void an_example_can_be_redone_by_hand()
    {
        ReturnDay[] days = [Day(1, 100, 110, 110, 0, 0), Day(2, 220, 198, 0, 0, 0)];
        Returns.Simple(days).ShouldBe(new Fraction(-2, 35));
        Near(Returns.TimeWeighted(days), new(-1, 100));

        // 100 g² + 110 g = 198 for a day's growth g, and g² is the growth of both days.
        var both = 1 + Returns.MoneyWeighted(days).Period!.Value;
        var daily = (198 - (100 * both)) / 110;
        Near(daily * daily, both);
        ((int)(daily * 1_000_000)).ShouldBe(960_794);
    }

    [Fact]
    public void a_year_of_ten_percent_is_ten_percent_a_year()
    {
        var days = Enumerable.Range(1, 365).Select(day => day < 365 ? Day(day, 100, 100, 0, 0, 0) : Day(day, 100, 110, 0, 0, 0)).ToArray();
        var found = Returns.MoneyWeighted(days);
        Near(found.Annual, new(1, 10));
        Near(found.Period, new(1, 10));
    }

    [Fact]
    public void a_fee_lowers_all_three()
    {
        ReturnDay[] days = [Day(1, 100, 110, 0, 0, 11)];
        Returns.Simple(days).ShouldBe(new Fraction(-1, 100));
        Near(Returns.TimeWeighted(days), new(-1, 100));
        Near(Returns.MoneyWeighted(days).Period, new(-1, 100));
    }

    [Fact]
    public void where_no_rate_or_several_explain_the_flows_it_says_so()
    {
        Returns.MoneyWeighted([Day(1, 0, 0, 0, 0, 0)]).ShouldBe(new(null, null, "nothing was put in"));
        Returns.MoneyWeighted([Day(1, 100, 0, 0, 0, 0)]).Period.ShouldBe(-Fraction.One);
        // 100 in, 230 out, 132 in: both 10 % and 20 % a day.
        var several = Returns.MoneyWeighted([Day(1, 100, 230, 0, 230, 0), Day(2, 0, 0, 132, 0, 132)]);
        several.Reason.ShouldBe("several rates make what was put in into what came of it");
    }

    [Fact]
    public void a_return_of_what_is_only_held_is_never_below_the_loss_of_all() => Holdings.Sample(days =>
    {
        (Returns.Simple(days) ?? 0).ShouldBeGreaterThanOrEqualTo(-Fraction.One);
        (Returns.TimeWeighted(days) ?? 0).ShouldBeGreaterThanOrEqualTo(-Fraction.One);
        (Returns.MoneyWeighted(days).Period ?? 0).ShouldBeGreaterThanOrEqualTo(-Fraction.One);
    }, iter: 300);

    [Fact]
    public void without_flows_and_costs_all_three_are_the_same() => Gen.Select(Gen.Int[1, 1000], Gen.Int[1, 300].Array[1, 40], (opening, prices) =>
        Days(opening, [.. prices.Select(price => (price, 0, 0, 0))])).Sample(days =>
    {
        var simple = Returns.Simple(days)!.Value;
        Near(Returns.TimeWeighted(days), simple);
        Near(Returns.MoneyWeighted(days).Period, simple);
    }, iter: 300);

    // What a wallet gained before it joined comes in as what it was worth then, so it can neither raise nor lower what was before; after it
    // every day's return lies between both.
    [Fact]
    public void a_wallet_that_joins_and_does_no_worse_never_lowers_the_time_weighted_return() => Gen.Select(
        Gen.Select(Gen.Int[1, 300], Gen.Int[0, 100]).Array[2, 30], Gen.Int[0, 29], Gen.Int[1, 1000], Gen.Int[1, 1000]).Sample(
        (steps, at, opening, value) =>
        {
            at %= steps.Length;
            var mine = Days(opening, [.. steps.Select(step => (step.Item1, 0, 0, 0))]);
            var (joined, held) = (new List<ReturnDay>(), Fraction.Zero);
            for (var i = 0; i < mine.Length; i++)
            {
                // By the same factor as mine, or a higher one.
                var carried = held * mine[i].Carried / mine[i].Before * new Fraction(100 + steps[i].Item2, 100);
                joined.Add(mine[i] + new ReturnDay(mine[i].Day, held, carried, i == at ? value : 0, 0, 0));
                held = i == at ? value : carried;
            }

            var (alone, together) = (Returns.TimeWeighted(mine)!.Value, Returns.TimeWeighted(joined)!.Value);
            together.ShouldBeGreaterThanOrEqualTo(alone - Tiny);
            Near(Returns.TimeWeighted(joined[..(at + 1)]), Returns.TimeWeighted(mine[..(at + 1)])!.Value);
        }, iter: 300);

    private static ReturnDay[] Days(int opening, (int Price, int Out, int In, int Cost)[] steps)
    {
        var (held, price, days) = ((Fraction)opening, (Fraction)100, new List<ReturnDay>());
        foreach (var (step, i) in steps.Select((step, i) => (step, i)))
        {
            var (before, carried) = (held * price, held * step.Price);
            price = step.Price;
            var came = (Fraction)(step.In * 100);
            var (went, cost) = ((held + came) * step.Out / 8, (held + came) * step.Cost / 100);
            days.Add(new(new DateOnly(2026, 1, 1).AddDays(i), before, carried, came * price, went * price, cost * price));
            held += came - went - cost;
        }

        return [.. days];
    }

    private static ReturnDay Day(int day, int before, int carried, int came, int went, int costs) =>
        new(new DateOnly(2026, 1, 1).AddDays(day), before, carried, came, went, costs);

    private static void Near(Fraction? actual, Fraction expected) =>
        ((actual!.Value - expected).Abs() < Tiny).ShouldBeTrue($"{actual.Value.ToDecimal()}");
}

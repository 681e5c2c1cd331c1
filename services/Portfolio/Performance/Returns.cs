using System.Numerics;
using Fractions;

namespace Portfolio.Performance;

/// <summary>
/// One day of a range, all valued by the day's prices. <paramref name="Before"/> is what was held at the end of the day before, at that day's
/// prices; <paramref name="Carried"/> the same holdings at this day's. <paramref name="In"/> and <paramref name="Out"/> came from and went
/// outside; <paramref name="Costs"/> is what was lost within: fees, and what swaps brought less than they took (negative where more).
/// </summary>
internal sealed record ReturnDay(DateOnly Day, Fraction Before, Fraction Carried, Fraction In, Fraction Out, Fraction Costs)
{
    /// <summary>What is held at the day's end.</summary>
    public Fraction After => Carried + In - Out - Costs;

    public static ReturnDay operator +(ReturnDay one, ReturnDay other) => new(
        one.Day, one.Before + other.Before, one.Carried + other.Carried, one.In + other.In, one.Out + other.Out, one.Costs + other.Costs);
}

/// <summary>
/// Three returns of the same days, as fractions of one: 0.5 is a gain of half. None of them tells what one is worth where nothing was put in.
/// </summary>
internal static class Returns
{
    // Rates are looked for where the whole range's growth lies between a thousand-millionth and a thousand million, in steps of a third.
    private const int Steps = 72;
    private const int StepsOfTen = 8;

    /// <summary>What was gained for each unit put in: (closing − opening − in + out) / (opening + in); null where nothing was.</summary>
    public static Fraction? Simple(IReadOnlyList<ReturnDay> days)
    {
        var put = days.Aggregate(days[0].Before, (sum, day) => sum + day.In);
        if (!put.IsPositive) return null;
        var got = days.Aggregate(days[^1].After, (sum, day) => sum + day.Out);
        return (got - put) / put;
    }

    /// <summary>
    /// The days' returns chained. A day has two: of the price, what was held at the last end by this day's prices over the same by the last
    /// one's; then of costs, what was there by this day's prices less costs over the same. Whatever flows in or out changes neither.
    /// </summary>
    public static Fraction? TimeWeighted(IReadOnlyList<ReturnDay> days)
    {
        var (growth, linked) = (Growth.One, false);
        foreach (var day in days)
        {
            if (day.Before.IsPositive) (growth, linked) = (Growth.Times(growth, Growth.Of(day.Carried / day.Before)), true);
            var there = day.Carried + day.In;
            if (!there.IsPositive || day.Costs.IsZero) continue;
            (growth, linked) = (Growth.Times(growth, Growth.Of((there - day.Costs) / there)), true);
        }

        return linked ? Growth.AsFraction(growth - Growth.One) : null;
    }

    /// <summary>
    /// The rate at which the opening value and all that came in, growing daily, would have become all that went out and the closing value:
    /// XIRR with days of 1/365 year. Over the whole range and over a year; null with a reason where there is no such rate, or several.
    /// </summary>
    public static MoneyWeightedReturn MoneyWeighted(IReadOnlyList<ReturnDay> days)
    {
        // At the end of each day, the first being the end of the day before the range; what is put in is negative.
        var flows = new BigInteger[days.Count + 1];
        flows[0] = Growth.Of(-days[0].Before);
        for (var i = 0; i < days.Count; i++) flows[i + 1] = Growth.Of(days[i].Out - days[i].In);
        flows[^1] += Growth.Of(days[^1].After);

        if (!Array.Exists(flows, flow => flow.Sign < 0)) return MoneyWeightedReturn.None("nothing was put in");
        if (!Array.Exists(flows, flow => flow.Sign > 0)) return new(-Fraction.One, -Fraction.One, null);

        var found = Brackets(flows, days.Count);
        if (found.Count == 0) return MoneyWeightedReturn.None("no rate makes what was put in into what came of it");
        if (found.Count > 1) return MoneyWeightedReturn.None("several rates make what was put in into what came of it");

        var (low, high) = found[0];
        var sign = IsGain(flows, low);
        while (high - low > 1)
        {
            var middle = (low + high) >> 1;
            if (IsGain(flows, middle) == sign) low = middle;
            else high = middle;
        }

        // What is found is a day's discount, the inverse of its growth.
        var growth = Growth.Of(Growth.AsFraction(low).Reciprocal());
        return new(
            Growth.AsFraction(Growth.Power(growth, days.Count) - Growth.One), Growth.AsFraction(Growth.Power(growth, 365) - Growth.One), null);
    }

    private static List<(BigInteger Low, BigInteger High)> Brackets(BigInteger[] flows, int days)
    {
        var step = Growth.Root(Growth.Of(10), StepsOfTen * days);
        var inverse = Growth.Of(Growth.AsFraction(step).Reciprocal());
        var found = new List<(BigInteger, BigInteger)>();
        var low = Growth.Power(inverse, Steps);
        var before = IsGain(flows, low);
        for (var i = 1 - Steps; i <= Steps; i++)
        {
            var high = i < 0 ? Growth.Power(inverse, -i) : Growth.Power(step, i);
            var here = IsGain(flows, high);
            if (here != before) found.Add((low, high));
            (low, before) = (high, here);
        }

        return found;
    }

    private static bool IsGain(BigInteger[] flows, BigInteger discount) => Worth(flows, discount).Sign >= 0;

    // What all flows are worth at the beginning, by a day's discount: by Horner's rule, from the last day.
    private static BigInteger Worth(BigInteger[] flows, BigInteger discount)
    {
        var (worth, days) = (BigInteger.Zero, 0);
        for (var i = flows.Length - 1; i >= 0; i--, days++)
        {
            if (flows[i].IsZero && i > 0) continue;
            worth = Growth.Times(worth, Growth.Power(discount, days)) + flows[i];
            days = 0;
        }

        return worth;
    }
}

/// <summary>The money-weighted return over the range and by the year, or why there is none.</summary>
internal sealed record MoneyWeightedReturn(Fraction? Period, Fraction? Annual, string? Reason)
{
    public static MoneyWeightedReturn None(string reason) => new(null, null, reason);
}

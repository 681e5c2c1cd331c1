
namespace Providers;

/// <summary>What a calendar month (UTC) comes to, and what that costs.</summary>
public static class MonthEnd
{
    private const int PaceDays = 7;

    /// <summary>The first day that a projection looks at.</summary>
    public static DateOnly Since(DateOnly today) => FirstOf(today) < today.AddDays(1 - PaceDays) ? FirstOf(today) : today.AddDays(1 - PaceDays);

    /// <summary>The requests of the month so far.</summary>
    public static long Used(IReadOnlyDictionary<DateOnly, long> byDay, DateTimeOffset now)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        return byDay.Where(day => day.Key >= FirstOf(today) && day.Key <= today).Sum(day => day.Value);
    }

    /// <summary>Those, and the rest of the month at the pace of the last seven days, or of as many as there are; of one at least.</summary>
    public static long Projected(IReadOnlyDictionary<DateOnly, long> byDay, DateTimeOffset now)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        var recent = byDay.Where(day => day.Key > today.AddDays(-PaceDays) && day.Key <= today && day.Value > 0).ToList();
        var used = Used(byDay, now);
        if (recent.Count == 0) return used;

        var begun = recent.Min(day => day.Key).ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc);
        var ends = FirstOf(today).AddMonths(1).ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc);
        var (past, left) = ((now.UtcDateTime - begun).Ticks, (ends - now.UtcDateTime).Ticks);
        return used + (long)(recent.Sum(day => (decimal)day.Value) * left / Math.Max(past, TimeSpan.TicksPerDay));
    }

    /// <summary>What so many requests in a month cost; null without prices.</summary>
    public static decimal? Cost(IReadOnlyList<PriceOptions> prices, long requests)
    {
        if (prices.Count == 0) return null;
        var (cost, from) = (0m, 0L);
        foreach (var price in prices)
        {
            var here = Math.Min(requests, price.UpTo ?? long.MaxValue) - from;
            if (here <= 0) break;
            if (price.Flat is { } flat) cost = flat;
            else cost += here * price.Price / price.Per;
            from += here;
        }

        return decimal.Round(cost, 2, MidpointRounding.AwayFromZero);
    }

    private static DateOnly FirstOf(DateOnly day) => new(day.Year, day.Month, 1);
}

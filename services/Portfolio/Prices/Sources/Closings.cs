namespace Portfolio.Prices.Sources;

/// <summary>Which price of a series is a day's: the one nearest to its end by UTC, the earlier of two; none that is six hours off.</summary>
internal static class Closings
{
    private static readonly TimeSpan Within = TimeSpan.FromHours(6);

    public static IReadOnlyDictionary<DateOnly, Quote> Of(IEnumerable<Quote> series, DateOnly from, DateOnly to)
    {
        var closings = new Dictionary<DateOnly, Quote>();
        foreach (var quote in series.OrderBy(quote => quote.At))
        {
            // What was told at noon or later is nearest to the end of its own day.
            var day = DateOnly.FromDateTime(quote.At.UtcDateTime.AddHours(-12));
            if (day < from || day > to || Off(quote, day) >= Within) continue;
            if (!closings.TryGetValue(day, out var nearest) || Off(quote, day) < Off(nearest, day)) closings[day] = quote;
        }

        return closings;
    }

    /// <summary>When a day ends.</summary>
    public static DateTimeOffset EndOf(DateOnly day) => new(day.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero);

    private static TimeSpan Off(Quote quote, DateOnly day) => (quote.At - EndOf(day)).Duration();
}

using Portfolio.Prices.Sources;

namespace Portfolio.Prices;

/// <summary>What a user says an asset costs.</summary>
internal sealed record ManualPrice(
    Guid PriceId, string Asset, string Currency, decimal Value, DateOnly FromDay, DateOnly? ToDay, string? Note, DateTimeOffset SetAt)
{
    public bool Covers(DateOnly day) => FromDay <= day && (ToDay is null || day <= ToDay);
}

/// <summary>
/// Which of the prices that are known is the one of a day: what the user set last, then the day's closing, then the latest price known. The
/// present day is valued by the latest one; a day without its closing by the last of that day, which is said.
/// </summary>
internal sealed class KnownPrices(
    StoredPrices closings, StoredPrices latest, ILookup<string, ManualPrice> manual, DateTimeOffset now, TimeSpan staleAfter)
{
    /// <summary>For how many days a price is the latest one known; after that there is none.</summary>
    public const int LatestLasts = 7;

    private const string NoClosing = "The day's closing is not known yet; this is the last price of the day.";

    private readonly DateOnly today = DateOnly.FromDateTime(now.UtcDateTime);

    // Asked for each day of a range: sorted once.
    private readonly Dictionary<string, ManualPrice[]> newestFirst = manual.ToDictionary(
        of => of.Key, of => of.OrderByDescending(set => set.SetAt).ThenByDescending(set => set.PriceId).ToArray(), StringComparer.Ordinal);

    /// <summary>The price of an asset on a day in that currency.</summary>
    public Price? Of(string asset, DateOnly day, Currency currency, Rates rates)
    {
        if (day > today) return null;
        if (newestFirst.TryGetValue(asset, out var own) && Array.Find(own, set => set.Covers(day)) is { } set)
        {
            var at = day == today ? now : Closings.EndOf(day);
            return rates.Convert(new Price(set.Value, "manual", at, Note: set.Note), Currency.Find(set.Currency)!, currency, day);
        }

        return InDollars(asset, day) is { } price ? rates.Convert(price, Currency.Usd, currency, day) : null;
    }

    /// <summary>What sources told it to cost in dollars.</summary>
    public Price? InDollars(string asset, DateOnly day)
    {
        if (day < today)
        {
            if (closings.Find(asset, day) is { } closing) return new Price(closing.Usd, closing.Source, closing.At);
            return latest.Find(asset, day) is { } last ? new Price(last.Usd, last.Source, last.At, Stale: true, NoClosing) : null;
        }

        StoredPrice? newest = null;
        for (var back = 0; back <= LatestLasts && newest is null; back++)
        {
            foreach (var known in new[] { latest, closings })
            {
                if (known.Find(asset, today.AddDays(-back)) is { } price && (newest is null || price.At > newest.Value.At)) newest = price;
            }
        }

        return newest is { } found ? new Price(found.Usd, found.Source, found.At, Stale: now - found.At > staleAfter) : null;
    }
}

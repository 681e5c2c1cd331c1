using ServiceDefaults;

namespace Providers;

/// <summary>
/// What an account at a provider may be asked, at <c>Budgets:{name}</c>: by the providers of that name on all networks, or
/// that name it as theirs. Limits hold in any span of that length, whenever it begins; a month is 31 days. Null is no limit.
/// </summary>
public sealed class BudgetOptions
{
    /// <summary>Where null, that of the providers.</summary>
    public int? PerSecond { get; set; }

    public long? PerHour { get; set; }

    public long? PerDay { get; set; }

    public long? PerMonth { get; set; }

    /// <summary>The part of the limits that is kept for waiting people and deposits.</summary>
    public int ReservePercent { get; set; } = 20;

    /// <summary>What a month's requests cost.</summary>
    public List<PriceOptions> Prices { get; set; } = [];

    public string Currency { get; set; } = "USD";

    /// <summary>The limits that have been set, and what they leave to those for whom nobody waits.</summary>
    public IEnumerable<(string Span, long Limit, long WithoutReserve)> Limits()
    {
        if (PerHour is { } hour) yield return ("hour", hour, WithoutReserve(hour));
        if (PerDay is { } day) yield return ("day", day, WithoutReserve(day));
        if (PerMonth is { } month) yield return ("month", month, WithoutReserve(month));
    }

    public IEnumerable<string> Errors(string at)
    {
        if (PerSecond is < 1 or > 10_000) yield return $"{at}:PerSecond must be 1 to 10000.";
        foreach (var (span, limit, _) in Limits().Where(entry => entry.Limit < 1))
            yield return $"{at}:Per{char.ToUpperInvariant(span[0])}{span[1..]} must be at least 1, not {limit}.";
        if (ReservePercent is < 0 or > 90) yield return $"{at}:ReservePercent must be 0 to 90.";
        if (Prices.Any(price => price.Per < 1 || price.Price < 0 || price.Flat < 0))
            yield return $"{at}:Prices must have a Per of at least 1 and no negative Price or Flat.";
        if (Prices.SkipLast(1).Any(price => price.UpTo is null) || !Prices.Zip(Prices.Skip(1))
            .All(pair => pair.Second.UpTo is null || pair.First.UpTo < pair.Second.UpTo))
            yield return $"{at}:Prices must be in the order of their UpTo; only the last may have none.";
        if (Currency.Length != 3 || !Currency.All(char.IsAsciiLetterUpper)) yield return $"{at}:Currency must be three capital letters.";
    }

    // A limit of one has no part that could be kept.
    private long WithoutReserve(long limit) => Math.Max(1, limit * (100 - ReservePercent) / 100);
}

/// <summary>What the requests of a month up to a number cost: a price for so many, or a flat sum for the whole month.</summary>
public sealed class PriceOptions
{
    /// <summary>Null is without end.</summary>
    public long? UpTo { get; set; }

    public decimal Price { get; set; }

    public int Per { get; set; } = 1;

    /// <summary>Instead of all prices, for the whole month.</summary>
    public decimal? Flat { get; set; }
}

/// <summary>The budgets by name, at <c>Budgets</c>.</summary>
public sealed class BudgetsOptions : Dictionary<string, BudgetOptions>, IValidated
{
    public IEnumerable<string> Errors() => this.SelectMany(entry => entry.Value.Errors(entry.Key));
}

namespace Portfolio.Prices;

/// <summary>
/// Prices of some assets for the days of a range, in one currency. What has none was not priced, and is worth nobody knows what: never zero.
/// </summary>
internal sealed class DayPrices(Currency currency, Func<string, DateOnly, Price?> find)
{
    public DayPrices(Currency currency, IReadOnlyDictionary<(string Asset, DateOnly Day), Price> prices)
        : this(currency, (asset, day) => prices.GetValueOrDefault((asset, day)))
    {
    }

    public Currency Currency { get; } = currency;

    /// <summary>The price of an asset, by its CAIP-19 id, on a day by UTC; null where there is none.</summary>
    public Price? Of(string asset, DateOnly day) => find(asset, day);
}

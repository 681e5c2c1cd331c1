namespace Portfolio.Prices;

/// <summary>A price in dollars as it is stored: a day's closing, or the latest one of a day.</summary>
internal readonly record struct StoredPrice(decimal Usd, string Source, DateTimeOffset At);

/// <summary>Stored prices by asset and day.</summary>
internal sealed class StoredPrices
{
    private readonly Dictionary<string, Dictionary<DateOnly, StoredPrice>> byAsset = new(StringComparer.Ordinal);

    public StoredPrice this[(string Asset, DateOnly Day) place]
    {
        set => OfAsset(place.Asset)[place.Day] = value;
    }

    /// <summary>Those of one asset, to be added to.</summary>
    public Dictionary<DateOnly, StoredPrice> OfAsset(string asset) =>
        byAsset.TryGetValue(asset, out var days) ? days : byAsset[asset] = [];

    public StoredPrice? Find(string asset, DateOnly day) =>
        byAsset.TryGetValue(asset, out var days) && days.TryGetValue(day, out var price) ? price : null;

    public void Clear() => byAsset.Clear();
}

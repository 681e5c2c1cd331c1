namespace Portfolio.Prices.Sources;

/// <summary>What a source told an asset to cost in US dollars, and of when that is.</summary>
internal readonly record struct Quote(decimal Usd, DateTimeOffset At);

/// <summary>
/// A source of prices. Adding one is a dialect that does this, its kind in <see cref="PriceSourceOptions"/> and in <see cref="PriceSources"/>.
/// </summary>
internal interface IPriceSource
{
    string Name { get; }

    /// <summary>The first day that it tells anything of, as far as is known.</summary>
    DateOnly Earliest { get; }

    /// <summary>Whether it has a name for the asset, and so can be asked.</summary>
    bool Knows(PricedAsset asset);

    /// <summary>The latest prices of these, as far as it has any; what else it tells is left out.</summary>
    /// <exception cref="Providers.ProviderException">There is no usable answer.</exception>
    Task<IReadOnlyDictionary<PricedAsset, Quote>> LatestAsync(IReadOnlyList<PricedAsset> assets, CancellationToken ct);

    /// <summary>Prices from before the end of the first day to after that of the last: enough for each day's closing.</summary>
    /// <exception cref="Providers.ProviderException">There is no usable answer; where the days are out of its reach <see cref="Earliest"/> may
    /// have become later.</exception>
    Task<IReadOnlyList<Quote>> SeriesAsync(PricedAsset asset, DateOnly from, DateOnly to, CancellationToken ct);
}

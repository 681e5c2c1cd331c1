namespace Portfolio.Prices;

/// <summary>An asset as sources of prices may know it.</summary>
/// <param name="Id">Its CAIP-19 id.</param>
/// <param name="Contract">The token's contract or mint; null for a network's own coin.</param>
/// <param name="Ids">What sources call its network.</param>
/// <param name="IsTest">Whether it is of a test network, and so worth nothing that anybody could tell.</param>
internal sealed record PricedAsset(string Id, string? Contract, NetworkPriceIds Ids, bool IsTest)
{
    /// <summary>DefiLlama's name for it; null where it has none.</summary>
    public string? DefiLlamaName => Contract is null
        ? Ids.Coin is { } coin ? $"coingecko:{coin}" : null
        : Ids.DefiLlama is { } chain ? $"{chain}:{Contract}" : null;
}

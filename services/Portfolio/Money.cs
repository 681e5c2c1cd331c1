using System.ComponentModel;
using Chains;

namespace Portfolio;

/// <summary>An amount of an asset: base units, and the same in whole coins for people.</summary>
public sealed record Money(
    [property: Description("Signed integer number of base units.")] Amount Amount,
    [property: Description("One whole coin is 10^decimals base units.")] int Decimals,
    [property: Description("The asset's short name, such as BTC.")] string Symbol,
    [property: Description("The amount in whole coins, without trailing zeros.")] string Display)
{
    internal static Money Of(Amount amount, Asset asset) =>
        new(amount, asset.Decimals, asset.Symbol, amount.ToDisplay(asset.Decimals));
}

/// <summary>What the catalogue knows of assets.</summary>
internal static class KnownAssets
{
    /// <summary>The asset of that name on that network, the native one if none is named; one that is not known is counted in its base units.</summary>
    public static Asset AssetOf(this NetworkCatalogue networks, string network, string? name)
    {
        var native = networks.Find(network)?.Native;
        return native is not null && (name is null || name == native.Caip19) ? native : new Asset(name ?? network, name ?? network, 0);
    }
}

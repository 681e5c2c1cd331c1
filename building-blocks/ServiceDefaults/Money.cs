using System.ComponentModel;
using Chains;

namespace ServiceDefaults;

/// <summary>An amount of an asset: base units, and the same in whole coins for people.</summary>
public sealed record Money(
    [property: Description("Signed integer number of base units.")] Amount Amount,
    [property: Description("One whole coin is 10^decimals base units.")] int Decimals,
    [property: Description("The asset's short name, such as BTC. Of a token, what a provider says it calls itself, which is no proof of what it " +
        "is: anyone can make one of any name. A token that nobody has named has its CAIP-19 id for a name; one whose decimals nobody has told " +
        "either is counted in base units.")] string Symbol,
    [property: Description("The amount in whole coins, without trailing zeros.")] string Display)
{
    /// <summary>So many base units of an asset.</summary>
    public static Money Of(Amount amount, Asset asset) =>
        new(amount, asset.Decimals, asset.Symbol, amount.ToDisplay(asset.Decimals));
}

using System.Text.Json;
using Chains;
using Microsoft.Extensions.Options;
using Portfolio.Assets;

namespace Portfolio.Prices;

/// <summary>Which assets can have a price at all, and what sources call them: shipped data, and what configuration adds.</summary>
internal sealed class PricedAssets
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { ReadCommentHandling = JsonCommentHandling.Skip };
    private static readonly NetworkPriceIds None = new();
    private readonly NetworkCatalogue networks;
    private readonly Dictionary<string, NetworkPriceIds> ids;

    public PricedAssets(NetworkCatalogue networks, WellKnownTokens wellKnown, IOptions<PricesOptions> options)
    {
        this.networks = networks;
        using var data = typeof(PricedAssets).Assembly.GetManifestResourceStream("Portfolio.Prices.assets.json")!;
        var shipped = JsonSerializer.Deserialize<Shipped>(data, Json)!;
        ids = shipped.Networks;
        foreach (var (network, added) in options.Value.Networks)
        {
            var known = ids.GetValueOrDefault(network, None);
            ids[network] = new()
            {
                Coin = added.Coin ?? known.Coin, Platform = added.Platform ?? known.Platform, DefiLlama = added.DefiLlama ?? known.DefiLlama,
            };
        }

        Listed = wellKnown.Tokens;
        Bitcoin = Of(Networks.Bitcoin.Native.Caip19)!;
    }

    /// <summary>Tokens that are priced whoever holds how many others.</summary>
    public IReadOnlyCollection<string> Listed { get; }

    /// <summary>The one whose price makes values in BTC.</summary>
    public PricedAsset Bitcoin { get; }

    /// <summary>Whether it is a network's own coin, which the catalogue describes.</summary>
    public bool IsNative(string asset) => networks.All.Any(network => network.Native.Caip19 == asset);

    /// <summary>The asset of that CAIP-19 id; null where it is none of a known network.</summary>
    public PricedAsset? Of(string asset)
    {
        var slash = asset.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || networks.All.FirstOrDefault(each => asset.AsSpan(0, slash).SequenceEqual(each.Caip2)) is not { } network) return null;
        var own = ids.GetValueOrDefault(network.Slug, None);
        var isTest = network.Native.Caip19.EndsWith("/slip44:1", StringComparison.Ordinal);
        if (asset == network.Native.Caip19) return new(asset, null, own, isTest);
        return ContractOf(network.Family, asset[(slash + 1)..]) is { } contract ? new(asset, contract, own, isTest) : null;
    }

    // What goes into an address that is asked must be a contract, and nothing that somebody may have called so.
    private static string? ContractOf(ChainFamily family, string name) => family switch
    {
        ChainFamily.Evm when name.StartsWith("erc20:0x", StringComparison.Ordinal) && name.Length == 48 && name[8..].All(char.IsAsciiHexDigitLower)
            => name["erc20:".Length..],
        ChainFamily.Solana when name.StartsWith("token:", StringComparison.Ordinal) && name.Length is > 37 and < 51
            && name["token:".Length..].All(char.IsAsciiLetterOrDigit) => name["token:".Length..],
        _ => null,
    };

    private sealed record Shipped(Dictionary<string, NetworkPriceIds> Networks);
}

using System.Text.Json;
using Chains;

namespace Portfolio.Assets;

/// <summary>
/// Tokens that ship as well-known ones, from <c>well-known-tokens.json</c>: addresses and symbols as public token lists have them. What is
/// not among them is not suspicious by that alone.
/// </summary>
internal sealed class WellKnownTokens
{
    private readonly NetworkCatalogue networks;
    private readonly Dictionary<string, string> symbols = [];

    public WellKnownTokens(NetworkCatalogue networks)
    {
        this.networks = networks;
        using var file = typeof(WellKnownTokens).Assembly.GetManifestResourceStream("well-known-tokens.json")!;
        foreach (var (slug, tokens) in JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string>>>(file)!)
        {
            if (networks.Find(slug) is not { } network) continue;
            foreach (var (address, symbol) in tokens) symbols[AssetOf(network, address)] = symbol;
        }

        Symbols = symbols.Values.Concat(networks.All.Select(network => network.Native.Symbol)).Select(Lookalike.SkeletonOf).ToHashSet();
    }

    /// <summary>Their CAIP-19 ids.</summary>
    public IReadOnlyCollection<string> Tokens => symbols.Keys;

    /// <summary>The symbols of all of them and of networks' own coins, as <see cref="Lookalike"/> compares them.</summary>
    public IReadOnlySet<string> Symbols { get; }

    /// <summary>Whether the asset is a network's own, or one of the list.</summary>
    public bool Contains(string network, string asset) => networks.Find(network)?.Native.Caip19 == asset || symbols.ContainsKey(asset);

    /// <summary>What the coin is called wherever it is; null of one that is neither a network's own nor on the list.</summary>
    public string? CoinOf(string network, string asset) =>
        networks.Find(network)?.Native is { } native && native.Caip19 == asset ? native.Symbol : symbols.GetValueOrDefault(asset);

    private static string AssetOf(Network network, string address) => network.Family is ChainFamily.Solana
        ? $"{network.Caip2}/token:{address}" : $"{network.Caip2}/erc20:{address.ToLowerInvariant()}";
}

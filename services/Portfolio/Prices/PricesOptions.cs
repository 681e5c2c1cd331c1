using Chains;
using Providers;
using ServiceDefaults;

namespace Portfolio.Prices;

/// <summary>Who is asked for prices, and how often, at <c>Prices</c>.</summary>
internal sealed class PricesOptions : IValidated
{
    public const string Section = "Prices";

    /// <summary>In the order in which they are asked: the first that has a price wins. Where there are none only what users set counts.</summary>
    public List<PriceSourceOptions> Sources { get; set; } = [];

    /// <summary>How often the latest prices of what is held are asked for.</summary>
    public int LatestSeconds { get; set; } = 300;

    /// <summary>A latest price that is older is stale.</summary>
    public int StaleSeconds { get; set; } = 3600;

    /// <summary>Tokens that no list names are priced up to so many of each user, those that came first, so that what is sent to everyone
    /// cannot use up the budget.</summary>
    public int MostUnlisted { get; set; } = 100;

    /// <summary>What sources call networks, for those that do not ship and where it differs, by slug.</summary>
    public Dictionary<string, NetworkPriceIds> Networks { get; set; } = [];

    internal NetworkCatalogue Known { get; set; } = Chains.Networks.Shipped;

    internal IEnumerable<ConfiguredProvider> Providers => Sources.Select(source => new ConfiguredProvider(Section.ToLowerInvariant(), source));

    public IEnumerable<string> Errors()
    {
        foreach (var error in Sources.SelectMany((source, i) => source.Errors($"Sources:{i}"))) yield return error;
        foreach (var twice in Sources.GroupBy(source => source.Name).Where(group => group.Count() > 1))
            yield return $"Sources has two of the name '{twice.Key}'.";
        if (LatestSeconds is < 10 or > 86_400) yield return "LatestSeconds must be 10 to 86400.";
        if (StaleSeconds < LatestSeconds || StaleSeconds > 604_800) yield return "StaleSeconds must be LatestSeconds to 604800.";
        if (MostUnlisted is < 0 or > 100_000) yield return "MostUnlisted must be 0 to 100000.";
        foreach (var network in Networks.Keys.Where(network => Known.Find(network) is null))
            yield return $"Networks:{network} is not a known network; known are: {string.Join(", ", Known.All.Select(each => each.Slug))}.";
        foreach (var (network, ids) in Networks)
        {
            foreach (var (name, id) in ids.All.Where(entry => entry.Id is { } id && !IsId(id)))
                yield return $"Networks:{network}:{name} must be letters, digits, '-', '_' or '.'.";
        }
    }

    private static bool IsId(string id) => id is not "" && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}

/// <summary>A source of prices, at <c>Prices:Sources:{n}</c>.</summary>
internal sealed class PriceSourceOptions : ProviderSettings
{
    /// <summary>The dialects that are known.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["coingecko", "defillama", "ecb"];

    /// <summary>Below it a price is refused (0 to 1), for the kind "defillama", which says how sure it is.</summary>
    public decimal MinimumConfidence { get; set; } = 0.9m;

    /// <summary>The most assets that are asked about in one request.</summary>
    public int Batch { get; set; } = 50;

    /// <summary>CoinGecko's two hosts know their customers by parameters of different names.</summary>
    public override string? KeyParameter => Kind != "coingecko" ? null
        : Uri.TryCreate(BaseUrl, UriKind.Absolute, out var url) && url.Host.StartsWith("pro-", StringComparison.Ordinal)
            ? "x_cg_pro_api_key" : "x_cg_demo_api_key";

    public override bool ExplainsRefusals => true;

    public IEnumerable<string> Errors(string at)
    {
        foreach (var error in GeneralErrors(at)) yield return error;
        if (!Kinds.Contains(Kind)) yield return $"{at}:Kind '{Kind}' is not known; known are: {string.Join(", ", Kinds)}.";
        if (Key is not null && Kind != "coingecko") yield return $"{at}:Key is of a source of the kind coingecko.";
        if (MinimumConfidence is < 0 or > 1) yield return $"{at}:MinimumConfidence must be 0 to 1.";
        if (Batch is < 1 or > 250) yield return $"{at}:Batch must be 1 to 250.";
    }
}

/// <summary>What sources call a network and its coin; null where they do not have it.</summary>
internal sealed class NetworkPriceIds
{
    /// <summary>CoinGecko's id of the network's own coin, such as <c>bitcoin</c>; DefiLlama knows it by the same.</summary>
    public string? Coin { get; set; }

    /// <summary>CoinGecko's name of the network as a platform of tokens, such as <c>polygon-pos</c>.</summary>
    public string? Platform { get; set; }

    /// <summary>DefiLlama's name of the network, such as <c>polygon</c>.</summary>
    public string? DefiLlama { get; set; }

    internal IEnumerable<(string Name, string? Id)> All => [(nameof(Coin), Coin), (nameof(Platform), Platform), (nameof(DefiLlama), DefiLlama)];
}

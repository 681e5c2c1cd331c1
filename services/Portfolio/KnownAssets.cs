using Chains;
using Npgsql;
using Portfolio.Assets;
using Postgres;

namespace Portfolio;

/// <summary>What the catalogue knows of networks' own assets, and what was published of others.</summary>
internal sealed class KnownAssets(NpgsqlDataSource database, NetworkCatalogue networks, WellKnownTokens wellKnown)
{
    private const string Sql = """
        select a.network, a.asset, a.symbol, a.decimals
        from (select distinct * from unnest(@networks, @assets) u (network, asset)) n join assets a using (network, asset)
        """;

    /// <summary>The names of these assets; nothing is asked where all are networks' own (which no name stands for as well).</summary>
    public async Task<AssetNames> NamesAsync(IEnumerable<(string Network, string? Asset)> assets, CancellationToken ct)
    {
        var others = assets.Where(one => one.Asset is not null && networks.Find(one.Network)?.Native.Caip19 != one.Asset).Distinct().ToList();
        var described = new Dictionary<(string, string), Asset>();
        if (others.Count > 0)
        {
            var rows = await database.QueryAsync<(string Network, string Asset, string Symbol, int Decimals)>(
                Sql, new { networks = others.Select(one => one.Network).ToArray(), assets = others.Select(one => one.Asset!).ToArray() }, ct);
            // Tokens of Solana have no name where their amounts are told, so they are called by their id, unless everybody knows them.
            foreach (var (network, asset, symbol, decimals) in rows)
                described[(network, asset)] = new Asset(asset, symbol == asset ? wellKnown.CoinOf(network, asset) ?? symbol : symbol, decimals);
        }

        return new AssetNames(networks, described);
    }
}

/// <summary>Assets by their names, as far as they were asked for.</summary>
internal sealed class AssetNames(NetworkCatalogue networks, IReadOnlyDictionary<(string Network, string Asset), Asset> described)
{
    /// <summary>
    /// The asset of that name on that network, the native one if none is named; one that nobody described is counted in
    /// its base units.
    /// </summary>
    public Asset Of(string network, string? name)
    {
        var native = networks.Find(network)?.Native;
        if (native is not null && (name is null || name == native.Caip19)) return native;
        return name is not null && described.TryGetValue((network, name), out var asset) ? asset : new Asset(name ?? network, name ?? network, 0);
    }
}

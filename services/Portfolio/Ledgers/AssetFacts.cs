using Contracts;
using Npgsql;
using NpgsqlTypes;
using static Portfolio.SqlBatch;

namespace Portfolio.Ledgers;

/// <summary>What assets are called and divided into. Sync publishes each once; where it publishes one again, it has been corrected.</summary>
internal static class AssetFacts
{
    public static IEnumerable<NpgsqlBatchCommand> Described(IReadOnlyList<Contract> contracts)
    {
        var described = contracts.OfType<AssetDescribed>().GroupBy(e => (e.Network, e.Asset), (_, all) => all.Last()).ToList();
        if (described.Count == 0) yield break;

        yield return Of("""
            insert into assets (network, asset, symbol, decimals) select * from unnest($1, $2, $3, $4)
            on conflict (network, asset) do update set symbol = excluded.symbol, decimals = excluded.decimals
            """,
            Column(described, NpgsqlDbType.Text, e => e.Network),
            Column(described, NpgsqlDbType.Text, e => e.Asset),
            Column(described, NpgsqlDbType.Text, e => e.Symbol),
            Column(described, NpgsqlDbType.Integer, e => e.Decimals));
    }
}

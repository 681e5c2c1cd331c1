using Contracts;
using Npgsql;
using NpgsqlTypes;
using static Portfolio.SqlBatch;

namespace Portfolio.Ledgers;

/// <summary>The tips of the networks' best chains, as Sync publishes them; a reorganisation may lower one.</summary>
internal static class ChainTips
{
    public static IEnumerable<NpgsqlBatchCommand> Advanced(IReadOnlyList<Contract> contracts)
    {
        var tips = contracts.OfType<ChainTipAdvanced>().GroupBy(e => e.Network, (_, all) => all.Last()).ToList();
        if (tips.Count == 0) yield break;

        yield return Of("""
            insert into chain_tips (network, height, hash) select * from unnest($1, $2, $3)
            on conflict (network) do update set height = excluded.height, hash = excluded.hash
            """,
            Column(tips, NpgsqlDbType.Text, e => e.Network),
            Column(tips, NpgsqlDbType.Bigint, e => e.Height),
            Column(tips, NpgsqlDbType.Text, e => e.Hash));
    }
}

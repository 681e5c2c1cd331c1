using System.Numerics;
using Chains;
using Npgsql;

namespace Portfolio.Balances;

/// <summary>What of addresses' balances are coinbases too young to be spent, by the known tip and each network's rule.</summary>
internal sealed class ImmatureCoins(NpgsqlDataSource database, NetworkCatalogue networks)
{
    // By the index of coinbases, of which most addresses have none. Its rows are looked up one by one: a join would be planned as
    // if a third of the history were young.
    private const string Sql = """
        select t.address_id, sum(young.delta)
        from unnest($1, $2) a (address_id, maturity)
        join ledger_trackers t on t.address_id = a.address_id and not t.ended
        join ledgers l on l.ledger_id = t.ledger_id
        left join chain_tips tip on tip.network = l.network
        cross join lateral (
            select greatest(tip.height, l.walked_height, (select max(b.reported_height) from balances b
                where b.ledger_id = l.ledger_id)) as height) known
        join transaction_details d on d.ledger_id = l.ledger_id and d.coinbase
        cross join lateral (
            select (select sum(x.delta) from transactions x
                where x.ledger_id = d.ledger_id and x.txid = d.txid and x.height > known.height - a.maturity + 1 and x.delta > 0 and not x.orphaned)
            offset 0) young (delta)
        where young.delta is not null
        group by t.address_id
        """;

    /// <summary>Whether the network has a rule on how old a coinbase must be.</summary>
    public bool IsKnownOf(string network) => networks.Find(network)?.CoinbaseMaturity is not null;

    /// <summary>The sums of those addresses whose network has such a rule.</summary>
    public async Task<IReadOnlyDictionary<Guid, BigInteger>> ReadAsync(IEnumerable<(Guid AddressId, string Network)> addresses, CancellationToken ct)
    {
        var maturing = addresses.Distinct().Select(one => (one.AddressId, Maturity: networks.Find(one.Network)?.CoinbaseMaturity))
            .Where(one => one.Maturity is not null).ToList();
        var sums = maturing.ToDictionary(one => one.AddressId, _ => BigInteger.Zero);
        if (sums.Count == 0) return sums;

        await using var command = database.CreateCommand(Sql);
        command.Parameters.Add(new() { Value = maturing.ConvertAll(one => one.AddressId).ToArray() });
        command.Parameters.Add(new() { Value = maturing.ConvertAll(one => one.Maturity!.Value).ToArray() });
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) sums[reader.GetGuid(0)] = reader.GetFieldValue<BigInteger>(1);
        return sums;
    }
}

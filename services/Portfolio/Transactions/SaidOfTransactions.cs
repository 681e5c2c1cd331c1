using Npgsql;
using Postgres;

namespace Portfolio.Transactions;

/// <summary>What users say of transactions, looked up for those that are shown.</summary>
internal sealed class SaidOfTransactions(NpgsqlDataSource database)
{
    private const string Sql = """
        select l.network, l.txid, l.label, l.tags, l.note
        from (select distinct * from unnest(@networks, @txids) u (network, txid)) n
        join transaction_labels l on l.owner_id = @owner and l.network = n.network and l.txid = n.txid
        """;

    /// <summary>By network and id; what nothing is said of is not in it.</summary>
    public async Task<IReadOnlyDictionary<(string Network, string Txid), SaidOfTransaction>> ReadAsync(
        Guid owner, IReadOnlyCollection<(string Network, string Txid)> transactions, CancellationToken ct)
    {
        if (transactions.Count == 0) return new Dictionary<(string, string), SaidOfTransaction>();
        var rows = await database.QueryAsync<(string Network, string Txid, string? Label, string[] Tags, string? Note)>(Sql, new
        {
            owner, networks = transactions.Select(one => one.Network).ToArray(), txids = transactions.Select(one => one.Txid).ToArray(),
        }, ct);
        return rows.ToDictionary(row => (row.Network, row.Txid), row => new SaidOfTransaction(row.Label, row.Tags, row.Note));
    }
}

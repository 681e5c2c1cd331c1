using System.Numerics;
using Npgsql;
using Portfolio.Feed;
using Postgres;

namespace Portfolio.Deposits;

/// <summary>
/// Makes deposits of the history that lay in the chain when an address was imported, a stretch at a time and once the history is whole;
/// nobody is told.
/// </summary>
internal sealed class DepositImport(RequiredConfirmations required)
{
    private const int Most = 1_000;

    private const string Next = """
        select i.address_id, i.wallet_id, i.ledger_id, w.owner_id, l.network, l.address as text, r.anchor_height as anchor, tip.height as tip,
               i.height, i.position, i.txid, i.asset
        from address_imports i
        join ledgers l on l.ledger_id = i.ledger_id and l.first_walk_done
        join ledger_trackers r on r.ledger_id = i.ledger_id and r.address_id = i.address_id and not r.ended
        join wallets w on w.wallet_id = i.wallet_id
        join addresses a on a.address_id = i.address_id
        left join chain_tips tip on tip.network = l.network
        where not i.done
        limit 1 for update of i skip locked
        """;

    /// <summary>
    /// A stretch of one address's history: the ledger whose history ends with it, the transactions that are news and so to be told, and
    /// whether more is to be made.
    /// </summary>
    public async Task<(Guid? Whole, IReadOnlyList<Mark> News, bool More)> StepAsync(Round round, CancellationToken ct)
    {
        if (await round.Connection.QueryFirstOrDefaultAsync<ImportedAddress>(Next, null, ct) is not { } address) return (null, [], false);

        var rows = await ReadAsync(round, address, ct);
        var (old, news) = (new List<Deposit>(), new List<Mark>());
        foreach (var row in rows.Where(row => !row.Coinbase))
        {
            if (row.Height > address.Anchor) news.Add(new(address.LedgerId, row.Txid));
            else if (Decide(address, row, round.Now) is { } deposit) old.Add(deposit);
        }

        await DepositRows.AddAsync(round.Connection, old, ct);
        var isWhole = rows.Count < Most;
        if (isWhole) await BalanceNews.BeginAsync(round, address.AddressId, address.LedgerId, ct);
        var last = isWhole ? null : rows[^1];
        await round.Connection.ExecuteAsync("""
            update address_imports set done = @isWhole, height = @Height, position = @Position, txid = @Txid, asset = @Asset
            where address_id = @AddressId
            """, new { isWhole, last?.Height, last?.Position, last?.Txid, last?.Asset, address.AddressId }, ct);
        return (isWhole ? address.LedgerId : null, [.. news.Distinct()], true);
    }

    private Deposit? Decide(ImportedAddress address, Row row, DateTimeOffset now)
    {
        var key = new DepositKey(
            address.OwnerId, address.WalletId, address.AddressId, address.LedgerId, address.Network, address.Text, row.Txid, row.Asset);
        var sighting = new Sighting(Whereabouts.InBlock, row.Delta, required.Of(address.Network, row.Asset, row.Delta), row.Time, now)
        {
            Height = row.Height,
            BlockHash = row.BlockHash,
            Tip = address.Tip,
        };
        return Deposit.Decide(null, key, sighting, new(row.Asset, row.Asset, 0)).Next;
    }

    // By the index of one direction; credits all have the same side.
    private static async Task<List<Row>> ReadAsync(Round round, ImportedAddress address, CancellationToken ct)
    {
        var beyond = address.Txid is null ? "" : "and (x.height, x.position, x.side, x.txid, x.asset) < ($2, $3, 0::smallint, $4, $5)";
        await using var command = new NpgsqlCommand($"""
            select x.txid, x.asset, x.height, x.position, x.delta, x.block_time, d.block_hash, d.coinbase
            from transactions x join transaction_details d on d.ledger_id = x.ledger_id and d.txid = x.txid
            where x.ledger_id = $1 and sign(x.delta) = 1 and not x.orphaned {beyond}
            order by x.height desc, x.position desc, x.side desc, x.txid desc, x.asset desc limit {Most}
            """, round.Connection);
        command.Parameters.Add(new() { Value = address.LedgerId });
        if (address.Txid is not null)
        {
            command.Parameters.Add(new() { Value = address.Height!.Value });
            command.Parameters.Add(new() { Value = address.Position!.Value });
            command.Parameters.Add(new() { Value = address.Txid });
            command.Parameters.Add(new() { Value = address.Asset! });
        }

        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<Row>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add(new Row(
                reader.GetString(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt32(3), reader.GetFieldValue<BigInteger>(4),
                reader.GetFieldValue<DateTimeOffset>(5), reader.IsDBNull(6) ? null : reader.GetString(6), reader.GetBoolean(7)));
        }

        return rows;
    }

    private sealed record ImportedAddress(
        Guid AddressId, Guid WalletId, Guid LedgerId, Guid OwnerId, string Network, string Text, long? Anchor, long? Tip,
        long? Height, int? Position, string? Txid, string? Asset);

    private sealed record Row(
        string Txid, string Asset, long Height, int Position, BigInteger Delta, DateTimeOffset Time, string? BlockHash, bool Coinbase);
}

using System.Numerics;
using System.Runtime.CompilerServices;
using Chains;
using Npgsql;
using NpgsqlTypes;
using Portfolio.Ledgers;
using ServiceDefaults;

namespace Portfolio.Performance;

/// <summary>An asset at the addresses looked at: its first day, and what they held at the end of the day before a range.</summary>
internal sealed record HeldAsset(string Network, string Asset, DateOnly FirstDay, BigInteger Opening);

/// <summary>
/// The transactions of a user's addresses, each once however many of them and of the wallets they are in it touched, in the order of the chain:
/// by network, by block, and where a block's order is not known those that only brought something first.
/// </summary>
internal sealed class LedgerReader(NpgsqlDataSource database, NetworkCatalogue networks)
{
    // An address in several wallets is held by the one asked for, else by the one made first.
    private const string Held = """
        held as materialized (
            select distinct on (a.network, a.address) a.network, a.address, a.wallet_id, t.ledger_id
            from wallets w
            join addresses a on a.wallet_id = w.wallet_id
            join ledger_trackers t on t.address_id = a.address_id and not t.ended
            where w.owner_id = $1 and ($2::uuid[] is null or w.wallet_id = any($2))
            order by a.network, a.address, w.wallet_id <> coalesce($3, w.wallet_id), w.wallet_id, t.ledger_id
        )
        """;

    private const string AssetsSql = $"""
        with {Held}
        select h.network, d.asset, min(d.day) filter (where d.transactions > 0), coalesce(sum(d.change) filter (where d.day < $4), 0)
        from held h
        cross join lateral (select * from balance_days d where d.ledger_id = h.ledger_id and d.day <= $5 offset 0) d
        group by h.network, d.asset
        having min(d.day) filter (where d.transactions > 0) is not null
        order by h.network collate "C", d.asset
        """;

    // Whose coins were spent tells whose the fee was, and only of what went out it matters.
    private const string Columns = """
        select h.network, x.height, x.position, x.txid, x.asset, h.wallet_id, x.delta, x.block_time, d.fee, d.coinbase,
               case when x.delta < 0 then d.senders end, h.ledger_id
        """;

    private const string Order = "order by h.network collate \"C\", x.height, x.position, x.txid";

    // Ledger by ledger: planned as one join, it may read what everybody else's ledgers hold as well.
    private const string TransactionsSql = $"""
        with {Held}
        {Columns}
        from held h
        cross join lateral (
            select * from transactions x
            where x.ledger_id = h.ledger_id and not x.orphaned and x.block_time >= $4 and x.block_time < $5 offset 0) x
        join transaction_details d on d.ledger_id = x.ledger_id and d.txid = x.txid
        {Order}
        """;

    private static readonly string BetweenSql = $"""
        with {Held}
        {Columns}
        from held h
        join balances b on b.ledger_id = h.ledger_id
        cross join lateral ({SumsByTime.Between("h.ledger_id", "b.asset", "$4", "$5")}) moved
        join transactions x on x.ledger_id = h.ledger_id and x.asset = b.asset and x.txid = moved.txid and not x.orphaned
        join transaction_details d on d.ledger_id = x.ledger_id and d.txid = x.txid
        {Order}
        """;

    /// <summary>The assets that moved until the end of a day, with what was held before another one.</summary>
    public async Task<IReadOnlyList<HeldAsset>> AssetsAsync(Caller caller, Guid? only, DateOnly from, DateOnly to, CancellationToken ct)
    {
        await using var command = Command(AssetsSql, caller, only, null);
        command.Placed(from);
        command.Placed(to);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var assets = new List<HeldAsset>();
        while (await reader.ReadAsync(ct))
            assets.Add(new(reader.GetString(0), reader.GetString(1), reader.GetFieldValue<DateOnly>(2), reader.GetFieldValue<BigInteger>(3)));
        return assets;
    }

    /// <summary>The transactions of some days, both ends included, of all wallets the caller may see or of one of them only.</summary>
    public IAsyncEnumerable<LedgerTransaction> ReadAsync(
        Caller caller, Guid? only, Guid? foremost, DateOnly from, DateOnly to, CancellationToken ct) => ReadAsync(
        TransactionsSql, caller, only, foremost, new(from, TimeOnly.MinValue, TimeSpan.Zero),
        new DateTimeOffset(to, TimeOnly.MinValue, TimeSpan.Zero).AddDays(1), ct);

    /// <summary>The transactions behind one instant and up to another: what balances of the two differ by.</summary>
    public IAsyncEnumerable<LedgerTransaction> BetweenAsync(
        Caller caller, Guid? only, DateTimeOffset after, DateTimeOffset until, CancellationToken ct) =>
        ReadAsync(BetweenSql, caller, only, null, after, until, ct);

    private async IAsyncEnumerable<LedgerTransaction> ReadAsync(
        string sql, Caller caller, Guid? only, Guid? foremost, DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken ct)
    {
        var own = await OwnAsync(caller, only, ct);
        await using var command = Command(sql, caller, only, foremost);
        command.Placed(from);
        command.Placed(to);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var block = new List<Row>();
        while (await reader.ReadAsync(ct))
        {
            var row = Row.Read(reader);
            if (block.Count > 0 && (block[0].Network != row.Network || block[0].Height != row.Height))
            {
                foreach (var transaction in Ordered(block, own)) yield return transaction;
                block.Clear();
            }

            block.Add(row);
        }

        foreach (var transaction in Ordered(block, own)) yield return transaction;
    }

    private List<LedgerTransaction> Ordered(List<Row> block, IReadOnlySet<(string, string)> own) => block
        .GroupBy(row => row.Txid)
        .Select(rows => (Rows: rows.ToList(), Order: (rows.Max(row => row.Position), rows.Any(row => row.Delta.Sign < 0), rows.Key)))
        .OrderBy(one => one.Order.Item1).ThenBy(one => one.Order.Item2).ThenBy(one => one.Order.Key, StringComparer.Ordinal)
        .Select(one => Transaction(one.Rows, own))
        .ToList();

    private LedgerTransaction Transaction(List<Row> rows, IReadOnlySet<(string, string)> own)
    {
        var first = rows[0];
        var changes = rows.ConvertAll(row => new LedgerChange(row.Place, row.Asset, row.Delta));
        return new(first.Network, first.Txid, first.At, FeeOf(rows, own), rows.Exists(row => row.Coinbase), changes);
    }

    private BigInteger FeeOf(List<Row> rows, IReadOnlySet<(string, string)> own)
    {
        // On chains of accounts each ledger tells the fee that its own account paid.
        if (networks.Find(rows[0].Network)?.Family is not ChainFamily.Utxo)
            return rows.DistinctBy(row => row.Ledger).Aggregate(BigInteger.Zero, (sum, row) => sum + row.Fee);

        var spender = rows.Find(row => row.Senders is not null);
        return spender is not null
            && PartyColumn.Read(spender.Senders!).All(party => party.Address is { } address && own.Contains((spender.Network, address)))
            ? spender.Fee : 0;
    }

    private async Task<HashSet<(string, string)>> OwnAsync(Caller caller, Guid? only, CancellationToken ct)
    {
        await using var command = Command($"with {Held} select network, address from held", caller, only, null);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var own = new HashSet<(string, string)>();
        while (await reader.ReadAsync(ct)) own.Add((reader.GetString(0), reader.GetString(1)));
        return own;
    }

    private NpgsqlCommand Command(string sql, Caller caller, Guid? only, Guid? foremost)
    {
        var command = database.CreateCommand(sql);
        command.Placed(caller.UserId);
        command.Placed(only is { } one ? [one] : caller.Wallets?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid);
        command.Placed(foremost, NpgsqlDbType.Uuid);
        return command;
    }

    private sealed record Row(
        string Network, long Height, int Position, string Txid, string Asset, Guid Place, BigInteger Delta, DateTimeOffset At, BigInteger Fee,
        bool Coinbase, string? Senders, Guid Ledger)
    {
        public static Row Read(NpgsqlDataReader row) => new(
            row.GetString(0), row.GetInt64(1), row.GetInt32(2), row.GetString(3), row.GetString(4), row.GetGuid(5),
            row.GetFieldValue<BigInteger>(6), row.GetFieldValue<DateTimeOffset>(7), row.GetFieldValue<BigInteger>(8), row.GetBoolean(9),
            row.IsDBNull(10) ? null : row.GetString(10), row.GetGuid(11));
    }
}

using System.Numerics;
using Npgsql;
using NpgsqlTypes;
using Portfolio.Ledgers;
using ServiceDefaults;

namespace Portfolio.Transactions;

/// <summary>
/// The statements that read what waits for a block, or waited in vain. In a list they come before everything in a block, those first seen last
/// first; the place of one is a height that no chain has.
/// </summary>
internal static class PendingQuery
{
    private const long BeyondAllBlocks = 1L << 62;

    private const string Rows = """
        select p.height, p.position, p.side, p.txid, p.asset, p.ledger_id, k.address_id, k.address, k.network, p.delta, p.seen_at, p.state, p.fee,
               p.senders, p.receivers, p.replaced_by, k.wallet_id, k.label
        """;

    private static readonly string Placed = $"""
        cross join lateral (
            select {BeyondAllBlocks} + extract(epoch from t.seen_at)::bigint as height, 0 as position,
                   (case when t.delta < 0 then 1 else 0 end)::smallint as side, t.*
            from pending_transactions t where t.ledger_id = k.ledger_id) p
        """;

    /// <summary>Whether a list's place is among them.</summary>
    public static bool Holds(TransactionPlace place) => place.Key is { Height: >= BeyondAllBlocks };

    /// <summary>What of these wallets waits, from a place in their list; whatever that goes by, these go by when they were seen.</summary>
    public static NpgsqlCommand Page(
        NpgsqlDataSource database, IReadOnlyList<Guid> wallets, TransactionFilter filter, TransactionPlace place, int most)
    {
        var command = database.CreateCommand();
        var tracked = TransactionQuery.Tracked(command, wallets, filter with { From = null, To = null });
        var wanted = Wanted(command, filter) + TransactionQuery.Beyond(command, place with { ByTime = false }, "p");
        command.CommandText = $"""
            with {tracked} {Rows} from tracked k {Placed} where true {wanted}
            order by {TransactionQuery.OrderedBy(place.Backward, "p")} limit {command.Placed((long)most)}
            """;
        return command;
    }

    /// <summary>How many of them there are.</summary>
    public static NpgsqlCommand Count(NpgsqlDataSource database, IReadOnlyList<Guid> wallets, TransactionFilter filter)
    {
        var command = database.CreateCommand();
        var tracked = TransactionQuery.Tracked(command, wallets, filter with { From = null, To = null });
        command.CommandText = $"with {tracked} select count(*) from tracked k {Placed} where true {Wanted(command, filter)}";
        return command;
    }

    /// <summary>What one transaction is to change for each of a user's addresses, in the wallets that the key may see.</summary>
    public static NpgsqlCommand One(NpgsqlDataSource database, Caller caller, string network, string txid)
    {
        var command = database.CreateCommand();
        var wallets = command.Placed(caller.Wallets?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid);
        command.CommandText = $"""
            with tracked as materialized (
                select a.wallet_id, a.address_id, a.address, a.label, a.network, t.ledger_id
                from wallets w
                join addresses a on a.wallet_id = w.wallet_id and a.network = {command.Placed(network)}
                join ledger_trackers t on t.address_id = a.address_id and not t.ended
                where w.owner_id = {command.Placed(caller.UserId)} and ({wallets}::uuid[] is null or w.wallet_id = any({wallets}))
            )
            {Rows} from tracked k {Placed} where p.txid = {command.Placed(txid)}
            order by k.wallet_id, k.address_id, p.asset
            """;
        return command;
    }

    /// <summary>All rows of a statement.</summary>
    public static async Task<IReadOnlyList<TransactionRow>> ReadAllAsync(NpgsqlCommand command, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<TransactionRow>();
        while (await reader.ReadAsync(ct)) rows.Add(Read(reader));
        return rows;
    }

    private static string Wanted(NpgsqlCommand command, TransactionFilter filter)
    {
        var wanted = "";
        if (filter.Sign is { } sign) wanted += $" and sign(p.delta) = {sign}";
        if (filter.From is { } from) wanted += $" and p.seen_at >= {command.Placed(from)}";
        if (filter.To is { } to) wanted += $" and p.seen_at < {command.Placed(to)}";
        if (filter.MinAmount is { } least) wanted += $" and abs(p.delta) >= {command.Placed(least, NpgsqlDbType.Numeric)}";
        if (filter.MinCoins is { } coins) wanted += TransactionQuery.AtLeast(command, coins, "p");
        if (filter.Tag is { } tag) wanted += $" and (k.tagged or {TransactionQuery.SaidWith(command, tag, "p")})";
        return wanted;
    }

    private static TransactionRow Read(NpgsqlDataReader row) => new(
        new(row.GetInt64(0), row.GetInt32(1), row.GetInt16(2), row.GetString(3), row.GetString(4), row.GetGuid(5)),
        row.GetGuid(6), row.GetString(7), row.GetString(8), row.GetFieldValue<BigInteger>(9), row.GetFieldValue<DateTimeOffset>(10),
        false, false, null, new(row.GetFieldValue<BigInteger>(12)), false,
        PartyColumn.Read(row.GetString(13)), PartyColumn.Read(row.GetString(14)), null, null, false,
        row.GetGuid(16), row.IsDBNull(17) ? null : row.GetString(17))
    {
        Waits = row.GetString(11),
        ReplacedBy = row.IsDBNull(15) ? null : row.GetString(15),
    };
}

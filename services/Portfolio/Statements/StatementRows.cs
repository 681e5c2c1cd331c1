using System.Data;
using System.Numerics;
using Npgsql;
using NpgsqlTypes;
using Portfolio.Balances;
using Portfolio.Ledgers;

namespace Portfolio.Statements;

/// <summary>An address with one of its assets; none where nothing is known of it yet.</summary>
internal sealed record CountedBalance(
    Guid AddressId, string Network, string Address, string? Label, string? Asset, BigInteger Derived, string Status, bool Provisional,
    StatementComparison? Compared);

/// <summary>A transaction that counts.</summary>
internal sealed record CountedTransaction(
    Guid AddressId, string Asset, string Txid, long Height, string? BlockHash, DateTimeOffset Time, BigInteger Delta);

/// <summary>What a wallet's addresses held and the transactions that make it, all of one state of the database.</summary>
internal sealed class StatementRows(NpgsqlDataSource database)
{
    private static string BalancesSql(bool past) => $"""
        select a.address_id, a.network, a.address, a.label, b.asset, coalesce({(past ? "past.change" : "b.derived")}, 0), {BalanceStatus.Sql},
               {BalanceStatus.Provisional("$2")}, b.verdict, case when b.reported_hash = b.verified_hash then b.provider end,
               b.verified_height, b.verified_hash, b.verified_at
        from addresses a
        left join ledger_trackers t on t.address_id = a.address_id and not t.ended
        left join ledgers l on l.ledger_id = t.ledger_id
        left join balances b on b.ledger_id = l.ledger_id
        {(past ? $"left join lateral ({SumsByTime.Until("b.ledger_id", "b.asset", "$2")}) past on true" : "")}
        where a.wallet_id = $1 and ($2::timestamptz is null or true)
        order by a.network collate "C", a.address collate "C", a.address_id, b.asset
        """;

    private static string TransactionsSql(bool past) => $"""
        select a.address_id, x.asset, x.txid, x.height, d.block_hash, x.block_time, x.delta
        from addresses a
        join ledger_trackers t on t.address_id = a.address_id and not t.ended
        join balances b on b.ledger_id = t.ledger_id
        {(past ? $"""
            cross join lateral (select coalesce(array_agg(early.txid), array[]::text[]) as txids
                from ({SumsByTime.TooEarly("b.ledger_id", "b.asset", "$2", "<=")}) early) later
            """ : "")}
        join transactions x on x.ledger_id = b.ledger_id and x.asset = b.asset and not x.orphaned
        join transaction_details d on d.ledger_id = x.ledger_id and d.txid = x.txid
        where a.wallet_id = $1 and ($2::timestamptz is null or true) {(past ? "and x.block_time <= $2 and x.txid <> all(later.txids)" : "")}
        order by a.address_id, x.asset, x.height, x.position, x.side, x.txid
        limit $3
        """;

    /// <param name="wallet">The wallet.</param>
    /// <param name="at">The instant; null for the present.</param>
    /// <param name="most">How many transactions are read at most.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<(IReadOnlyList<CountedBalance> Balances, IReadOnlyList<CountedTransaction> Transactions)> ReadAsync(
        Guid wallet, DateTimeOffset? at, int most, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        // Both of one moment, or they may not add up.
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
        var balances = new List<CountedBalance>();
        await using (var command = Command(connection, BalancesSql(at is not null), wallet, at ?? DateTimeOffset.MaxValue))
        await using (var reader = await command.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct)) balances.Add(Balance(reader));
        }

        var transactions = new List<CountedTransaction>();
        await using (var command = Command(connection, TransactionsSql(at is not null), wallet, at ?? DateTimeOffset.MaxValue))
        {
            command.Parameters.Add(new() { Value = (long)most });
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                transactions.Add(new(
                    reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetInt64(3), reader.IsDBNull(4) ? null : reader.GetString(4),
                    reader.GetFieldValue<DateTimeOffset>(5), reader.GetFieldValue<BigInteger>(6)));
            }
        }

        return (balances, transactions);
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, Guid wallet, DateTimeOffset at)
    {
        var command = new NpgsqlCommand(sql, connection);
        command.Parameters.Add(new() { Value = wallet });
        command.Parameters.Add(new() { Value = at, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        return command;
    }

    private static CountedBalance Balance(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3), row.IsDBNull(4) ? null : row.GetString(4),
        row.GetFieldValue<BigInteger>(5), row.GetString(6), row.GetBoolean(7),
        row.IsDBNull(8) || row.IsDBNull(10) || row.IsDBNull(11) || row.IsDBNull(12) ? null : new(
            row.GetString(8), row.IsDBNull(9) ? null : row.GetString(9), row.GetInt64(10), row.GetString(11),
            row.GetFieldValue<DateTimeOffset>(12)));
}

using System.Numerics;
using Npgsql;
using NpgsqlTypes;
using static Portfolio.SqlBatch;

namespace Portfolio.Deposits;

/// <summary>The table of deposits as they were told.</summary>
internal static class DepositRows
{
    /// <summary>What <see cref="Read"/> reads, of a table <c>d</c>.</summary>
    public const string Columns = """
        d.user_id, d.wallet_id, d.address_id, d.ledger_id, d.network, d.address, d.txid, d.asset, d.amount, d.status, d.required, d.first_seen,
        d.updated_at, d.confirmations, d.height, d.block_hash, d.replaced_by, d.completed_at, d.last_message, d.completion
        """;

    private const string Insert = """
        insert into deposits (deposit_id, user_id, wallet_id, address_id, ledger_id, network, address, txid, asset, amount, status, required,
            first_seen, updated_at, confirmations, height, block_hash, replaced_by, completed_at, last_message, completion)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
        """;

    public static Deposit Read(NpgsqlDataReader row) => new(
        new(row.GetGuid(0), row.GetGuid(1), row.GetGuid(2), row.GetGuid(3), row.GetString(4), row.GetString(5), row.GetString(6), row.GetString(7)),
        row.GetFieldValue<BigInteger>(8), row.GetString(9), row.GetInt32(10), row.GetFieldValue<DateTimeOffset>(11),
        row.GetFieldValue<DateTimeOffset>(12))
    {
        Confirmations = row.GetInt64(13),
        Height = row.IsDBNull(14) ? null : row.GetInt64(14),
        BlockHash = row.IsDBNull(15) ? null : row.GetString(15),
        ReplacedBy = row.IsDBNull(16) ? null : row.GetString(16),
        CompletedAt = row.IsDBNull(17) ? null : row.GetFieldValue<DateTimeOffset>(17),
        LastMessage = row.IsDBNull(18) ? null : row.GetGuid(18),
        Completion = row.IsDBNull(19) ? null : row.GetGuid(19),
    };

    /// <summary>Deposits of these transactions, whoever they are for.</summary>
    public static async Task<List<Deposit>> OfAsync(
        NpgsqlConnection connection, IReadOnlyList<(Guid LedgerId, string Txid)> transactions, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"""
            select {Columns} from unnest($1, $2) k (ledger_id, txid) join deposits d on d.ledger_id = k.ledger_id and d.txid = k.txid
            """, connection);
        command.Parameters.Add(Column(transactions, NpgsqlDbType.Uuid, transaction => transaction.LedgerId));
        command.Parameters.Add(Column(transactions, NpgsqlDbType.Text, transaction => transaction.Txid));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var deposits = new List<Deposit>();
        while (await reader.ReadAsync(ct)) deposits.Add(Read(reader));
        return deposits;
    }

    /// <summary>Stores them as they are told by now.</summary>
    public static Task SaveAsync(NpgsqlConnection connection, IReadOnlyList<Deposit> deposits, CancellationToken ct) => WriteAsync(connection, $"""
        {Insert}
        on conflict (deposit_id) do update set
            amount = excluded.amount, status = excluded.status, required = excluded.required, updated_at = excluded.updated_at,
            confirmations = excluded.confirmations, height = excluded.height, block_hash = excluded.block_hash,
            replaced_by = excluded.replaced_by, completed_at = excluded.completed_at, last_message = excluded.last_message,
            completion = excluded.completion
        """, deposits, ct);

    /// <summary>Stores those that are not there.</summary>
    public static Task AddAsync(NpgsqlConnection connection, IReadOnlyList<Deposit> deposits, CancellationToken ct) =>
        WriteAsync(connection, $"{Insert} on conflict do nothing", deposits, ct);

    private static async Task WriteAsync(NpgsqlConnection connection, string sql, IReadOnlyList<Deposit> deposits, CancellationToken ct)
    {
        if (deposits.Count == 0) return;
        await using var command = new NpgsqlCommand(sql, connection)
        {
            Parameters =
            {
                Column(deposits, NpgsqlDbType.Uuid, deposit => deposit.Key.Id),
                Column(deposits, NpgsqlDbType.Uuid, deposit => deposit.Key.UserId),
                Column(deposits, NpgsqlDbType.Uuid, deposit => deposit.Key.WalletId),
                Column(deposits, NpgsqlDbType.Uuid, deposit => deposit.Key.AddressId),
                Column(deposits, NpgsqlDbType.Uuid, deposit => deposit.Key.LedgerId),
                Column(deposits, NpgsqlDbType.Text, deposit => deposit.Key.Network),
                Column(deposits, NpgsqlDbType.Text, deposit => deposit.Key.Address),
                Column(deposits, NpgsqlDbType.Text, deposit => deposit.Key.Txid),
                Column(deposits, NpgsqlDbType.Text, deposit => deposit.Key.Asset),
                Column(deposits, NpgsqlDbType.Numeric, deposit => deposit.Amount),
                Column(deposits, NpgsqlDbType.Text, deposit => deposit.Status),
                Column(deposits, NpgsqlDbType.Integer, deposit => deposit.Required),
                Column(deposits, NpgsqlDbType.TimestampTz, deposit => deposit.FirstSeen.ToUniversalTime()),
                Column(deposits, NpgsqlDbType.TimestampTz, deposit => deposit.UpdatedAt.ToUniversalTime()),
                Column(deposits, NpgsqlDbType.Bigint, deposit => deposit.Confirmations),
                Column(deposits, NpgsqlDbType.Bigint, deposit => deposit.Height),
                Column(deposits, NpgsqlDbType.Text, deposit => deposit.BlockHash),
                Column(deposits, NpgsqlDbType.Text, deposit => deposit.ReplacedBy),
                Column(deposits, NpgsqlDbType.TimestampTz, deposit => deposit.CompletedAt?.ToUniversalTime()),
                Column(deposits, NpgsqlDbType.Uuid, deposit => deposit.LastMessage),
                Column(deposits, NpgsqlDbType.Uuid, deposit => deposit.Completion),
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }
}

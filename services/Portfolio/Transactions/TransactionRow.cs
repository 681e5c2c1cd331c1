using System.Numerics;
using Chains;
using Contracts;
using Npgsql;
using Portfolio.Ledgers;

namespace Portfolio.Transactions;

/// <summary>
/// A row of a page; <paramref name="Base"/> is the balance after the newest of the page's rows of that ledger and asset,
/// or after this very row where the page leaves rows out.
/// </summary>
internal sealed record TransactionRow(
    TransactionKey Key, Guid AddressId, string Address, string Network, BigInteger Delta, DateTimeOffset Time, bool Confirmed,
    bool Orphaned, string? BlockHash, Amount Fee, bool Coinbase, IReadOnlyList<Party> From, IReadOnlyList<Party> To,
    BigInteger? Base, long? Tip, bool Provisional, Guid WalletId, string? Label)
{
    /// <summary>Of one that is in no block: <c>pending</c>, <c>replaced</c> or <c>dropped</c>; null of one in a block.</summary>
    public string? Waits { get; init; }

    /// <summary>What took its place, where it is <c>replaced</c>.</summary>
    public string? ReplacedBy { get; init; }

    /// <summary>The row's asset and those that its sides moved.</summary>
    public IEnumerable<(string Network, string? Asset)> Assets =>
        From.Concat(To).Select(party => party.Asset).Append(Key.Asset).Select(asset => (Network, asset));

    /// <summary>All rows that a statement of <see cref="TransactionQuery"/> selects.</summary>
    public static async Task<IReadOnlyList<TransactionRow>> ReadAllAsync(NpgsqlCommand command, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<TransactionRow>();
        while (await reader.ReadAsync(ct)) rows.Add(Read(reader));
        return rows;
    }

    private static TransactionRow Read(NpgsqlDataReader row) => new(
        new(row.GetInt64(0), row.GetInt32(1), row.GetInt16(2), row.GetString(3), row.GetString(4), row.GetGuid(5)),
        row.GetGuid(6), row.GetString(7), row.GetString(8), row.GetFieldValue<BigInteger>(9), row.GetFieldValue<DateTimeOffset>(10),
        row.GetBoolean(11), row.GetBoolean(12), row.IsDBNull(13) ? null : row.GetString(13), new(row.GetFieldValue<BigInteger>(14)),
        row.GetBoolean(15),
        PartyColumn.Read(row.GetString(16)), PartyColumn.Read(row.GetString(17)),
        row.IsDBNull(18) ? null : row.GetFieldValue<BigInteger>(18), row.IsDBNull(19) ? null : row.GetInt64(19), row.GetBoolean(20),
        row.GetGuid(21), row.IsDBNull(22) ? null : row.GetString(22));
}

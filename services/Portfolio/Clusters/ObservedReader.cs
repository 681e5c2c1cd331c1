using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using Portfolio.Ledgers;
using ServiceDefaults;

namespace Portfolio.Clusters;

/// <summary>An address that a caller tracks.</summary>
internal sealed record TrackedAddress(string Address, Guid WalletId, Guid AddressId, string? Label);

/// <summary>
/// The clusters that a caller's own ledgers give evidence of, and nobody else's: what others track shows in no answer. Made when asked for, of
/// what is in the chain at that moment.
/// </summary>
internal sealed class ObservedReader(NpgsqlDataSource database, IOptions<ClusterOptions> options)
{
    private const string TransactionsSql = """
        with held as materialized (
            select distinct t.ledger_id
            from wallets w
            join addresses a on a.wallet_id = w.wallet_id and a.network = $3
            join ledger_trackers t on t.address_id = a.address_id and not t.ended
            where w.owner_id = $1 and ($2::uuid[] is null or w.wallet_id = any($2))
        )
        select distinct on (d.height, d.position, d.txid) d.txid, d.block_time, d.senders, d.receivers
        from held h
        cross join lateral (
            select x.height, x.position, d.txid, x.block_time, d.senders, d.receivers
            from transaction_details d
            join transactions x on x.ledger_id = d.ledger_id and x.txid = d.txid and not x.orphaned
            where d.ledger_id = h.ledger_id and jsonb_array_length(d.senders) > 1
            offset 0) d
        order by d.height, d.position, d.txid
        """;

    private const string TrackedSql = """
        select a.address, a.wallet_id, a.address_id, a.label
        from wallets w join addresses a on a.wallet_id = w.wallet_id and a.network = $3
        where w.owner_id = $1 and ($2::uuid[] is null or w.wallet_id = any($2))
        order by a.address, a.wallet_id
        """;

    /// <summary>The clusters of a network's addresses by what the caller's ledgers saw.</summary>
    public async Task<AddressClusters> ReadAsync(Caller caller, string network, CancellationToken ct)
    {
        var transactions = new List<Observed>();
        await foreach (var transaction in TransactionsAsync(caller, network, ct)) transactions.Add(transaction);
        return AddressClusters.Of(transactions, options.Value.LargestMerge);
    }

    /// <summary>The addresses that the caller tracks on a network; one in several wallets comes as often.</summary>
    public async Task<ILookup<string, TrackedAddress>> TrackedAsync(Caller caller, string network, CancellationToken ct)
    {
        await using var command = Command(TrackedSql, caller, network);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var tracked = new List<TrackedAddress>();
        while (await reader.ReadAsync(ct))
            tracked.Add(new(reader.GetString(0), reader.GetGuid(1), reader.GetGuid(2), reader.IsDBNull(3) ? null : reader.GetString(3)));
        return tracked.ToLookup(one => one.Address);
    }

    private async IAsyncEnumerable<Observed> TransactionsAsync(
        Caller caller, string network, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var command = Command(TransactionsSql, caller, network);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            yield return new(
                reader.GetString(0), reader.GetFieldValue<DateTimeOffset>(1), PartyColumn.Read(reader.GetString(2)),
                PartyColumn.Read(reader.GetString(3)));
        }
    }

    private NpgsqlCommand Command(string sql, Caller caller, string network)
    {
        var command = database.CreateCommand(sql);
        command.Placed(caller.UserId);
        command.Placed(caller.Wallets?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid);
        command.Placed(network);
        return command;
    }
}

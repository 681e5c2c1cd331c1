using EventSourcing;
using Npgsql;
using NpgsqlTypes;
using Postgres;
using Sync.Networks;
using Sync.WalletSyncs;

namespace Sync.Following;

/// <summary>
/// What a follower asks for, in its own transaction: the checks of addresses, which their wallets' sagas carry out. It writes no
/// transaction of any ledger.
/// </summary>
internal static class FollowerStore
{
    /// <summary>How many addresses of the network are tracked, counted no further than so many: whoever looks at each block counts not all.</summary>
    public static Task<long> AddressesAsync(NpgsqlConnection connection, string network, long atMost, CancellationToken ct) =>
        connection.ScalarAsync<long>(
            "select count(*) from (select from ledgers where network = @network limit @atMost) as counted", new { network, atMost }, ct);

    /// <summary>
    /// Has those of the addresses checked that are tracked; returns how many are. One look-up each by their index, so the cost is that
    /// of the block, whatever is tracked, and an address imported a moment ago is not missed.
    /// </summary>
    public static async Task<int> TouchAsync(NpgsqlConnection connection, string network, IReadOnlyCollection<string> addresses, CancellationToken ct)
    {
        if (addresses.Count == 0) return 0;
        var touched = await connection.QueryAsync<Guid>("""
            select k.ledger_id from unnest(@addresses) as u (address)
            cross join lateral (select ledger_id from ledgers where network = @network and address = u.address limit 1) k
            """, new { network, addresses = Sql.Column(addresses, NpgsqlDbType.Varchar, address => address) }, ct);
        await TouchAsync(connection, touched, ct);
        return touched.Count;
    }

    /// <summary>
    /// Has every ledger checked that knows of anything above a height, or that counted blocks above it as out of any reorganisation's reach:
    /// what came to stand in them is unknown to it. Returns how many these are.
    /// </summary>
    public static async Task<int> TouchAboveAsync(NpgsqlConnection connection, string network, long height, CancellationToken ct)
    {
        var touched = await connection.QueryAsync<Guid>("""
            select l.ledger_id from ledgers l where l.network = @network and (l.settled_height > @height
              or exists (select from ledger_transactions t where t.ledger_id = l.ledger_id and t.height > @height and not t.orphaned))
            """, new { network, height }, ct);
        await connection.ExecuteAsync("""
            update ledgers set unsettled_above = least(unsettled_above, @height)
            where ledger_id in (select ledger_id from ledgers where ledger_id = any(@touched) order by ledger_id for no key update)
            """, new { touched = touched.ToArray(), height }, ct);
        await TouchAsync(connection, touched, ct);
        return touched.Count;
    }

    /// <summary>Has these ledgers checked.</summary>
    public static async Task TouchAsync(NpgsqlConnection connection, IReadOnlyCollection<Guid> ledgers, CancellationToken ct)
    {
        if (ledgers.Count == 0) return;
        await connection.ExecuteAsync("""
            update ledgers set touched_at = clock_timestamp()
            where ledger_id in (select ledger_id from ledgers where ledger_id = any(@ledgers) order by ledger_id for no key update)
            """, new { ledgers = ledgers.ToArray() }, ct);
        await SyncSchedule.WakeTrackersAsync(connection, ledgers, ct);
    }

    /// <summary>Has every address of the network checked that was checked before now.</summary>
    public static async Task AskAllAsync(Work work, string network, DateTimeOffset now, CancellationToken ct)
    {
        await Followers.AskAllAsync(work.Connection, network, now, ct);
        await SyncSchedule.WakeNetworkAsync(work.Connection, network, ct);
    }
}

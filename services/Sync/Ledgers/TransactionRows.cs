using Chains;
using Npgsql;
using Postgres;
using Sync.Chains;

namespace Sync.Ledgers;

/// <summary>
/// The rows of a ledger's transactions: one for each txid, saying where it stands. Written by whoever holds the ledger's claim,
/// in the transaction that appends the events.
/// </summary>
internal static class TransactionRows
{
    // One look-up by the primary key for each txid, whatever the planner believes about a ledger that is newer than its
    // statistics: taken for nearly empty, it would be read as a whole for every page.
    private const string ByKey = "ledger_transactions where ledger_id = @ledgerId and txid = u.txid limit 1";

    private const string IsOneOf = $"ctid = any(array(select (select ctid from {ByKey}) from unnest(@txids) as u (txid)))";

    private const string Columns = """
        txid, height, block_hash, delta::text as delta, incarnation, orphaned, seen_round,
        others::text as others, parts::text as parts, disputed::text as disputed
        """;

    /// <summary>What is known of these transactions.</summary>
    public static async Task<Dictionary<string, KnownTransaction>> KnownAsync(
        NpgsqlConnection connection, Guid ledgerId, string[] txids, CancellationToken ct) =>
        (await connection.QueryAsync<KnownTransaction>(
            $"select k.* from unnest(@txids) as u (txid) cross join lateral (select {Columns} from {ByKey}) k", new { ledgerId, txids }, ct))
        .ToDictionary(row => row.Txid);

    /// <summary>Whether anything is known from above a height: read, but never concluded upon.</summary>
    public static Task<bool> HasAboveAsync(NpgsqlConnection connection, Guid ledgerId, long? height, CancellationToken ct) =>
        connection.ScalarAsync<bool>(
            "select exists (select from ledger_transactions where ledger_id = @ledgerId and height > @height and not orphaned)",
            new { ledgerId, height = height ?? -1 }, ct);

    /// <summary>Transactions above a floor that a round did not meet, newest first: candidates for having been reorganised away.</summary>
    public static Task<List<KnownTransaction>> UnseenAsync(
        NpgsqlConnection connection, Guid ledgerId, long? floor, long round, CancellationToken ct) =>
        connection.QueryAsync<KnownTransaction>($"""
            select {Columns} from ledger_transactions
            where ledger_id = @ledgerId and height > @floor and not orphaned and seen_round <> @round order by height desc, txid
            """, new { ledgerId, floor = floor ?? -1, round }, ct);

    /// <summary>Transactions that were seen young and stand at or below a height by now.</summary>
    public static Task<List<KnownTransaction>> UnconfirmedAsync(NpgsqlConnection connection, Guid ledgerId, long upTo, CancellationToken ct) =>
        connection.QueryAsync<KnownTransaction>($"""
            select {Columns} from ledger_transactions
            where ledger_id = @ledgerId and not confirmed and not orphaned and height <= @upTo order by height, txid
            """, new { ledgerId, upTo }, ct);

    /// <summary>
    /// Transactions whose block has no name, in the newest blocks. Those that the round was to meet and did not may be about to go.
    /// </summary>
    public static Task<List<KnownTransaction>> UnnamedAsync(NpgsqlConnection connection, PageContext at, int most, CancellationToken ct) =>
        connection.QueryAsync<KnownTransaction>($"""
            select {Columns} from ledger_transactions
            where ledger_id = @LedgerId and block_hash is null and not orphaned
              and height <= @StartHeight and (seen_round = @Round or height <= @settled)
            order by height desc limit @most
            """, new { at.LedgerId, at.StartHeight, at.Round, settled = at.SettledHeight ?? -1, most }, ct);

    /// <summary>How many transactions some later reading disputes, and by how much of the native asset in sum.</summary>
    public static Task<(long Count, Amount Sum)> DisputedAsync(NpgsqlConnection connection, Guid ledgerId, CancellationToken ct) =>
        connection.QuerySingleAsync<(long, Amount)>("""
            select count(*), coalesce(sum(disputed), 0)::text from ledger_transactions
            where ledger_id = @ledgerId and disputed is not null and not orphaned
            """, new { ledgerId }, ct);

    /// <summary>
    /// The place from which another provider can go on after the round has come to a height: two blocks above, since
    /// providers order the transactions of one block as they like. Null where the round has not met two blocks above.
    /// </summary>
    public static Task<Position?> PlaceAboveAsync(NpgsqlConnection connection, Guid ledgerId, long round, Position cursor, CancellationToken ct) =>
        connection.QueryFirstOrDefaultAsync<Position>("""
            with met as (
                select height, txid from ledger_transactions
                where ledger_id = @ledgerId and height >= @Height and seen_round = @round and not orphaned),
            place as (select height, txid from met where height > (select min(height) from met where height > @Height) order by height limit 1)
            select height, txid, greatest(0, @Newer - (select count(*) from met where met.height < place.height)) as newer from place
            """, new { ledgerId, round, cursor.Height, cursor.Newer }, ct);

    /// <summary>Writes what a page changes; the caller appends its events in the same work.</summary>
    public static async Task WritePageAsync(NpgsqlConnection connection, PageContext at, PageChange change, CancellationToken ct)
    {
        if (change.Written.Count > 0) await InsertAsync(connection, at, change.Written, ct);
        if (change.Revised.Count > 0) await ReviseAsync(connection, at.LedgerId, change.Revised, ct);
        if (change.Assigned.Count > 0) await AssignBlocksAsync(connection, at.LedgerId, change.Assigned, ct);
        if (change.Otherwise.Count > 0) await RetoldTransactions.WriteAsync(connection, at, change.Otherwise, ct);
        if (change.SeenAgain.Count == 0) return;
        await connection.ExecuteAsync(
            $"update ledger_transactions set seen_round = @Round where {IsOneOf}",
            new { ledgerId = at.LedgerId, at.Round, txids = change.SeenAgain.ToArray() }, ct);
    }

    /// <summary>Gives transactions the hash of their block.</summary>
    public static Task AssignBlocksAsync(
        NpgsqlConnection connection, Guid ledgerId, IReadOnlyList<(string Txid, string BlockHash)> assigned, CancellationToken ct) =>
        connection.ExecuteAsync($"""
            update ledger_transactions t set block_hash = u.block_hash
            from unnest(@txids, @blocks) as u (txid, block_hash) cross join lateral (select ctid from {ByKey}) k
            where t.ctid = k.ctid
            """, new { ledgerId, txids = assigned.Select(t => t.Txid).ToArray(), blocks = assigned.Select(t => t.BlockHash).ToArray() }, ct);

    /// <summary>Marks transactions as out of the chain.</summary>
    public static Task OrphanAsync(NpgsqlConnection connection, Guid ledgerId, IEnumerable<KnownTransaction> gone, CancellationToken ct) =>
        connection.ExecuteAsync($"""
            update ledger_transactions set orphaned = true, confirmed = false, incarnation = incarnation + 1
            where {IsOneOf}
            """, new { ledgerId, txids = gone.Select(t => t.Txid).ToArray() }, ct);

    /// <summary>Writes what is told of known transactions now, each under a new incarnation.</summary>
    public static Task ReplaceAsync(
        NpgsqlConnection connection, PageContext at, IReadOnlyList<(ChainTransaction Transaction, int Incarnation)> told, CancellationToken ct) =>
        told.Count == 0 ? Task.CompletedTask : InsertAsync(connection, at, told, ct);

    /// <summary>Marks transactions as confirmed.</summary>
    public static Task ConfirmAsync(NpgsqlConnection connection, Guid ledgerId, IEnumerable<KnownTransaction> confirmed, CancellationToken ct) =>
        connection.ExecuteAsync(
            $"update ledger_transactions set confirmed = true where {IsOneOf}",
            new { ledgerId, txids = confirmed.Select(t => t.Txid).ToArray() }, ct);

    private static Task<int> InsertAsync(
        NpgsqlConnection connection, PageContext at, IReadOnlyList<(ChainTransaction Transaction, int Incarnation)> written, CancellationToken ct) =>
        connection.ExecuteAsync("""
            insert into ledger_transactions as t (
                ledger_id, txid, height, block_hash, delta, incarnation, orphaned, confirmed, seen_round, others, parts)
            select @LedgerId, n.txid, n.height, n.block_hash, n.delta::numeric, n.incarnation, false, n.height <= @ConfirmedUpTo, @Round,
                n.others::jsonb, n.parts::jsonb
            from unnest(@txids, @heights, @blocks, @deltas, @incarnations, @others, @parts)
                as n (txid, height, block_hash, delta, incarnation, others, parts)
            on conflict (ledger_id, txid) do update set
                height = excluded.height, block_hash = excluded.block_hash, delta = excluded.delta, incarnation = excluded.incarnation,
                orphaned = false, confirmed = excluded.confirmed, seen_round = excluded.seen_round,
                others = excluded.others, parts = excluded.parts, disputed = null
            """, new
        {
            at.LedgerId, at.Round, at.ConfirmedUpTo,
            txids = written.Select(t => t.Transaction.Txid).ToArray(),
            heights = written.Select(t => t.Transaction.Height).ToArray(),
            blocks = written.Select(t => t.Transaction.BlockHash).ToArray(),
            deltas = written.Select(t => t.Transaction.Delta.ToString()).ToArray(),
            incarnations = written.Select(t => t.Incarnation).ToArray(),
            others = written.Select(t => TokenDeltas.Write(t.Transaction.Others)).ToArray(),
            parts = written.Select(t => TransactionComparison.Write(t.Transaction.Parts)).ToArray(),
        }, ct);

    private static Task<int> ReviseAsync(NpgsqlConnection connection, Guid ledgerId, IReadOnlyList<KnownTransaction> revised, CancellationToken ct) =>
        connection.ExecuteAsync($"""
            update ledger_transactions t set
                delta = u.delta::numeric, others = u.others::jsonb, parts = u.parts::jsonb, disputed = u.disputed::numeric
            from unnest(@txids, @deltas, @others, @parts, @disputed) as u (txid, delta, others, parts, disputed)
            cross join lateral (select ctid from {ByKey}) k
            where t.ctid = k.ctid
            """, new
        {
            ledgerId,
            txids = revised.Select(row => row.Txid).ToArray(), deltas = revised.Select(row => row.Delta.ToString()).ToArray(),
            others = revised.Select(row => row.Others).ToArray(), parts = revised.Select(row => row.Parts).ToArray(),
            disputed = revised.Select(row => row.Disputed?.ToString()).ToArray(),
        }, ct);
}

using System.Text.Json;
using Chains;
using Dapper;
using EventSourcing;
using Npgsql;
using Sync.Chains;
using Sync.Ledgers;

namespace Sync.Walks;

/// <summary>Another consumer took the slice over, or the ledger was closed: nothing more may be stored for it.</summary>
internal sealed class ClaimLostException() : Exception("The slice is no longer this consumer's.");

/// <summary>The rows of walks and of their ledgers' transactions. Every write checks the slice's fence in its own transaction.</summary>
internal sealed class WalkStore(NpgsqlDataSource dataSource, EventStore store)
{
    private const string State = """
        l.ledger_id, w.walk_no, w.slice, w.fence, w.wallet_id, w.trigger, l.network, l.address,
        l.settled_height, l.tip_height, l.tip_hash, l.derived::text as derived, l.derived_count,
        l.reported::text as reported, l.reported_pending::text as reported_pending, l.reported_count,
        l.verdict, l.verdict_at, l.repaired_for, l.checked_at, l.stale_since, l.disputed::text as disputed, l.verdict_by,
        exists (select from ledger_transactions u where u.ledger_id = l.ledger_id and u.block_hash is null and not u.orphaned) as has_unnamed,
        w.kind, w.round, w.rounds, w.start_height, w.start_hash, w.floor_height, w.expected_count,
        w.cursor_height, w.cursor_txid, w.cursor_newer, w.anchor_height, w.anchor_txid, w.anchor_newer, w.provider, w.switch_height, w.doubted_height, w.pages_done, w.round_seen, w.served_kept,
        w.pages, w.requests, w.found, w.read, w.failures
        """;

    /// <summary>
    /// Claims a slice by compare-and-set. Null with an answer: it was done before. Null without: another consumer has
    /// it in hand, or it is not this walk's next slice.
    /// </summary>
    public async Task<(Walk? Walk, SliceAnswer? Answer)> ClaimAsync(FetchPages command, bool takeOver, int lease, CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        var claimed = await connection.QuerySingleOrDefaultAsync<Walk>(new CommandDefinition($"""
            update walks w set slice = @Slice, slice_done = false, answer = null, fence = w.fence + 1, leased_until = now() + make_interval(secs => @lease), retry_at = null
            from ledgers l
            where l.ledger_id = w.ledger_id and w.ledger_id = @LedgerId and w.walk_no = @WalkNo and w.active
              and ((w.slice_done and w.slice = @Slice - 1) or (not w.slice_done and w.slice = @Slice and (@takeOver or w.leased_until < now())))
            returning {State}
            """, new { command.LedgerId, command.WalkNo, command.Slice, takeOver, lease }, cancellationToken: ct));
        if (claimed is not null) return (claimed, null);

        var answer = await connection.QuerySingleOrDefaultAsync<string>(new CommandDefinition(
            "select answer::text from walks where ledger_id = @LedgerId and walk_no = @WalkNo and slice = @Slice and slice_done",
            command, cancellationToken: ct));
        return (null, answer is null ? null : JsonSerializer.Deserialize<SliceAnswer>(answer));
    }

    public async Task<NpgsqlConnection> OpenAsync(CancellationToken ct) => await dataSource.OpenConnectionAsync(ct);

    /// <summary>Begins a transaction that holds the claim: ledger and walk stay locked until it ends.</summary>
    /// <exception cref="ClaimLostException">The claim is gone.</exception>
    public async Task<Work> BeginAsync(Walk walk, CancellationToken ct)
    {
        var work = await store.BeginAsync(ct);
        try
        {
            var held = await work.Connection.ExecuteScalarAsync<int?>(new CommandDefinition("""
                select 1 from ledgers l join walks w using (ledger_id)
                where l.ledger_id = @LedgerId and w.walk_no = @WalkNo and w.fence = @Fence and w.active
                for update of l, w
                """, new { walk.LedgerId, walk.WalkNo, walk.Fence }, cancellationToken: ct));
            return held is 1 ? work : throw new ClaimLostException();
        }
        catch
        {
            await work.DisposeAsync();
            throw;
        }
    }

    /// <summary>What is known of these transactions.</summary>
    public static async Task<Dictionary<string, KnownTransaction>> KnownAsync(NpgsqlConnection connection, Guid ledgerId, string[] txids, CancellationToken ct)
    {
        var rows = await connection.QueryAsync<KnownTransaction>(new CommandDefinition(
            $"select k.* from unnest(@txids) as u (txid) cross join lateral (select {Known} from {ByKey}) k", new { ledgerId, txids }, cancellationToken: ct));
        return rows.ToDictionary(row => row.Txid);
    }

    /// <summary>Whether anything is known from above a height: read, but never concluded upon.</summary>
    public static Task<bool> HasAboveAsync(NpgsqlConnection connection, Guid ledgerId, long? height, CancellationToken ct) =>
        connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select exists (select from ledger_transactions where ledger_id = @ledgerId and height > @height and not orphaned)",
            new { ledgerId, height = height ?? -1 }, cancellationToken: ct));

    /// <summary>Transactions above the floor that the round did not meet: candidates for having been reorganised away.</summary>
    public static async Task<List<KnownTransaction>> UnseenAsync(NpgsqlConnection connection, Walk walk, CancellationToken ct) =>
        (await connection.QueryAsync<KnownTransaction>(new CommandDefinition(
            $"select {Known} from ledger_transactions where ledger_id = @LedgerId and height > @floor and not orphaned and seen_round <> @Round order by height desc, txid",
            new { walk.LedgerId, floor = walk.FloorHeight ?? -1, walk.Round }, cancellationToken: ct))).AsList();

    /// <summary>
    /// The place from which another provider can go on after the round has come to a height: two blocks above, since
    /// providers order the transactions of one block as they like. Null where the round has not met two blocks above.
    /// </summary>
    public static Task<Position?> PlaceAboveAsync(NpgsqlConnection connection, Walk walk, Position cursor, CancellationToken ct) =>
        connection.QueryFirstOrDefaultAsync<Position>(new CommandDefinition("""
            with met as (select height, txid from ledger_transactions where ledger_id = @LedgerId and height >= @Height and seen_round = @Round and not orphaned),
            place as (select height, txid from met where height > (select min(height) from met where height > @Height) order by height limit 1)
            select height, txid, greatest(0, @Newer - (select count(*) from met where met.height < place.height)) as newer from place
            """, new { walk.LedgerId, walk.Round, cursor.Height, cursor.Newer }, cancellationToken: ct));

    /// <summary>The wallet's other addresses on the network whose regular check is due, those longest unchecked first.</summary>
    public async Task<IReadOnlyList<string>> OtherDueAsync(Walk walk, int limit, CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        return (await connection.QueryAsync<string>(new CommandDefinition("""
            select l.address from ledger_trackers t join ledgers l using (ledger_id)
            where t.wallet_id = @WalletId and l.network = @Network and l.ledger_id <> @LedgerId and l.wanted_at > l.checked_at and l.tip_hash is not null
            order by l.checked_at, l.ledger_id limit @limit
            """, new { walk.WalletId, walk.Network, walk.LedgerId, limit }, cancellationToken: ct))).AsList();
    }

    /// <summary>Transactions that were seen young and have reached a height of confirmation since.</summary>
    public static async Task<List<KnownTransaction>> ConfirmAsync(NpgsqlConnection connection, Guid ledgerId, long upToHeight, CancellationToken ct) =>
        (await connection.QueryAsync<KnownTransaction>(new CommandDefinition(
            $"update ledger_transactions set confirmed = true where ledger_id = @ledgerId and not confirmed and not orphaned and height <= @upToHeight returning {Known}",
            new { ledgerId, upToHeight }, cancellationToken: ct))).AsList();

    /// <summary>Writes a page's rows; the caller appends its events in the same work.</summary>
    public static async Task WritePageAsync(NpgsqlConnection connection, Walk walk, Network network, PageChange change, CancellationToken ct)
    {
        var written = change.Written;
        if (written.Count > 0)
        {
            var confirmedUpTo = walk.StartHeight!.Value - network.ConfirmationsRequired + 1;
            await connection.ExecuteAsync(new CommandDefinition("""
                insert into ledger_transactions as t (ledger_id, txid, height, block_hash, delta, incarnation, orphaned, confirmed, seen_round, others, parts)
                select @LedgerId, n.txid, n.height, n.block_hash, n.delta::numeric, n.incarnation, false, n.height <= @confirmedUpTo, @Round, n.others::jsonb, n.parts::jsonb
                from unnest(@txids, @heights, @blocks, @deltas, @incarnations, @others, @parts) as n (txid, height, block_hash, delta, incarnation, others, parts)
                on conflict (ledger_id, txid) do update set height = excluded.height, block_hash = excluded.block_hash, delta = excluded.delta,
                    incarnation = excluded.incarnation, orphaned = false, confirmed = excluded.confirmed, seen_round = excluded.seen_round, others = excluded.others,
                    parts = excluded.parts, disputed = null
                """, new
            {
                walk.LedgerId, walk.Round, confirmedUpTo,
                txids = written.Select(t => t.Txid).ToArray(),
                heights = written.Select(t => t.Height).ToArray(),
                blocks = written.Select(t => t.BlockHash).ToArray(),
                deltas = written.Select(t => t.Delta.ToString()).ToArray(),
                incarnations = change.Incarnations.ToArray(),
                others = written.Select(t => TokenDeltas.Write(t.Others)).ToArray(),
                parts = written.Select(t => TransactionComparison.Write(t.Parts)).ToArray(),
            }, cancellationToken: ct));
        }

        if (change.Revised.Count > 0) await ReviseAsync(connection, walk.LedgerId, change.Revised, ct);
        if (change.Placed.Count > 0) await PlaceAsync(connection, walk.LedgerId, change.Placed, ct);
        if (change.SeenAgain.Count > 0)
        {
            await connection.ExecuteAsync(new CommandDefinition(
                $"update ledger_transactions set seen_round = @Round where ctid = any(array(select (select ctid from {ByKey}) from unnest(@txids) as u (txid)))",
                new { ledgerId = walk.LedgerId, walk.Round, txids = change.SeenAgain.ToArray() }, cancellationToken: ct));
        }
    }

    /// <summary>
    /// Transactions whose block has no name, in the newest blocks. Those that the round was to meet and did not may be about to go.
    /// </summary>
    public static async Task<List<KnownTransaction>> UnnamedAsync(NpgsqlConnection connection, Walk walk, int most, CancellationToken ct) =>
        (await connection.QueryAsync<KnownTransaction>(new CommandDefinition($"""
            select {Known} from ledger_transactions
            where ledger_id = @LedgerId and block_hash is null and not orphaned and height <= @StartHeight and (seen_round = @Round or height <= @settled)
            order by height desc limit @most
            """, new { walk.LedgerId, walk.StartHeight, walk.Round, settled = walk.SettledHeight ?? -1, most }, cancellationToken: ct))).AsList();

    private static Task<int> ReviseAsync(NpgsqlConnection connection, Guid ledgerId, IReadOnlyList<KnownTransaction> revised, CancellationToken ct) =>
        connection.ExecuteAsync(new CommandDefinition($"""
            update ledger_transactions t set delta = u.delta::numeric, others = u.others::jsonb, parts = u.parts::jsonb, disputed = u.disputed::numeric
            from unnest(@txids, @deltas, @others, @parts, @disputed) as u (txid, delta, others, parts, disputed) cross join lateral (select ctid from {ByKey}) k
            where t.ctid = k.ctid
            """, new
        {
            ledgerId,
            txids = revised.Select(row => row.Txid).ToArray(), deltas = revised.Select(row => row.Delta.ToString()).ToArray(),
            others = revised.Select(row => row.Others).ToArray(), parts = revised.Select(row => row.Parts).ToArray(),
            disputed = revised.Select(row => row.Disputed?.ToString()).ToArray(),
        }, cancellationToken: ct));

    /// <summary>Gives transactions their block's name.</summary>
    public static Task PlaceAsync(NpgsqlConnection connection, Guid ledgerId, IReadOnlyList<(string Txid, string BlockHash)> placed, CancellationToken ct) =>
        connection.ExecuteAsync(new CommandDefinition($"""
            update ledger_transactions t set block_hash = u.block_hash
            from unnest(@txids, @blocks) as u (txid, block_hash) cross join lateral (select ctid from {ByKey}) k
            where t.ctid = k.ctid
            """, new { ledgerId, txids = placed.Select(t => t.Txid).ToArray(), blocks = placed.Select(t => t.BlockHash).ToArray() }, cancellationToken: ct));

    /// <summary>How many transactions some later reading disputes, and by how much of the native asset in sum.</summary>
    public static Task<(long Count, Amount Sum)> DisputedAsync(NpgsqlConnection connection, Guid ledgerId, CancellationToken ct) =>
        connection.QuerySingleAsync<(long, Amount)>(new CommandDefinition(
            "select count(*), coalesce(sum(disputed), 0)::text from ledger_transactions where ledger_id = @ledgerId and disputed is not null and not orphaned",
            new { ledgerId }, cancellationToken: ct));

    /// <summary>Marks transactions as out of the chain.</summary>
    public static Task OrphanAsync(NpgsqlConnection connection, Guid ledgerId, IEnumerable<KnownTransaction> gone, CancellationToken ct) =>
        connection.ExecuteAsync(new CommandDefinition(
            $"update ledger_transactions set orphaned = true, confirmed = false, incarnation = incarnation + 1 where ctid = any(array(select (select ctid from {ByKey}) from unnest(@txids) as u (txid)))",
            new { ledgerId, txids = gone.Select(t => t.Txid).ToArray() }, cancellationToken: ct));

    /// <summary>Saves the walk and its ledger as they stand, and keeps the claim for another while.</summary>
    public static Task SaveAsync(NpgsqlConnection connection, Walk walk, int lease, CancellationToken ct) =>
        connection.ExecuteAsync(new CommandDefinition("""
            with ledger as (
                update ledgers set settled_height = @SettledHeight, tip_height = @TipHeight, tip_hash = @TipHash,
                    derived = @derived::numeric, derived_count = @DerivedCount,
                    reported = @reported::numeric, reported_pending = @pending::numeric, reported_count = @ReportedCount,
                    verdict = @Verdict, verdict_height = case when @Verdict = verdict and @VerdictAt = verdict_at then verdict_height else @TipHeight end,
                    verdict_at = @VerdictAt, repaired_for = @RepairedFor, stale_since = @StaleSince, disputed = @Disputed::jsonb, verdict_by = @VerdictBy
                where ledger_id = @LedgerId)
            update walks set kind = @Kind, round = @Round, rounds = @Rounds, start_height = @StartHeight, start_hash = @StartHash,
                floor_height = @FloorHeight, expected_count = @ExpectedCount, cursor_height = @CursorHeight, cursor_txid = @CursorTxid, cursor_newer = @CursorNewer,
                anchor_height = @AnchorHeight, anchor_txid = @AnchorTxid, anchor_newer = @AnchorNewer, provider = @Provider, switch_height = @SwitchHeight, doubted_height = @DoubtedHeight, pages_done = @PagesDone, round_seen = @RoundSeen, served_kept = @ServedKept,
                pages = @Pages, requests = @Requests, found = @Found, read = @Read, failures = @Failures, leased_until = now() + make_interval(secs => @lease)
            where ledger_id = @LedgerId
            """, new
        {
            walk.LedgerId, walk.SettledHeight, walk.TipHeight, walk.TipHash, derived = walk.Derived.ToString(), walk.DerivedCount,
            reported = walk.Reported?.ToString(), pending = walk.ReportedPending?.ToString(), walk.ReportedCount, walk.Verdict, walk.VerdictAt, walk.RepairedFor, walk.StaleSince, walk.Disputed, walk.VerdictBy,
            walk.Kind, walk.Round, walk.Rounds, walk.StartHeight, walk.StartHash, walk.FloorHeight, walk.ExpectedCount,
            walk.CursorHeight, walk.CursorTxid, walk.CursorNewer, walk.AnchorHeight, walk.AnchorTxid, walk.AnchorNewer, walk.Provider, walk.SwitchHeight, walk.DoubtedHeight, walk.PagesDone, walk.RoundSeen, walk.ServedKept,
            walk.Pages, walk.Requests, walk.Found, walk.Read, walk.Failures, lease,
        }, cancellationToken: ct));

    /// <summary>Ends the slice with its answer; a walk that is done frees its ledger and wakes every other wallet that waits for it.</summary>
    public static async Task EndSliceAsync(NpgsqlConnection connection, Walk walk, SliceAnswer answer, bool checkAgain, CancellationToken ct)
    {
        var done = answer.Outcome is SliceOutcome.Done;
        await connection.ExecuteAsync(new CommandDefinition("""
            update walks set slice_done = true, answer = @json::jsonb, active = not @done, reason = @Reason, retry_at = @RetryAt, failures = @Failures,
                leased_until = coalesce(@RetryAt, leased_until)
            where ledger_id = @LedgerId
            """, new { walk.LedgerId, json = JsonSerializer.Serialize(answer), done, answer.Reason, answer.RetryAt, walk.Failures }, cancellationToken: ct));
        if (!done) return;

        await connection.ExecuteAsync(new CommandDefinition("""
            update ledgers l set checked_at = w.started_at, wanted_at = case when @checkAgain then now() else l.wanted_at end
            from walks w where l.ledger_id = @LedgerId and w.ledger_id = l.ledger_id;
            update wallet_syncs s set due_at = least(s.due_at, now()), woken_at = null
            from ledger_trackers t where t.ledger_id = @LedgerId and s.correlation_id = t.wallet_id and s.correlation_id <> @WalletId and s.state = 'Waiting'
            """, new { walk.LedgerId, walk.WalletId, checkAgain }, cancellationToken: ct));
    }

    // One look-up by the primary key for each txid, whatever the planner believes about a ledger that is newer than its
    // statistics: taken for nearly empty, it would be read as a whole for every page.
    private const string ByKey = "ledger_transactions where ledger_id = @ledgerId and txid = u.txid limit 1";

    private const string Known = "txid, height, block_hash, delta::text as delta, incarnation, orphaned, seen_round, others::text as others, parts::text as parts, disputed::text as disputed";
}

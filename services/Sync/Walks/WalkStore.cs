using System.Text.Json;
using EventSourcing;
using Npgsql;
using Postgres;

namespace Sync.Walks;

/// <summary>Another consumer took the slice over, or the ledger was closed: nothing more may be stored for it.</summary>
internal sealed class ClaimLostException() : Exception("The slice is no longer this consumer's.");

/// <summary>Wakes, in the caller's transaction, every wallet but one that waits for one of these ledgers.</summary>
internal delegate Task WakeWaiting(NpgsqlConnection connection, Guid[] ledgers, Guid exceptWallet, CancellationToken ct);

/// <summary>The rows of ledgers and their walks. Every write belongs to a transaction that checks the slice's fence.</summary>
internal sealed class WalkStore(NpgsqlDataSource database, EventStore store, WakeWaiting wakeWaiting)
{
    public NpgsqlDataSource Database => database;

    /// <summary>
    /// Claims a slice by compare-and-set. Null with an answer: it was done before. Null without: another consumer has
    /// it in hand, or it is not this walk's next slice.
    /// </summary>
    public async Task<((Claim Claim, WalkState State)? Held, SliceAnswer? Answer)> ClaimAsync(
        FetchPages command, bool takeOver, int lease, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        if (await WalkRows.ClaimAsync(connection, command, takeOver, lease, ct) is { } held) return (held, null);

        var answer = await connection.ScalarAsync<string>(
            "select answer::text from walks where ledger_id = @LedgerId and walk_no = @WalkNo and slice = @Slice and slice_done", command, ct);
        return (null, answer is null ? null : JsonSerializer.Deserialize<SliceAnswer>(answer));
    }

    /// <summary>Begins a transaction that holds the claim: ledger and walk stay locked until it ends.</summary>
    /// <exception cref="ClaimLostException">The claim is gone.</exception>
    public async Task<Work> BeginAsync(Claim claim, CancellationToken ct)
    {
        var work = await store.BeginAsync(ct);
        try
        {
            var held = await work.Connection.ScalarAsync<int?>("""
                select 1 from ledgers l join walks w using (ledger_id)
                where l.ledger_id = @LedgerId and w.walk_no = @WalkNo and w.fence = @Fence and w.active
                for update of l, w
                """, new { claim.LedgerId, claim.WalkNo, claim.Fence }, ct);
            return held is 1 ? work : throw new ClaimLostException();
        }
        catch
        {
            await work.DisposeAsync();
            throw;
        }
    }

    /// <summary>The wallet's other addresses on the network whose regular check is due by then, those longest unchecked first.</summary>
    public async Task<IReadOnlyList<string>> OtherDueAsync(Claim claim, int limit, DateTimeOffset oldBefore, CancellationToken ct) =>
        await database.QueryAsync<string>("""
            select l.address from ledger_trackers t join ledgers l using (ledger_id)
            where t.wallet_id = @WalletId and l.network = @Network and l.ledger_id <> @LedgerId
              and (l.wanted_at > l.checked_at or l.touched_at > l.checked_at or l.checked_at < @oldBefore) and l.tip_hash is not null
            order by l.checked_at, l.ledger_id limit @limit
            """, new { claim.WalletId, claim.Network, claim.LedgerId, limit, oldBefore }, ct);

    /// <summary>Moves the round by a page, and keeps the claim for another while.</summary>
    public static Task SavePageAsync(NpgsqlConnection connection, Claim claim, WalkState state, int lease, CancellationToken ct)
    {
        var (round, counters) = (state.Round!, state.Counters);
        return connection.ExecuteAsync("""
            with ledger as (update ledgers set derived = @derived::numeric, derived_count = @DerivedCount where ledger_id = @LedgerId)
            update walks set cursor_height = @cursorHeight, cursor_txid = @cursorTxid, cursor_newer = @cursorNewer,
                anchor_height = @anchorHeight, anchor_txid = @anchorTxid, anchor_newer = @anchorNewer, doubted_height = @DoubtedHeight,
                pages_done = @PagesDone, round_seen = @Seen, served_kept = @ServedKept,
                pages = @Pages, requests = @Requests, found = @Found, read = @Read, failures = @Failures,
                leased_until = now() + make_interval(secs => @lease)
            where ledger_id = @LedgerId
            """, new
        {
            claim.LedgerId, derived = state.Ledger.Derived.ToString(), state.Ledger.DerivedCount,
            cursorHeight = round.Cursor?.Height, cursorTxid = round.Cursor?.Txid, cursorNewer = round.Cursor?.Newer ?? 0,
            anchorHeight = round.Anchor?.Height, anchorTxid = round.Anchor?.Txid, anchorNewer = round.Anchor?.Newer ?? 0,
            round.DoubtedHeight, round.PagesDone, round.Seen, round.ServedKept,
            counters.Pages, counters.Requests, counters.Found, counters.Read, counters.Failures, lease,
        }, ct);
    }

    /// <summary>Saves ledger and walk as they stand, and keeps the claim for another while.</summary>
    public static Task SaveAsync(NpgsqlConnection connection, Claim claim, WalkState state, int lease, CancellationToken ct) =>
        WalkRows.SaveAsync(connection, claim, state, lease, ct);

    /// <summary>
    /// Ends the slice with its answer; a walk that is done frees its ledger and wakes every other wallet that waits for it.
    /// Where it is to be checked again, it is wanted at once.
    /// </summary>
    public async Task EndSliceAsync(
        NpgsqlConnection connection, Claim claim, SliceAnswer answer, int failures, bool checkAgain, CancellationToken ct)
    {
        var done = answer.Outcome is SliceOutcome.Done;
        await connection.ExecuteAsync("""
            update walks set slice_done = true, answer = @json::jsonb, active = not @done,
                reason = @Reason, retry_at = @RetryAt, failures = @failures,
                leased_until = coalesce(@RetryAt, leased_until)
            where ledger_id = @LedgerId
            """, new { claim.LedgerId, json = JsonSerializer.Serialize(answer), done, answer.Reason, answer.RetryAt, failures }, ct);
        if (!done) return;

        // Both rows are locked by the claim's transaction.
        await connection.ExecuteAsync("""
            update ledgers l set checked_at = w.started_at, wanted_at = case when @checkAgain then now() else l.wanted_at end,
                unsettled_above = case when l.touched_at > w.started_at then l.unsettled_above end
            from walks w where l.ledger_id = @LedgerId and w.ledger_id = l.ledger_id
            """, new { claim.LedgerId, checkAgain }, ct);
        await wakeWaiting(connection, [claim.LedgerId], claim.WalletId, ct);
    }
}

using Chains;
using Npgsql;
using Postgres;
using Sync.Chains;
using Sync.Ledgers;
using Sync.Reconciliation;
using Sync.Walks.Rounds;

namespace Sync.Walks;

/// <summary>How a claim and the state of its walk lie in the rows of <c>ledgers</c> and <c>walks</c>.</summary>
internal static class WalkRows
{
    private const string Lock = """
        select 1 from ledgers l join walks w using (ledger_id)
        where l.ledger_id = @LedgerId and w.walk_no = @WalkNo and w.active
          and ((w.slice_done and w.slice = @Slice - 1) or (not w.slice_done and w.slice = @Slice and (@takeOver or w.leased_until < now())))
        for update of l, w
        """;

    private const string Take = """
        update walks w set slice = @slice, slice_done = false, answer = null, fence = w.fence + 1,
            leased_until = now() + make_interval(secs => @lease), retry_at = null
        from ledgers l where l.ledger_id = w.ledger_id and w.ledger_id = @ledgerId
        returning w.ledger_id, w.walk_no, w.slice, w.fence, w.wallet_id, w.trigger, l.network, l.address,
            case when l.unsettled_above < l.settled_height then l.unsettled_above else l.settled_height end as settled_height,
            l.tip_height, l.tip_hash, l.derived::text as derived, l.derived_count,
            l.reported::text as reported, l.reported_pending::text as reported_pending, l.reported_count,
            l.opened_at, l.checked_at, l.stale_since, l.read_again_at,
            exists (select from ledger_transactions u where u.ledger_id = l.ledger_id and u.block_hash is null and not u.orphaned) as has_unnamed,
            exists (select from ledger_gaps g where g.ledger_id = l.ledger_id) as has_gaps,
            exists (select from pending_transactions p where p.ledger_id = l.ledger_id and p.state = 'waiting') as has_pending,
            l.verdict, l.verdict_at, l.verdict_by, l.repaired_for, l.disputed::text as disputed, l.below_zero::text as below_zero,
            w.kind, w.round, w.rounds, w.start_height, w.start_hash, w.floor_height, w.expected_count,
            w.cursor_height, w.cursor_txid, w.cursor_newer, w.anchor_height, w.anchor_txid, w.anchor_newer, w.provider,
            w.switch_height, w.doubted_height, w.pages_done, w.round_seen, w.served_kept, w.pages, w.requests, w.found, w.read, w.failures
        """;

    // What a closed round leaves in these columns stays until the next one begins.
    private const string UnderWay = """
        start_height = @startHeight, start_hash = @startHash, floor_height = @floorHeight, expected_count = @expectedCount,
        cursor_height = @cursorHeight, cursor_txid = @cursorTxid, cursor_newer = @cursorNewer,
        anchor_height = @anchorHeight, anchor_txid = @anchorTxid, anchor_newer = @anchorNewer,
        switch_height = @switchHeight, doubted_height = @doubtedHeight, pages_done = @pagesDone, round_seen = @seen, served_kept = @servedKept,
        """;

    /// <summary>Claims a slice and reads its walk; null where it is not to be had.</summary>
    public static async Task<(Claim Claim, WalkState State)?> ClaimAsync(
        NpgsqlConnection connection, FetchPages command, bool takeOver, int lease, CancellationToken ct)
    {
        // Both rows are locked by a statement before the one that reads them: whoever waits for a page to be stored reads the
        // whole of it. An update joined to the ledger would see the new walk beside the ledger as it was before.
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await connection.ScalarAsync<int?>(Lock, new { command.LedgerId, command.WalkNo, command.Slice, takeOver }, ct) is null) return null;

        (Claim, WalkState) held;
        await using (var take = new NpgsqlCommand(Take, connection))
        {
            take.Parameters.AddWithValue("ledgerId", command.LedgerId);
            take.Parameters.AddWithValue("slice", command.Slice);
            take.Parameters.AddWithValue("lease", (double)lease);
            await using var row = await take.ExecuteReaderAsync(ct);
            await row.ReadAsync(ct);
            held = Read(row);
        }

        await transaction.CommitAsync(ct);
        return held;
    }

    /// <summary>Saves all that moves of ledger and walk, and keeps the claim for another while.</summary>
    public static Task SaveAsync(NpgsqlConnection connection, Claim claim, WalkState state, int lease, CancellationToken ct)
    {
        var (ledger, reconciliation, round, counters) = state;
        return connection.ExecuteAsync($"""
            with ledger as (
                update ledgers set settled_height = @SettledHeight, tip_height = @tipHeight, tip_hash = @tipHash,
                    derived = @derived::numeric, derived_count = @DerivedCount,
                    reported = @reported::numeric, reported_pending = @pending::numeric, reported_count = @reportedCount,
                    verdict = @verdict, verdict_at = @VerdictAt, verdict_by = @VerdictBy,
                    verdict_height = case when @verdict = verdict and @VerdictAt = verdict_at then verdict_height else @tipHeight end,
                    repaired_for = @escalation, disputed = @dispute::jsonb, below_zero = @belowZero::numeric,
                    stale_since = @StaleSince, read_again_at = @ReadAgainAt
                where ledger_id = @LedgerId)
            update walks set kind = @kind, {(round is null ? "" : UnderWay)} round = @LastRound, rounds = @Rounds, provider = @Provider,
                pages = @Pages, requests = @Requests, found = @Found, read = @Read, failures = @Failures,
                leased_until = now() + make_interval(secs => @lease)
            where ledger_id = @LedgerId
            """, new
        {
            claim.LedgerId, ledger.SettledHeight, tipHeight = ledger.Tip?.Height, tipHash = ledger.Tip?.Hash,
            derived = ledger.Derived.ToString(), ledger.DerivedCount,
            reported = ledger.Reported?.Confirmed.ToString(), pending = ledger.Reported?.Pending.ToString(),
            reportedCount = ledger.Reported?.TransactionCount,
            verdict = reconciliation.Verdict?.Name(), reconciliation.VerdictAt, reconciliation.VerdictBy,
            escalation = reconciliation.Escalation?.Write(), dispute = reconciliation.Dispute?.Write(),
            belowZero = reconciliation.BelowZero?.ToString(), ledger.StaleSince, ledger.ReadAgainAt,
            kind = round?.Kind.Name(), counters.LastRound, counters.Rounds, startHeight = round?.Start.Height, startHash = round?.Start.Hash,
            floorHeight = round?.FloorHeight, expectedCount = round?.ExpectedCount,
            cursorHeight = round?.Cursor?.Height, cursorTxid = round?.Cursor?.Txid, cursorNewer = round?.Cursor?.Newer ?? 0,
            anchorHeight = round?.Anchor?.Height, anchorTxid = round?.Anchor?.Txid, anchorNewer = round?.Anchor?.Newer ?? 0, state.Provider,
            switchHeight = round?.SwitchHeight, doubtedHeight = round?.DoubtedHeight, pagesDone = round?.PagesDone ?? false,
            seen = round?.Seen ?? 0, servedKept = round?.ServedKept ?? false,
            counters.Pages, counters.Requests, counters.Found, counters.Read, counters.Failures, lease,
        }, ct);
    }

    private static (Claim, WalkState) Read(NpgsqlDataReader row)
    {
        var claim = new Claim(
            Get<Guid>("ledger_id"), Get<long>("walk_no"), Get<int>("slice"), Get<long>("fence"), Get<Guid>("wallet_id"),
            Triggers.Parse(Get<string>("trigger")!), Get<string>("network")!, Get<string>("address")!);
        var ledger = new LedgerState
        {
            SettledHeight = Get<long?>("settled_height"),
            Tip = Get<string>("tip_hash") is { } tip ? new(Get<long>("tip_height"), tip) : null,
            Derived = Amount.Parse(Get<string>("derived")), DerivedCount = Get<long>("derived_count"),
            Reported = Get<string>("reported") is { } reported
                ? new(Amount.Parse(reported), Amount.Parse(Get<string>("reported_pending")), Get<long?>("reported_count")) : null,
            OpenedAt = Get<DateTimeOffset?>("opened_at"),
            CheckedAt = Get<DateTimeOffset?>("checked_at"), StaleSince = Get<DateTimeOffset?>("stale_since"),
            ReadAgainAt = Get<DateTimeOffset?>("read_again_at"),
            HasUnnamed = Get<bool>("has_unnamed"), HasGaps = Get<bool>("has_gaps"), HasPending = Get<bool>("has_pending"),
        };
        var reconciliation = new ReconciliationState
        {
            Verdict = Get<string>("verdict") is { } verdict ? Enum.Parse<Verdict>(verdict, ignoreCase: true) : null,
            VerdictAt = Get<DateTimeOffset?>("verdict_at"), VerdictBy = Get<string>("verdict_by"),
            Escalation = MismatchEscalation.Read(Get<string>("repaired_for")), Dispute = Dispute.Read(Get<string>("disputed")),
            BelowZero = Get<string>("below_zero") is { } lowest ? Amount.Parse(lowest) : null,
        };
        var round = Get<string>("kind") is not { } kind ? null
            : new Round(Enum.Parse<RoundKind>(kind, ignoreCase: true), Get<long>("round"), new(Get<long>("start_height"), Get<string>("start_hash")!))
            {
                FloorHeight = Get<long?>("floor_height"), ExpectedCount = Get<long?>("expected_count"),
                Cursor = Place("cursor"), Anchor = Place("anchor"),
                SwitchHeight = Get<long?>("switch_height"), DoubtedHeight = Get<long?>("doubted_height"), PagesDone = Get<bool>("pages_done"),
                Seen = Get<long>("round_seen"), ServedKept = Get<bool>("served_kept"),
            };
        var counters = new WalkCounters(
            Get<long>("round"), Get<int>("rounds"), Get<long>("pages"), Get<long>("requests"), Get<long>("read"), Get<long>("found"),
            Get<int>("failures"));
        return (claim, new WalkState(ledger, reconciliation, round, counters) { Provider = Get<string>("provider") });

        T? Get<T>(string column) => row.GetOrdinal(column) is var at && row.IsDBNull(at) ? default : row.GetFieldValue<T>(at);

        Position? Place(string which) =>
            Get<string>($"{which}_txid") is { } txid ? new(Get<long>($"{which}_height"), txid, Get<long>($"{which}_newer")) : null;
    }
}

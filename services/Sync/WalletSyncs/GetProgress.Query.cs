using Npgsql;
using Postgres;
using ServiceDefaults;

namespace Sync.WalletSyncs;

internal static partial class GetProgress
{
    private const int GapsShown = 5;

    // What was found for other wallets before this one tracked the address is not told: it would tell that they are there.
    // Known is what is stored of what a provider counts. What is to read also counts what a repair reads again; it takes
    // as long as at the walk's pace so far, after the wait it is in. A second failure in a row makes the end unknown.
    private const string Progress = $"""
        p.*, p.paused or p.unsynced as left_out,
        case when p.synced or p.paused or p.unsynced or (p.retry_at is not null and p.failures > 1) or p.read <= 0 or p.paced_seconds <= 0 then null
                  else greatest(p.wait_seconds, 0) + p.paced_seconds * p.to_read / p.read end as eta_seconds
        from (
            select t.wallet_id, t.address_id, t.shown_run, t.shown_percent, t.shown_pages, l.network, l.address,
                case when own then l.verdict end as verdict, case when own then l.verdict_height end as verdict_height,
                case when own then l.checked_at end as checked_at, case when own then l.stale_since end as stale_since,
                case when own then l.cross_check::text end as cross_check,
                case when own then (select count(*) from ledger_gaps g where g.ledger_id = l.ledger_id) else 0 end as gap_count,
                own and l.verdict is not null as synced, {WalletSyncs.SyncPause.Sql} as paused,
                l.network <> all(@networks) as unsynced,
                coalesce(w.active, false) as active, w.reason, case when w.active then w.retry_at end as retry_at,
                case when own or w.active then coalesce(w.pages, 0) else 0 end as pages,
                case when not own then 0 when l.verdict is null then least(l.derived_count, l.reported_count) else l.derived_count end as known,
                case when not own then null when l.verdict is null then l.reported_count else l.derived_count end as expected,
                case when not own then null when l.verdict is not null then 0
                     when w.active and w.kind in ('first', 'repair') then
                         case when w.expected_count is not null then greatest(w.expected_count - w.round_seen, 0) end
                     when l.reported_count is not null then greatest(l.reported_count - l.derived_count, 0) end as to_read,
                w.failures, w.paced_run, case when w.active then w.read - w.paced_read end as read, w.read - w.paced_read as run_read,
                extract(epoch from case when w.retry_at is null then now() else (w.answer ->> 'At')::timestamptz end
                    - w.paced_from)::float8 as paced_seconds,
                extract(epoch from w.retry_at - now())::float8 as wait_seconds
            from ledger_trackers t join ledgers l using (ledger_id) left join walks w using (ledger_id)
                cross join lateral (select t.tracked_at is null or l.checked_at is null or l.checked_at >= t.tracked_at as own) as others
            where t.wallet_id = @id) p
        """;

    private static Task<Saga?> SagaAsync(NpgsqlConnection connection, Guid id, CancellationToken ct) =>
        connection.QueryFirstOrDefaultAsync<Saga>("""
            select s.state, s.due_at, s.data ->> 'Reason' as reason, coalesce((s.data ->> 'RunId')::uuid, w.wallet_id) as run_id,
                coalesce((s.data ->> 'FailedRun')::uuid, (s.data ->> 'RunId')::uuid, w.wallet_id) as shown_as,
                w.shown_run, w.shown_percent,
                   extract(epoch from coalesce((s.data ->> 'WaitsSince')::timestamptz, now())
                       - coalesce((s.data ->> 'PacedFrom')::timestamptz, (s.data ->> 'StartedAt')::timestamptz))::float8 as paced_seconds
            from wallet_syncs s join wallets w on w.wallet_id = s.correlation_id where s.correlation_id = @id
            """, new { id }, ct);

    private static Task<Total> TotalAsync(NpgsqlConnection connection, Guid id, Guid? run, string[] networks, CancellationToken ct) =>
        connection.QuerySingleAsync<Total>($"""
            select count(*) as addresses, count(*) filter (where synced) as synced, count(*) filter (where paused) as paused,
                   count(*) filter (where unsynced and not synced) as nobody_tells,
                   string_agg(distinct network, ', ') filter (where unsynced and not paused) as unsynced,
                   count(*) filter (where synced and paced_run = @run) as run_synced,
                   coalesce(sum(known), 0)::bigint as known, coalesce(sum(expected), 0)::bigint as expected,
                   count(*) filter (where not synced and not left_out) as "left",
                   count(*) filter (where not synced and not left_out and eta_seconds is null) as left_without_eta,
                   count(*) filter (where not synced and not left_out and expected is null) as left_unknown,
                   coalesce(sum(to_read) filter (where not left_out), 0)::bigint as to_read,
                   coalesce(sum(run_read) filter (where paced_run = @run), 0)::bigint as run_read,
                   max(eta_seconds) as slowest, min(stale_since) as stale_since,
                   min(wait_seconds) filter (where not synced and not left_out) as wait_seconds,
                   coalesce(bool_or(retry_at is not null and failures > 1 and not synced and not left_out), false) as stuck
            from (select {Progress}) as a
            """, new { id, run, networks }, ct);

    private static async Task<List<Row>> RowsAsync(NpgsqlConnection connection, Guid id, PagePlace place, string[] networks, CancellationToken ct) =>
        (await connection.QueryAsync<Row>($"""
            select {Progress} {(place.IsStart ? "" : $"where p.address_id {(place.Backward ? "<" : ">")} @after")}
            order by p.address_id {(place.Backward ? "desc" : "")} limit @Fetch
            """, new { id, after = place.IsStart ? Guid.Empty : place.Key<Guid>(0), place.Fetch, networks }, ct));

    // The oldest ones of each address.
    private static async Task<ILookup<Guid, GapView>> GapsAsync(NpgsqlConnection connection, Guid[] addresses, CancellationToken ct)
    {
        var gaps = addresses.Length == 0 ? [] : await connection.QueryAsync<(Guid AddressId, string Txid, long Height, string Provider, string Reason,
            DateTimeOffset NextTry)>("""
            select t.address_id, g.txid, g.height, g.provider, g.reason, g.retry_at
            from ledger_trackers t cross join lateral (
                select * from ledger_gaps g where g.ledger_id = t.ledger_id order by g.height, g.txid limit @GapsShown) g
            where t.address_id = any(@addresses) order by g.height, g.txid
            """, new { addresses, GapsShown }, ct);
        return gaps.ToLookup(gap => gap.AddressId, gap => new GapView(gap.Txid, gap.Height, gap.Provider, gap.Reason, gap.NextTry));
    }

    private sealed class Saga
    {
        public string State { get; init; } = "";

        public DateTimeOffset? DueAt { get; init; }

        public string? Reason { get; init; }

        public Guid RunId { get; init; }

        /// <summary>The run that progress is shown for: tries after a failure go on with the failed one's.</summary>
        public Guid ShownAs { get; init; }

        public double? PacedSeconds { get; init; }

        public Guid? ShownRun { get; init; }

        public int? ShownPercent { get; init; }

        public bool IsRunning => State is "Syncing" or "Waiting";
    }

    private sealed class Total
    {
        public long Addresses { get; init; }

        public long NobodyTells { get; init; }

        public long Synced { get; init; }

        public long Paused { get; init; }

        /// <summary>The networks of addresses that are not synced here; null where there are none.</summary>
        public string? Unsynced { get; init; }

        public long RunSynced { get; init; }

        public long Known { get; init; }

        public long Expected { get; init; }

        public long Left { get; init; }

        public long LeftWithoutEta { get; init; }

        public long LeftUnknown { get; init; }

        public long ToRead { get; init; }

        public long RunRead { get; init; }

        public double? Slowest { get; init; }

        public double? WaitSeconds { get; init; }

        public bool Stuck { get; init; }

        public DateTimeOffset? StaleSince { get; init; }
    }

    private sealed class Row
    {
        public Guid AddressId { get; init; }

        public string Network { get; init; } = "";

        public string Address { get; init; } = "";

        public string? Verdict { get; init; }

        public long? VerdictHeight { get; init; }

        public DateTimeOffset? CheckedAt { get; init; }

        public DateTimeOffset? StaleSince { get; init; }

        public string? CrossCheck { get; init; }

        public long GapCount { get; init; }

        public bool Synced { get; init; }

        public bool Paused { get; init; }

        public bool Unsynced { get; init; }

        public bool Active { get; init; }

        public string? Reason { get; init; }

        public DateTimeOffset? RetryAt { get; init; }

        public long Pages { get; init; }

        public long Known { get; init; }

        public long? Expected { get; init; }

        public double? EtaSeconds { get; init; }

        public Guid? ShownRun { get; init; }

        public int? ShownPercent { get; init; }

        public long ShownPages { get; init; }

        public int Percent => GetProgress.Percent(Known, Expected, Synced);

        /// <summary>What was shown for the run before.</summary>
        public ShownAddress AtLeast { get; set; } = ShownAddress.Nothing;

        public ShownAddress ShownFor(Guid run) => ShownRun == run ? new(ShownPercent ?? 0, ShownPages) : ShownAddress.Nothing;
    }
}

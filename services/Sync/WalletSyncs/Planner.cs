using Dapper;
using Npgsql;
using NpgsqlTypes;
using Postgres;
using Sync.Networks;
using Sync.Walks;

namespace Sync.WalletSyncs;

/// <summary>
/// Chooses the next ledgers of a wallet, in the saga's own transaction. A ledger that another wallet walks is waited for; one
/// of a network that is not synced here is no part of any run, so that it holds up nothing else.
/// </summary>
internal static class Planner
{
    private const string Tables = "from ledger_trackers t join ledgers l using (ledger_id) left join walks w using (ledger_id)";

    private const string Mine = $"where t.wallet_id = @walletId and not {SyncPause.Sql} and l.network = any(@networks)";

    private const string Tracked = $"{Tables} {Mine}";

    // Asked for: never walked, or a check was requested.
    private const string Asked = "(l.checked_at is null or l.wanted_at > l.checked_at)";

    // A block, or the mempool, told something of it since its last check.
    private const string Touched = "coalesce(l.touched_at > l.checked_at, false)";

    private const string Due = "(l.checked_at < p.asked_at or greatest(l.checked_at, p.covered) < o.old_before)";

    private const string Paced =
        $"{Tables} {CheckPaces.Join} join unnest(@paced, @oldBefore) as o (network, old_before) on o.network = l.network {Mine}";

    private const string Wanted = $"{Paced} and ({Asked} or {Touched} or {Due})";

    private const string Failed = "coalesce(w.failures >= @FailAfter, false)";

    /// <summary>
    /// What sets a run off: a request, addresses never walked, a block, or just the time. Addresses that failed too often set none off
    /// by themselves: their tries are no news.
    /// </summary>
    public static async Task<string> TriggerAsync(NpgsqlConnection connection, Guid walletId, string[] networks, bool isRequested, int failAfter,
        CancellationToken ct) =>
        await connection.ScalarAsync<string?>($"""
            select case when bool_or(l.checked_at is null) and not @isRequested then '{Triggers.Import}'
                when bool_or({Asked}) then '{Triggers.Requested}' else '{Triggers.Block}' end
            {Tracked} and ({Asked} or {Touched}) and (@isRequested or not {Failed}) having count(*) > 0
            """, new { walletId, networks, isRequested, FailAfter = failAfter }, ct) ?? Triggers.Scheduled;

    /// <summary>The walks in flight that are still this wallet's.</summary>
    public static async Task<HashSet<(Guid LedgerId, long WalkNo)>> HeldAsync(NpgsqlConnection connection, WalletSync saga, CancellationToken ct) =>
        [.. await connection.QueryAsync<(Guid, long)>(
            "select ledger_id, walk_no from walks where ledger_id = any(@ledgers) and wallet_id = @CorrelationId",
            new { ledgers = saga.InFlight.Select(slice => slice.LedgerId).ToArray(), saga.CorrelationId }, ct)];

    /// <summary>Whether something was asked for after that instant.</summary>
    public static Task<bool> IsWantedSinceAsync(NpgsqlConnection connection, Guid walletId, string[] networks, DateTimeOffset since,
        CancellationToken ct) =>
        connection.ScalarAsync<bool>(
            $"select exists (select 1 {Tracked} and {Asked} and l.wanted_at > @since)", new { walletId, networks, since }, ct);

    /// <summary>What the walks in flight came to by now, beyond what is accounted; they stay as they are until the transaction ends.</summary>
    public static async Task<(long Pages, long Requests, long Found)> UnansweredAsync(NpgsqlConnection connection, WalletSync saga,
        CancellationToken ct)
    {
        var slices = saga.InFlight;
        return await connection.QuerySingleAsync<(long, long, long)>("""
            with held as (
                select w.pages - s.pages as pages, w.requests - s.requests as requests, w.found - s.found as found
                from unnest(@ledgers, @walks, @pages, @requests, @found) as s (ledger_id, walk_no, pages, requests, found)
                join walks w on w.ledger_id = s.ledger_id and w.walk_no = s.walk_no and w.wallet_id = @CorrelationId
                order by w.ledger_id for update of w)
            select coalesce(sum(pages), 0)::bigint, coalesce(sum(requests), 0)::bigint, coalesce(sum(found), 0)::bigint from held
            """, new
        {
            saga.CorrelationId,
            ledgers = slices.Select(slice => slice.LedgerId).ToArray(),
            walks = slices.Select(slice => slice.WalkNo).ToArray(),
            pages = slices.Select(slice => slice.Pages).ToArray(),
            requests = slices.Select(slice => slice.Requests).ToArray(),
            found = slices.Select(slice => slice.Found).ToArray(),
        }, ct);
    }

    /// <summary>
    /// Gives up a wallet's walks of these ledgers where they stand: their slices store nothing more, and another wallet
    /// that wants an address goes on with its walk at once.
    /// </summary>
    public static async Task ReleaseAsync(NpgsqlConnection connection, Guid walletId, Guid[] ledgers, CancellationToken ct)
    {
        var freed = await connection.QueryAsync<Guid>("""
            update walks set walk_no = walk_no + 1, fence = fence + 1, slice = 0, slice_done = true, answer = null, leased_until = now()
            where ledger_id = any(@ledgers) and wallet_id = @walletId and active and retry_at is null
            returning ledger_id
            """, new { ledgers, walletId }, ct);
        await SyncSchedule.WakeWaitingForAsync(connection, [.. freed], walletId, ct);
    }

    /// <summary>
    /// Takes ledgers for the free places; where nothing is under way or to take, says what is waited for. Every address whose
    /// last check is old is wanted, whatever set the run off and whatever else it waits for.
    /// </summary>
    public static async Task<Plan> PlanAsync(NpgsqlConnection connection, WalletSync saga, string[] networks, SyncOptions options,
        DateTimeOffset now, CancellationToken ct)
    {
        var walletId = saga.CorrelationId;
        var paces = await CheckPaces.ReadAsync(connection, networks, options, ct);
        var every = await ShortestAsync(connection, walletId, paces, options, ct);
        var oldBefore = Sql.Column(networks, NpgsqlDbType.TimestampTz, network => OldBefore(saga, paces[network].Every, every, now));
        var slices = await TakeAsync(connection, saga, networks, options, paces, oldBefore, ct);
        if (slices.Count + saga.InFlight.Count > 0) return Plan.Nothing with { Slices = slices };

        var left = await connection.QuerySingleAsync<Left>($"""
            select count(*) as waiting, coalesce(bool_and({Failed}), false) as all_failed,
                   min(coalesce(w.retry_at, w.leased_until)) as next_try,
                   (array_agg(case when w.retry_at is null then '{RunRules.BeingRead}' else w.reason end
                       order by w.retry_at nulls last))[1] as reason,
                   (select min(greatest(l.checked_at, p.covered) + make_interval(secs => p.every)) {Paced} and not {Due}) as next_check
            {Wanted}
            """, new
        {
            walletId, networks, options.FailAfter, oldBefore, paced = paces.Paced, every = paces.Every, covered = paces.Covered,
            askedAt = paces.AskedAt,
        }, ct);
        return new Plan([], left.Waiting, left.AllFailed, left.Reason, left.NextTry, left.NextCheck) { Every = every };
    }

    // How often the wallet looks: at the pace of the most often checked of its addresses.
    private static async Task<TimeSpan> ShortestAsync(
        NpgsqlConnection connection, Guid walletId, CheckPaces paces, SyncOptions options, CancellationToken ct)
    {
        if (paces.AreEven) return paces.Paced is [var any, ..] ? paces[any].Every : TimeSpan.FromSeconds(options.CheckSeconds);
        var own = await connection.QueryAsync<string>(
            "select distinct l.network from ledger_trackers t join ledgers l using (ledger_id) where t.wallet_id = @walletId", new { walletId }, ct);
        return own.Intersect(paces.Paced).Select(network => paces[network].Every).DefaultIfEmpty(TimeSpan.FromSeconds(options.CheckSeconds)).Min();
    }

    // A regular check is of everything that would be due before the half of the time to the wallet's next one, so that its addresses
    // keep together.
    private static DateTimeOffset OldBefore(WalletSync saga, TimeSpan every, TimeSpan shortest, DateTimeOffset now)
    {
        var old = now - every;
        if (saga.Trigger != Triggers.Scheduled) return old;
        var begun = saga.StartedAt - every + (shortest / 2);
        return begun > old ? begun : old;
    }

    private static async Task<IReadOnlyList<SliceInFlight>> TakeAsync(
        NpgsqlConnection connection, WalletSync saga, string[] networks, SyncOptions options, CheckPaces paces,
        SqlMapper.ICustomQueryParameter oldBefore, CancellationToken ct)
    {
        // What failed too often takes no place of the others, and only one of it is under way.
        var free = options.AddressesAtOnce - saga.InFlight.Count(slice => !slice.IsRetry);
        var retries = saga.InFlight.Exists(slice => slice.IsRetry) ? 0 : 1;
        if (free <= 0 && retries == 0) return [];

        // Addresses known to be small come first, and those never asked about before them. A request made during a
        // scheduled run is a request all the same, and a check that is only due is no part of an import.
        var chosen = $"""
            select l.ledger_id, l.network, {Failed} as is_retry,
                case when l.wanted_at <= l.checked_at and {Touched} then '{Triggers.Block}'
                  when l.wanted_at <= l.checked_at then '{Triggers.Scheduled}'
                  when @Trigger in ('{Triggers.Scheduled}', '{Triggers.Block}') and l.wanted_at > @StartedAt then '{Triggers.Requested}'
                  else @Trigger end as trigger {Wanted}
              and (w.ledger_id is null or not w.active or (w.leased_until <= now() and coalesce(w.retry_at <= now(), true)))
              and l.ledger_id <> all(@inFlight)
            """;
        var taken = await connection.QueryAsync<SliceInFlight>($"""
            with well as (
                {chosen} and not {Failed}
                order by {Touched} desc, l.reported_count nulls first, l.ledger_id
                limit @free for update of l skip locked
            ), failing as (
                -- Few have: written so that the search begins with their walks and not with all addresses of the wallet.
                {chosen} and w.failures >= @FailAfter
                order by w.retry_at nulls first, l.ledger_id
                limit @retries for update of l skip locked
            ), chosen as (
                select * from well union all select * from failing
            ), walking as (
                insert into walks as w (ledger_id, walk_no, wallet_id, active, trigger, started_at, leased_until, paced_run, paced_from)
                select ledger_id, 1, @walletId, true, trigger, now(), now() + make_interval(secs => @AnswerSeconds), @RunId, now() from chosen
                on conflict (ledger_id) do update set
                    wallet_id = excluded.wallet_id, active = true, leased_until = excluded.leased_until,
                    trigger = case when w.active then w.trigger else excluded.trigger end,
                    walk_no = case when w.active then w.walk_no else w.walk_no + 1 end,
                    started_at = case when w.active then w.started_at else excluded.started_at end,
                    slice = case when w.active then w.slice else 0 end,
                    -- A slice that nobody answered for is given up for the next one; its fence keeps its consumer from storing more.
                    slice_done = true, fence = w.fence + 1,
                    -- A walk's pace is measured from where the run took it up, without the time it waited for a provider.
                    paced_run = excluded.paced_run,
                    paced_from = case when w.paced_run = excluded.paced_run
                        then w.paced_from + case when w.retry_at is null then interval '0' else now() - (w.answer ->> 'At')::timestamptz end
                        else now() end,
                    paced_read = case when w.paced_run = excluded.paced_run then w.paced_read else w.read end,
                    retry_at = null,
                    kind = case when w.active then w.kind end,
                    rounds = case when w.active then w.rounds else 0 end,
                    pages = case when w.active or w.paced_run = excluded.paced_run then w.pages else 0 end,
                    requests = case when w.active then w.requests else 0 end,
                    found = case when w.active then w.found else 0 end
                returning w.ledger_id, w.walk_no, w.slice + 1 as slice, w.pages, w.requests, w.found
            )
            select walking.ledger_id, chosen.network, walking.walk_no, walking.slice, walking.pages, walking.requests, walking.found,
                chosen.is_retry, chosen.trigger = '{Triggers.Block}' as is_touched
            from walking join chosen using (ledger_id)
            """, new
        {
            walletId = saga.CorrelationId, saga.Trigger, saga.StartedAt, saga.RunId, networks, free = Math.Max(free, 0), retries,
            options.AnswerSeconds, options.FailAfter, oldBefore, paced = paces.Paced, every = paces.Every, covered = paces.Covered,
            askedAt = paces.AskedAt, inFlight = saga.InFlight.Select(slice => slice.LedgerId).ToArray(),
        }, ct);
        return taken;
    }

    private sealed class Left
    {
        public long Waiting { get; init; }

        public bool AllFailed { get; init; }

        public string? Reason { get; init; }

        public DateTimeOffset? NextTry { get; init; }

        public DateTimeOffset? NextCheck { get; init; }
    }
}

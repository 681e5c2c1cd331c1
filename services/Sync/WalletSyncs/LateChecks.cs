using EventSourcing;
using Microsoft.Extensions.Options;
using Postgres;
using ServiceDefaults;
using Sync.Ledgers;
using Sync.Networks;

namespace Sync.WalletSyncs;

/// <summary>
/// Says of addresses whose regular check is late that they are out of date, whatever kept it: a slice that fails says so
/// itself, but a queue that stands still, a saga that waits or a network that nobody serves any more does not.
/// </summary>
internal sealed class LateChecks(EventStore store, IOptions<SyncOptions> options, TimeProvider clock, ILogger<LateChecks> log)
    : RecurringWork(TimeSpan.FromSeconds(Math.Max(options.Value.CheckSeconds / 4.0, 1)), clock, log)
{
    private const int AtOnce = 500;
    private const string Reason = "its regular check is late";
    private const string IsBeingRead = "coalesce(w.active and not w.slice_done and w.leased_until > now(), false)";

    private readonly TimeProvider clock = clock;

    protected override string Postponed => "Late checks are looked for later";

    protected override async Task<bool> DoAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await using var work = await store.BeginAsync(ct);
        var known = (await Followers.AllAsync(work.Connection, ct)).Select(follower => follower.Network).ToList();
        var paces = await CheckPaces.ReadAsync(work.Connection, known, options.Value, ct);
        // Not one that is being read: its slice holds the ledger's state and says itself how it went. Locked by a statement before
        // the one that judges: who claims a slice locks its ledger too, but a lock joined to the walk knows that as of its beginning.
        var locked = await work.Connection.QueryAsync<Guid>($"""
            select l.ledger_id from ledgers l left join walks w using (ledger_id) left {CheckPaces.Join}
            where l.stale_since is null and l.verdict is not null and l.tip_hash is not null
              and (greatest(l.checked_at, p.covered) < @now - 2 * make_interval(secs => coalesce(p.every, @CheckSeconds))
                or (l.touched_at > l.checked_at and l.touched_at < @now - 2 * make_interval(secs => @CheckSeconds)))
              and exists (select from ledger_trackers t where t.ledger_id = l.ledger_id) and not {IsBeingRead}
            order by l.ledger_id limit @AtOnce for update of l skip locked
            """, new
        {
            now, options.Value.CheckSeconds, AtOnce, paced = paces.Paced, every = paces.Every, covered = paces.Covered, askedAt = paces.AskedAt,
        }, ct);
        var late = await work.Connection.QueryAsync<(Guid LedgerId, DateTimeOffset Since, string Reason)>($"""
            update ledgers set stale_since = late.since
            from (select l.ledger_id, case when l.touched_at > l.checked_at then least(l.touched_at, greatest(l.checked_at, p.covered))
                    else greatest(l.checked_at, p.covered) end as since,
                    case when w.active and w.retry_at is not null then w.reason end as reason
                  from unnest(@locked) as k (ledger_id) join ledgers l using (ledger_id) left join walks w using (ledger_id) left {CheckPaces.Join}
                  where not {IsBeingRead}) late
            where ledgers.ledger_id = late.ledger_id
            returning ledgers.ledger_id, ledgers.stale_since, coalesce(late.reason, @Reason)
            """, new
        {
            locked = locked.ToArray(), Reason, paced = paces.Paced, every = paces.Every, covered = paces.Covered, askedAt = paces.AskedAt,
        }, ct);
        foreach (var (ledgerId, since, reason) in late)
            work.Append(LedgerEvent.Category, ledgerId, [NewEvent.Fresh(new LedgerEvent.LedgerFellBehind(ledgerId, since, reason, now))]);
        await work.CommitAsync(ct);
        return late.Count == AtOnce;
    }
}

using EventSourcing;
using Microsoft.Extensions.Options;
using Postgres;
using ServiceDefaults;
using Sync.Ledgers;

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

    private readonly TimeProvider clock = clock;

    protected override string Postponed => "Late checks are looked for later";

    protected override async Task<bool> DoAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await using var work = await store.BeginAsync(ct);
        // Not one that is being read: its slice holds the ledger's state and says itself how it went.
        var late = await work.Connection.QueryAsync<(Guid LedgerId, DateTimeOffset CheckedAt, string Reason)>("""
            with late as (
                select l.ledger_id, case when w.active and w.retry_at is not null then w.reason end as reason
                from ledgers l left join walks w using (ledger_id)
                where l.stale_since is null and l.verdict is not null and l.tip_hash is not null and l.checked_at < @before
                  and exists (select from ledger_trackers t where t.ledger_id = l.ledger_id)
                  and not coalesce(w.active and not w.slice_done and w.leased_until > now(), false)
                order by l.ledger_id limit @AtOnce for update of l skip locked)
            update ledgers l set stale_since = l.checked_at from late where l.ledger_id = late.ledger_id
            returning l.ledger_id, l.checked_at, coalesce(late.reason, @Reason)
            """, new { before = now.AddSeconds(-2.0 * options.Value.CheckSeconds), AtOnce, Reason }, ct);
        foreach (var (ledgerId, checkedAt, reason) in late)
            work.Append(LedgerEvent.Category, ledgerId, [NewEvent.Fresh(new LedgerEvent.LedgerFellBehind(ledgerId, checkedAt, reason, now))]);
        await work.CommitAsync(ct);
        return late.Count == AtOnce;
    }
}

using Microsoft.Extensions.Options;
using Npgsql;
using Postgres;
using ServiceDefaults;
using Sync.Networks;
using Sync.Providers;

namespace Sync.WalletSyncs;

/// <summary>
/// Measures what waits to be read: addresses whose next try is due, whether their slice stands in a queue already or their
/// wallet has no place for it yet. From the rows, so it is true while the broker is away and after its queues were purged.
/// </summary>
internal sealed class Backlog(NpgsqlDataSource database, ProviderPools pools, IOptions<SyncOptions> options, TimeProvider clock, ILogger<Backlog> log)
    : RecurringWork(TimeSpan.FromSeconds(10), clock, log)
{
    private const string Touched = "coalesce(l.touched_at > l.checked_at, false)";

    protected override string Postponed => "What waits to be read is measured later";

    protected override bool StartsAtOnce => true;

    protected override async Task<bool> DoAsync(CancellationToken ct)
    {
        var waiting = (await ReadAsync(ct)).ToDictionary(row => (row.Network, row.Priority));
        foreach (var network in pools.Networks)
        {
            var label = new KeyValuePair<string, object?>("network", network);
            foreach (var priority in SyncQueues.Priorities)
            {
                var row = waiting.GetValueOrDefault((network, priority));
                SyncMetrics.QueueLength.Record(row?.Due ?? 0, label, new("priority", priority));
                SyncMetrics.QueueAge.Record(row?.Age ?? 0, label, new("priority", priority));
            }

            SyncMetrics.Deferred.Record(SyncQueues.Priorities.Sum(each => waiting.GetValueOrDefault((network, each))?.Deferred ?? 0), label);
        }

        return false;
    }

    /// <summary>What waits, by network and the queue that its slices go to.</summary>
    internal async Task<List<Waiting>> ReadAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var paces = await CheckPaces.ReadAsync(connection, pools.Networks, options.Value, ct);
        return await connection.QueryAsync<Waiting>($"""
            with waiting as (
                select l.network,
                    case when coalesce(w.failures >= @FailAfter, false) then '{SyncQueues.Retries}'
                      when l.checked_at is null or l.wanted_at > l.checked_at or {Touched} then '{SyncQueues.Interactive}'
                      else '{SyncQueues.Background}' end as priority,
                    greatest(
                        case when l.checked_at is null or l.wanted_at > l.checked_at then l.wanted_at
                          when {Touched} then l.touched_at
                          when l.checked_at < p.asked_at then p.asked_at
                          else greatest(l.checked_at, p.covered) + make_interval(secs => p.every) end,
                        -- What was tried meanwhile is due again since that, or from the time that was named then.
                        case when w.active then coalesce(w.retry_at, (w.answer ->> 'At')::timestamptz) end) as due_at
                from ledgers l left join walks w using (ledger_id) {CheckPaces.Join}
                where (l.checked_at is null or l.wanted_at > l.checked_at or {Touched} or l.checked_at < p.asked_at
                    or greatest(l.checked_at, p.covered) < now() - make_interval(secs => p.every))
                  and not coalesce(w.active and not w.slice_done and w.leased_until > now(), false)
                  and exists (select from ledger_trackers t where t.ledger_id = l.ledger_id and not {SyncPause.Sql}))
            select network, priority, count(*) filter (where due_at <= now()) as due, count(*) filter (where due_at > now()) as deferred,
                   coalesce(extract(epoch from now() - min(due_at) filter (where due_at <= now())), 0)::float8 as age
            from waiting group by network, priority
            """, new { options.Value.FailAfter, paced = paces.Paced, every = paces.Every, covered = paces.Covered, askedAt = paces.AskedAt }, ct);
    }

    /// <summary>One network and priority: addresses due, those that wait for a later try, and for how many seconds the first was due.</summary>
    internal sealed record Waiting(string Network, string Priority, long Due, long Deferred, double Age);
}

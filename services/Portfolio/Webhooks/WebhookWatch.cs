using Microsoft.Extensions.Options;
using Npgsql;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Webhooks;

/// <summary>Tells how much waits for webhooks and how they are, and forgets what was sent long ago.</summary>
internal sealed class WebhookWatch(NpgsqlDataSource database, IOptions<WebhookOptions> options, TimeProvider clock, ILogger<WebhookWatch> log)
    : RecurringWork(TimeSpan.FromSeconds(15), clock, log)
{
    private const int AtOnce = 1_000;
    private static readonly string[] Lanes = ["fresh", "later"];
    private static readonly string[] States = ["well", "failing", "disabled"];

    protected override string Postponed => "Webhooks are counted later";

    protected override bool StartsAtOnce => true;

    protected override async Task<bool> DoAsync(CancellationToken ct)
    {
        var waiting = await database.QueryAsync<(short Lane, long Count, double Overdue)>("""
            select d.lane, count(*), greatest(0, extract(epoch from now() - min(d.due_at)))::float8
            from webhook_deliveries d join webhooks w using (webhook_id)
            where d.state = 'waiting' and w.disabled_at is null group by d.lane
            """, null, ct);
        for (short lane = 0; lane < Lanes.Length; lane++)
        {
            var (_, count, overdue) = waiting.Find(each => each.Lane == lane);
            var label = new KeyValuePair<string, object?>("lane", Lanes[lane]);
            WebhookMetrics.Waiting.Record(count, label);
            WebhookMetrics.Overdue.Record(overdue, label);
        }

        var endpoints = await database.QueryAsync<(string State, long Count)>("""
            select case when disabled_at is not null then 'disabled' when failing_since is not null then 'failing' else 'well' end, count(*)
            from webhooks group by 1
            """, null, ct);
        foreach (var state in States)
            WebhookMetrics.Endpoints.Record(endpoints.Find(each => each.State == state).Count, new KeyValuePair<string, object?>("state", state));

        await database.ExecuteAsync("delete from webhook_replays where done_at < now() - make_interval(days => @KeepDays)",
            new { options.Value.KeepDays }, ct);
        return await database.ScalarAsync<long>("""
            with old as (
                delete from webhook_deliveries where delivery_id in (
                    select delivery_id from webhook_deliveries where done_at < now() - make_interval(days => @KeepDays)
                    order by done_at limit @AtOnce for update skip locked)
                returning delivery_id
            ), attempts as (
                delete from webhook_attempts a using old where a.delivery_id = old.delivery_id
            )
            select count(*) from old
            """, new { options.Value.KeepDays, AtOnce }, ct) == AtOnce;
    }
}

using System.Collections.Concurrent;
using EventSourcing;
using Microsoft.Extensions.Options;
using Npgsql;
using Portfolio.Feed;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Webhooks;

/// <summary>
/// Sends what is due, from any number of processes. A claim moves a delivery's due time on and counts the attempt before anything is sent, so
/// whoever dies in between leaves a delivery that another sends again: at least once, under the same <c>webhook-id</c>. What just happened has
/// places of its own at each endpoint beside what waits already, and an endpoint that hangs holds up itself only.
/// </summary>
internal sealed class WebhookSender(
    NpgsqlDataSource database, EventStore store, WebhookClient client, WebhookMessages messages, IOptions<WebhookOptions> options, TimeProvider clock,
    ILogger<WebhookSender> log) : BackgroundService
{
    // What failed less often than this still goes beside what waits already.
    private const int Soon = 3;

    // Longer than an attempt can take with all that is written behind it.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);

    // Longer than the longest wait between two attempts.
    private static readonly TimeSpan Forgotten = TimeSpan.FromHours(36);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Ending = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<(Guid WebhookId, short Lane), int> underWay = new();
    private readonly SemaphoreSlim ended = new(0);
    private int sending;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var abort = new CancellationTokenSource();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                // What is claimed is sent at once, so that a claim which fails behind it takes no places with it.
                for (short lane = 0; lane <= 1; lane++)
                {
                    if (options.Value.MostAtOnce - Volatile.Read(ref sending) is > 0 and var free)
                        foreach (var claim in await ClaimAsync(lane, free, stoppingToken)) _ = RunAsync(claim, abort.Token);
                }

                // Several that end at once are one reason to look again.
                if (await ended.WaitAsync(Look, stoppingToken))
                    while (await ended.WaitAsync(0, stoppingToken)) { }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // Whatever it was, most likely the database: who sends must not end with one failure.
                log.LogWarning(e, "Webhooks are sent to later: {Reason}", e.GetBaseException().Message);
                await Task.Delay(Pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
        }

        // What is under way may end; what does not is sent again by another process.
        abort.CancelAfter(Ending);
        while (Volatile.Read(ref sending) > 0 && !abort.IsCancellationRequested)
            await ended.WaitAsync(Look, CancellationToken.None);
    }

    public override void Dispose()
    {
        ended.Dispose();
        base.Dispose();
    }

    private async Task<List<Claim>> ClaimAsync(short lane, int most, CancellationToken ct)
    {
        var busy = underWay.Where(each => each.Key.Lane == lane && each.Value > 0).ToList();
        var claims = await database.QueryAsync<Claim>("""
            with chosen as (
                select due.delivery_id
                from (select webhook_id from webhooks where disabled_at is null order by random()) w
                left join unnest(@busy, @taken) b (webhook_id, taken) on b.webhook_id = w.webhook_id
                cross join lateral (
                    select d.delivery_id from webhook_deliveries d
                    where d.webhook_id = w.webhook_id and d.lane = @lane and d.state = 'waiting' and d.due_at <= now()
                    order by d.due_at, d.seq limit greatest(0, @AtOnce - coalesce(b.taken, 0)) for update skip locked) due
                limit @most
            )
            update webhook_deliveries d set due_at = now() + @lasts, attempts = d.attempts + 1
            from chosen, webhooks w where d.delivery_id = chosen.delivery_id and w.webhook_id = d.webhook_id
            returning d.delivery_id, d.webhook_id, d.user_id, d.event_id, d.seq, d.lane, d.attempts, d.body, w.url, w.secret,
                case when w.old_secret_until > now() then w.old_secret end as old_secret
            """, new
        {
            busy = busy.Select(each => each.Key.WebhookId).ToArray(), taken = busy.Select(each => each.Value).ToArray(),
            lane, most, options.Value.AtOnce, lasts = options.Value.Timeout + Grace,
        }, ct);
        foreach (var claim in claims) underWay.AddOrUpdate((claim.WebhookId, claim.Lane), 1, (_, count) => count + 1);
        Interlocked.Add(ref sending, claims.Count);
        return claims;
    }

    private async Task RunAsync(Claim claim, CancellationToken ct)
    {
        try
        {
            await SendAsync(claim, ct);
        }
        catch (Exception e)
        {
            // It is due again when its claim has passed.
            log.LogWarning("The delivery {Delivery} is sent again later: {Reason}", claim.DeliveryId, e.GetBaseException().Message);
        }
        finally
        {
            underWay.AddOrUpdate((claim.WebhookId, claim.Lane), 0, (_, count) => count - 1);
            Interlocked.Decrement(ref sending);
            ended.Release();
        }
    }

    private async Task SendAsync(Claim claim, CancellationToken ct)
    {
        // The message of a wallet that was deleted since is not there any more.
        if ((claim.Body ?? await messages.BodyAsync(claim.UserId, claim.Seq!.Value, claim.EventId, ct)) is not { } body)
        {
            WebhookMetrics.Attempts.Add(1, new KeyValuePair<string, object?>("outcome", "dropped"));
            await database.ExecuteAsync("""
                with dropped as (
                    update webhook_deliveries set state = 'dropped', done_at = now(), wallet_id = null
                    where delivery_id = @DeliveryId and state = 'waiting' returning delivery_id)
                delete from webhook_attempts a using dropped where a.delivery_id = dropped.delivery_id
                """, new { claim.DeliveryId }, ct);
            return;
        }

        var at = clock.GetUtcNow();
        byte[][] secrets = claim.OldSecret is { } old ? [claim.Secret, old] : [claim.Secret];
        var result = await client.PostAsync(claim.Url, claim.EventId, secrets, body, ct);
        KillPoint.Reach("webhooks-after-sent");
        await using var work = await store.BeginAsync(ct);
        var failingSince = await FailingSinceAsync(work.Connection, claim, at, ct);
        var outcome = DeliveryOutcome.Decide(result, claim.Attempts, failingSince, clock.GetUtcNow(),
            TimeSpan.FromDays(options.Value.DisableAfterDays), Random.Shared.NextDouble());
        WebhookMetrics.Latency.Record(result.Latency.TotalSeconds);
        WebhookMetrics.Attempts.Add(1, new KeyValuePair<string, object?>("outcome", outcome.State is "waiting" ? "retried" : outcome.State));
        await WriteAsync(work.Connection, claim, at, result, outcome, failingSince, ct);
        if (outcome.DisabledBecause is { } reason) await DisableAsync(work, claim, result, reason, ct);
        await work.CommitAsync(ct);
    }

    // Since when nothing was taken, as the row has it by now; a failure that nothing followed for so long says nothing of today.
    private static Task<DateTimeOffset?> FailingSinceAsync(NpgsqlConnection connection, Claim claim, DateTimeOffset at, CancellationToken ct) =>
        connection.ScalarAsync<DateTimeOffset?>(
            "select case when last_at >= @forgotten then failing_since end from webhooks where webhook_id = @WebhookId for update",
            new { claim.WebhookId, forgotten = at - Forgotten }, ct);

    // Whoever lost its claim changes nothing any more.
    private static Task<int> WriteAsync(NpgsqlConnection connection, Claim claim, DateTimeOffset at, AttemptResult result, DeliveryOutcome outcome,
        DateTimeOffset? failingSince, CancellationToken ct) => connection.ExecuteAsync("""
            with written as (
                update webhook_deliveries set state = @State, lane = case when @Attempts < @soon then lane else 1 end,
                    due_at = case when @State = 'waiting' then now() + @wait else due_at end, done_at = case when @State <> 'waiting' then now() end
                where delivery_id = @DeliveryId and attempts = @Attempts and state = 'waiting'
                returning webhook_id
            ), noted as (
                insert into webhook_attempts (delivery_id, attempt, at, url, latency_ms, status, error, response)
                select @DeliveryId, @Attempts, @at, @Url, @latency, @Status, @Error, @Response from written
            )
            update webhooks w set last_at = @at, last_status = @Status, last_error = @Error,
                failing_since = case when @Error is not null then coalesce(@failingSince, @at) end
            from written where w.webhook_id = written.webhook_id
            """, new
        {
            claim.DeliveryId, claim.Attempts, claim.Url, at, outcome.State, wait = outcome.Wait ?? TimeSpan.Zero,
            latency = (int)result.Latency.TotalMilliseconds, result.Status, result.Error, result.Response, failingSince, soon = Soon,
        }, ct);

    private async Task DisableAsync(Work work, Claim claim, AttemptResult result, string reason, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var disabled = await work.Connection.ExecuteAsync("""
            update webhooks set disabled_at = @now, disabled_because = @reason where webhook_id = @WebhookId and disabled_at is null
            """, new { claim.WebhookId, now, reason }, ct);
        if (disabled == 0) return;
        work.Append(FeedMessage.Category, claim.UserId,
        [
            NewEvent.Fresh(new FeedMessage.WebhookDisabled
            {
                WebhookId = claim.WebhookId, Url = claim.Url, Reason = reason, LastStatus = result.Status, OccurredAt = now,
            }),
        ]);
        work.AfterCommit(() =>
        {
            WebhookMetrics.Disabled.Add(1);
            log.LogWarning("The webhook {Webhook} is disabled: {Reason}", claim.WebhookId, reason);
        });
    }

    private sealed class Claim
    {
        public Guid DeliveryId { get; init; }

        public Guid WebhookId { get; init; }

        public Guid UserId { get; init; }

        public Guid EventId { get; init; }

        public long? Seq { get; init; }

        public short Lane { get; init; }

        public int Attempts { get; init; }

        public string? Body { get; init; }

        public string Url { get; init; } = "";

        public byte[] Secret { get; init; } = [];

        public byte[]? OldSecret { get; init; }
    }
}

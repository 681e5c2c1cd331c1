using EventSourcing;
using Messaging;
using Npgsql;
using NpgsqlTypes;
using Portfolio.Feed;
using Portfolio.Feed.Channels;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Webhooks;

/// <summary>
/// Puts messages in line for the webhooks that want them: those that users' feeds get, in the order of the log, and those of the past that
/// a replay asks for. One process at a time; what is in line and how far was read are stored together, so nothing is put in line twice.
/// </summary>
internal sealed class WebhookTail(EventStore store, NpgsqlDataSource database, LogSignal signal, Leases leases)
    : BackgroundService
{
    private const int PageSize = 500;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => leases.RunAsync("webhooks", RunAsync, stoppingToken);

    private async Task RunAsync(Lease lease)
    {
        while (true)
        {
            var next = signal.Next;
            if (!(await FollowAsync(lease, lease.Lost) | await ReplayAsync(lease, lease.Lost))) await LogSignal.WaitAsync(next, Look, lease.Lost);
        }
    }

    private async Task<bool> FollowAsync(Lease lease, CancellationToken ct)
    {
        var readTo = await database.ScalarAsync<long>("select read_to from webhook_tail", null, ct);
        var events = await store.ReadLogAsync(readTo, PageSize, ct);
        if (events.Count == 0) return false;

        await using var work = await store.BeginAsync(ct);
        await lease.GuardAsync(work.Connection, ct);
        // Who makes or enables a webhook meanwhile has seen all that lies before, or is seen here.
        await work.Connection.ExecuteAsync("select from webhook_tail for update", null, ct);
        var messages = Messages(events);
        var users = messages.Select(message => message.UserId).Distinct().ToArray();
        var webhooks = users.Length == 0 ? [] : await work.Connection.QueryAsync<Webhook>(
            $"select {Webhook.Columns} from webhooks where user_id = any(@users) order by webhook_id for update", new { users }, ct);
        var queued = new List<Queued>();
        foreach (var webhook in webhooks.Where(webhook => webhook.DisabledAt is null))
        {
            var (filter, reached) = (webhook.Filter, webhook.ReachedSeq);
            foreach (var message in messages.Where(message => message.UserId == webhook.UserId && message.Stored.Version > webhook.ReachedSeq))
            {
                reached = message.Stored.Version;
                if (reached > webhook.AfterSeq && Wants(filter, message)) queued.Add(new(webhook, message, "feed", 0));
            }

            if (reached > webhook.ReachedSeq)
                await work.Connection.ExecuteAsync("update webhooks set reached_seq = @reached where webhook_id = @WebhookId",
                    new { webhook.WebhookId, reached }, ct);
        }

        await QueueAsync(work.Connection, queued, ct);
        await work.Connection.ExecuteAsync("update webhook_tail set read_to = @readTo", new { readTo = events[^1].Position }, ct);
        KillPoint.Reach("webhooks-before-queued");
        await work.CommitAsync(ct);
        KillPoint.Reach("webhooks-after-queued");
        return events.Count == PageSize;
    }

    private async Task<bool> ReplayAsync(Lease lease, CancellationToken ct)
    {
        await using var work = await store.BeginAsync(ct);
        await lease.GuardAsync(work.Connection, ct);
        var replay = await work.Connection.QueryFirstOrDefaultAsync<Replay>("""
            select replay_id, webhook_id, next_seq, to_seq from webhook_replays where done_at is null order by touched_at limit 1
            """, null, ct);
        if (replay is null) return false;

        var webhook = await work.Connection.QueryFirstOrDefaultAsync<Webhook>(
            $"select {Webhook.Columns} from webhooks where webhook_id = @WebhookId for share", new { replay.WebhookId }, ct);
        var (queued, next) = (new List<Queued>(), replay.NextSeq);
        if (webhook is not null)
        {
            var filter = webhook.Filter;
            foreach (var stored in await store.ReadStreamAsync(FeedReader.StreamOf(webhook.UserId), replay.NextSeq - 1, PageSize, ct))
            {
                if (stored.Version > replay.ToSeq) break;
                next = stored.Version + 1;
                if (stored.Data is FeedMessage data && new Message(webhook.UserId, stored, data) is var message && Wants(filter, message))
                    queued.Add(new(webhook, message, "replay", 1));
            }
        }

        await QueueAsync(work.Connection, queued, ct);
        await work.Connection.ExecuteAsync("""
            update webhook_replays set next_seq = @next, queued = queued + @Count, touched_at = clock_timestamp(),
                done_at = case when @next > to_seq or @next = next_seq then now() end
            where replay_id = @ReplayId
            """, new { replay.ReplayId, next, queued.Count }, ct);
        await work.CommitAsync(ct);
        return true;
    }

    private static bool Wants(WebhookFilter filter, Message message) => !message.Data.Redacted && filter.Wants(message.Type, message.Data);

    private static List<Message> Messages(IReadOnlyList<StoredEvent> events)
    {
        var messages = new List<Message>();
        foreach (var stored in events)
        {
            if (stored.Data is FeedMessage data && Guid.TryParse(stored.StreamId.AsSpan(FeedMessage.Category.Length + 1), out var user))
                messages.Add(new(user, stored, data));
        }

        return messages;
    }

    private static async Task QueueAsync(NpgsqlConnection connection, IReadOnlyList<Queued> queued, CancellationToken ct)
    {
        if (queued.Count == 0) return;
        await connection.ExecuteAsync("""
            insert into webhook_deliveries (delivery_id, webhook_id, user_id, event_id, seq, type, wallet_id, origin, lane, due_at, created_at)
            select d.*, now(), now() from unnest(@ids, @webhooks, @users, @events, @seqs, @types, @wallets, @origins, @lanes) d
            on conflict do nothing
            """, new
        {
            ids = queued.Select(_ => Guid.CreateVersion7()).ToArray(),
            webhooks = queued.Select(each => each.Webhook.WebhookId).ToArray(),
            users = queued.Select(each => each.Webhook.UserId).ToArray(),
            events = queued.Select(each => each.Message.Stored.Id).ToArray(),
            seqs = queued.Select(each => each.Message.Stored.Version).ToArray(),
            types = queued.Select(each => each.Message.Type).ToArray(),
            wallets = Sql.Column(queued, NpgsqlDbType.Uuid, each => each.Message.Data.WalletId),
            origins = queued.Select(each => each.Origin).ToArray(),
            lanes = queued.Select(each => each.Lane).ToArray(),
        }, ct);
    }

    private sealed record Message(Guid UserId, StoredEvent Stored, FeedMessage Data)
    {
        public string Type => FeedTypes.Of(Data).Name;
    }

    private sealed record Queued(Webhook Webhook, Message Message, string Origin, short Lane);

    private sealed class Replay
    {
        public Guid ReplayId { get; init; }

        public Guid WebhookId { get; init; }

        public long NextSeq { get; init; }

        public long ToSeq { get; init; }
    }
}

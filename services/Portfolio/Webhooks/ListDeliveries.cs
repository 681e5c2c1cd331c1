using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using EventSourcing;
using Messaging;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Npgsql;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Webhooks;

/// <summary>What was sent to an endpoint and how it went, newest first; and once more.</summary>
internal static class ListDeliveries
{
    private const string Columns = """
        delivery_id as id, event_id, seq, type, wallet_id, origin, state, attempts, case when state = 'waiting' then due_at end as next_at,
        created_at, done_at
        """;

    // What was put in line before a webhook was narrowed to the wallets of a key is none of that key's.
    private const string Visible = "(@isWhole or origin = 'test' or wallet_id = any(@own))";

    private static readonly string[] States = ["waiting", "delivered", "failed", "dropped"];

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v1/webhooks/{webhookId:guid}/deliveries", async Task<Ok<Page<DeliveryView>>> (
                [FromRoute(Name = "webhookId")] Guid id, Caller caller, [AsParameters] PageRequest page,
                [Description("Only those in this state."), AllowedValues("waiting", "delivered", "failed", "dropped")] string? state,
                NpgsqlDataSource database, CancellationToken ct) =>
            {
                if (state is not null && !States.Contains(state))
                    throw new DomainException("invalid-parameter", $"The states are {string.Join(", ", States)}.", "?state");
                var place = page.In("deliveries", id.ToString(), state, caller.Wallets is null ? null : string.Join(',', Own(caller).Order()));
                await using var connection = await database.OpenConnectionAsync(ct);
                await Webhook.RequireAsync(connection, caller, id, ct);
                var (beyond, order) = place.Backward ? (">", "asc") : ("<", "desc");
                var rows = await connection.QueryAsync<DeliveryView>($"""
                    select {Columns} from webhook_deliveries
                    where webhook_id = @id and {Visible} and (@state::text is null or state = @state) and (@isStart or delivery_id {beyond} @last)
                    order by delivery_id {order} limit @Fetch
                    """, new
                {
                    id, isWhole = caller.Wallets is null, own = Own(caller), state = Sql.Typed(state, NpgsqlTypes.NpgsqlDbType.Text),
                    isStart = place.IsStart,
                    last = place.IsStart ? Guid.Empty : place.Key<Guid>(0), place.Fetch,
                }, ct);
                return TypedResults.Ok(place.PageOf(rows, row => [row.Id.ToString()]));
            })
            .RequireScope(Scopes.WebhooksManage)
            .WithName("ListWebhookDeliveries")
            .WithTags("Webhooks")
            .WithSummary("Lists what was sent to a webhook, newest first")
            .WithProblems("webhook-not-found", "limit-out-of-range", "cursor-invalid", "invalid-parameter");

        app.MapGet("/api/v1/webhooks/{webhookId:guid}/deliveries/{deliveryId:guid}", async Task<Ok<DeliveryDetailView>> (
                [FromRoute(Name = "webhookId")] Guid id, Guid deliveryId, Caller caller, NpgsqlDataSource database,
                WebhookMessages messages, CancellationToken ct) =>
            {
                await using var connection = await database.OpenConnectionAsync(ct);
                await Webhook.RequireAsync(connection, caller, id, ct);
                var delivery = await RequireAsync(connection, caller, id, deliveryId, ct);
                var attempts = await connection.QueryAsync<AttemptView>("""
                    select attempt, at, url, latency_ms, status as http_status, error, response from webhook_attempts
                    where delivery_id = @deliveryId order by attempt
                    """, new { deliveryId }, ct);
                var body = await connection.ScalarAsync<string>(
                    "select body from webhook_deliveries where delivery_id = @deliveryId", new { deliveryId }, ct);
                return TypedResults.Ok(new DeliveryDetailView(
                    delivery, body ?? await BodyAsync(messages, caller, delivery, ct), attempts));
            })
            .RequireScope(Scopes.WebhooksManage)
            .WithName("GetWebhookDelivery")
            .WithTags("Webhooks")
            .WithSummary("One delivery, with its body and each attempt")
            .WithProblems("webhook-not-found", "delivery-not-found");

        app.MapPost("/api/v1/webhooks/{webhookId:guid}/deliveries/{deliveryId:guid}/resend", async Task<Created<DeliveryView>> (
                [FromRoute(Name = "webhookId")] Guid id, Guid deliveryId, Caller caller, EventStore store, Answers answers, CancellationToken ct) =>
            {
                await using var work = await store.BeginAsync(ct);
                await Webhook.RequireAsync(work.Connection, caller, id, ct, "for share");
                var again = Guid.CreateVersion7();
                var made = await work.Connection.ExecuteAsync($"""
                    insert into webhook_deliveries (delivery_id, webhook_id, user_id, event_id, seq, type, wallet_id, origin, lane, due_at,
                                                    created_at, body)
                    select @again, webhook_id, user_id, event_id, seq, type, wallet_id, 'resend', 0, now(), now(), body
                    from webhook_deliveries where webhook_id = @id and delivery_id = @deliveryId and {Visible}
                    """, new { again, id, deliveryId, isWhole = caller.Wallets is null, own = Own(caller) }, ct);
                if (made == 0) throw NotFound();
                var answer = TypedResults.Created(
                    $"/api/v1/webhooks/{id}/deliveries/{again}", await RequireAsync(work.Connection, caller, id, again, ct));
                await answers.CommitAsync(work, answer, null, ct);
                return answer;
            })
            .RequireScope(Scopes.WebhooksManage)
            .WithName("ResendWebhookDelivery")
            .WithTags("Webhooks")
            .WithSummary("Sends a message once more, as another delivery")
            .WithProblems("webhook-not-found", "delivery-not-found");
    }

    internal static async Task<DeliveryView> RequireAsync(
        NpgsqlConnection connection, Caller caller, Guid webhook, Guid id, CancellationToken ct) =>
        await connection.QueryFirstOrDefaultAsync<DeliveryView>(
            $"select {Columns} from webhook_deliveries where webhook_id = @webhook and delivery_id = @id and {Visible}",
            new { webhook, id, isWhole = caller.Wallets is null, own = Own(caller) }, ct)
        ?? throw NotFound();

    private static async Task<string?> BodyAsync(WebhookMessages messages, Caller caller, DeliveryView delivery, CancellationToken ct) =>
        delivery.Seq is { } seq ? await messages.BodyAsync(caller.UserId, seq, delivery.EventId, ct) : null;

    private static Guid[] Own(Caller caller) => [.. caller.Wallets ?? new HashSet<Guid>()];

    private static DomainException NotFound() => new("delivery-not-found", "The webhook has no such delivery.");
}

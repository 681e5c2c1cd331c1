using System.Text.Json;
using EventSourcing;
using Messaging;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Webhooks;

/// <summary>A message that is about nothing, to see whether an endpoint takes one; it is in no feed.</summary>
internal static class TestWebhook
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/api/v1/webhooks/{webhookId:guid}/test", async Task<Created<DeliveryView>> (
                [FromRoute(Name = "webhookId")] Guid id, Caller caller, EventStore store, Answers answers,
                TimeProvider clock, CancellationToken ct) =>
            {
                await using var work = await store.BeginAsync(ct);
                var webhook = await Webhook.RequireAsync(work.Connection, caller, id, ct, "for share");
                if (webhook.DisabledAt is not null) throw new DomainException("conflict", "The webhook is disabled: enable it first.");
                var (delivery, message) = (Guid.CreateVersion7(), Guid.CreateVersion7());
                var body = JsonSerializer.Serialize(new
                {
                    seq = (long?)null, id = message, type = "test", walletId = (Guid?)null, occurredAt = clock.GetUtcNow(), position = (string?)null,
                    data = new { webhookId = id, text = "This is a test." },
                });
                await work.Connection.ExecuteAsync("""
                    insert into webhook_deliveries (delivery_id, webhook_id, user_id, event_id, type, origin, lane, due_at, created_at, body)
                    values (@delivery, @id, @UserId, @message, 'test', 'test', 0, now(), now(), @body)
                    """, new { delivery, id, caller.UserId, message, body }, ct);
                var answer = TypedResults.Created(
                    $"/api/v1/webhooks/{id}/deliveries/{delivery}", await ListDeliveries.RequireAsync(work.Connection, caller, id, delivery, ct));
                await answers.CommitAsync(work, answer, null, ct);
                return answer;
            })
            .RequireScope(Scopes.WebhooksManage)
            .WithName("TestWebhook")
            .WithTags("Webhooks")
            .WithSummary("Sends a message of the type `test`")
            .WithDescription("It is signed like any other, and its delivery tells how it went.")
            .WithProblems("webhook-not-found", "conflict");
}

using EventSourcing;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Webhooks;

/// <summary>An endpoint goes, with all that is known of what was sent there.</summary>
internal static class DeleteWebhook
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapDelete("/api/v1/webhooks/{webhookId:guid}", async Task<NoContent> (
                [FromRoute(Name = "webhookId")] Guid id, Caller caller, EventStore store, CancellationToken ct) =>
            {
                await using var work = await store.BeginAsync(ct);
                await Webhook.RequireAsync(work.Connection, caller, id, ct, "for update");
                await work.Connection.ExecuteAsync("""
                    delete from webhook_attempts where delivery_id in (select delivery_id from webhook_deliveries where webhook_id = @id);
                    delete from webhook_deliveries where webhook_id = @id;
                    delete from webhook_replays where webhook_id = @id;
                    delete from webhooks where webhook_id = @id
                    """, new { id }, ct);
                await work.CommitAsync(ct);
                return TypedResults.NoContent();
            })
            .RequireScope(Scopes.WebhooksManage)
            .WithName("DeleteWebhook")
            .WithTags("Webhooks")
            .WithSummary("Deletes a webhook, with what is in line and its log")
            .WithProblems("webhook-not-found");
}

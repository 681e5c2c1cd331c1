using System.ComponentModel;
using EventSourcing;
using Messaging;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Portfolio.Feed;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Webhooks;

/// <summary>An endpoint is sent to again, with or without what came meanwhile, or is not for now.</summary>
internal static class EnableWebhook
{
    public sealed record Request(
        [property: Description("Whether the messages that came while it was disabled are sent too.")] bool Replay = true);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/api/v1/webhooks/{webhookId:guid}/enable", async Task<Ok<WebhookView>> (
                [FromRoute(Name = "webhookId")] Guid id, Request request, Caller caller, EventStore store, Answers answers, CancellationToken ct) =>
            {
                await using var work = await store.BeginAsync(ct);
                await work.Connection.ExecuteAsync("select from webhook_tail for share", null, ct);
                var known = await Webhook.RequireAsync(work.Connection, caller, id, ct, "for update");
                if (known.DisabledAt is not null)
                {
                    // Read with the tail held still: what comes behind it finds the webhook enabled.
                    var head = (await store.StreamHeadAsync(StreamName.Of(FeedMessage.Category, caller.UserId), ct))?.Version ?? 0;
                    await work.Connection.ExecuteAsync("""
                        update webhooks set disabled_at = null, disabled_because = null, failing_since = null, after_seq = @head,
                            reached_seq = greatest(reached_seq, @head)
                        where webhook_id = @id
                        """, new { id, head }, ct);
                    if (request.Replay && known.ReachedSeq < head)
                        await ReplayWebhook.AddAsync(work.Connection, id, known.ReachedSeq + 1, head, ct);
                }

                var answer = TypedResults.Ok(WebhookView.Of(await Webhook.RequireAsync(work.Connection, caller, id, ct)));
                await answers.CommitAsync(work, answer, null, ct);
                return answer;
            })
            .RequireScope(Scopes.WebhooksManage)
            .WithName("EnableWebhook")
            .WithTags("Webhooks")
            .WithSummary("Sends to a webhook again, what came meanwhile too")
            .WithDescription("What was in line when it was disabled is sent in any case.")
            .WithExample(new Request())
            .WithProblems("webhook-not-found");

        app.MapPost("/api/v1/webhooks/{webhookId:guid}/disable", async Task<Ok<WebhookView>> (
                [FromRoute(Name = "webhookId")] Guid id, Caller caller, EventStore store, Answers answers, CancellationToken ct) =>
            {
                await using var work = await store.BeginAsync(ct);
                await Webhook.RequireAsync(work.Connection, caller, id, ct, "for update");
                await work.Connection.ExecuteAsync("""
                    update webhooks set disabled_at = now(), disabled_because = 'its owner disabled it' where webhook_id = @id and disabled_at is null
                    """, new { id }, ct);
                var answer = TypedResults.Ok(WebhookView.Of(await Webhook.RequireAsync(work.Connection, caller, id, ct)));
                await answers.CommitAsync(work, answer, null, ct);
                return answer;
            })
            .RequireScope(Scopes.WebhooksManage)
            .WithName("DisableWebhook")
            .WithTags("Webhooks")
            .WithSummary("Sends nothing to a webhook until it is enabled; what comes meanwhile is kept")
            .WithProblems("webhook-not-found");
    }
}

using System.ComponentModel;
using EventSourcing;
using Messaging;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Webhooks;

/// <summary>An endpoint gets another secret; the one before signs beside it for a while.</summary>
internal static class RotateWebhookSecret
{
    private const int MostDays = 7;

    public sealed record Request(
        [property: Description("For how many days messages are signed with the secret before as well, 0 to 7.")] int OverlapDays = 1);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/api/v1/webhooks/{webhookId:guid}/rotate-secret", async Task<Ok<WebhookView>> (
                [FromRoute(Name = "webhookId")] Guid id, Request request, Caller caller, EventStore store, Answers answers,
                HttpResponse response, CancellationToken ct) =>
            {
                if (request.OverlapDays is < 0 or > MostDays)
                    throw new DomainException("invalid-body", $"The overlap is 0 to {MostDays} days.", "/overlapDays");
                var secret = WebhookSecret.New();
                await using var work = await store.BeginAsync(ct);
                await Webhook.RequireAsync(work.Connection, caller, id, ct, "for update");
                await work.Connection.ExecuteAsync("""
                    update webhooks set secret = @secret, old_secret = case when @OverlapDays > 0 then secret end,
                        old_secret_until = case when @OverlapDays > 0 then now() + make_interval(days => @OverlapDays) end
                    where webhook_id = @id
                    """, new { id, secret, request.OverlapDays }, ct);
                var view = WebhookView.Of(await Webhook.RequireAsync(work.Connection, caller, id, ct));
                await answers.CommitAsync(work, TypedResults.Ok(view), null, ct);

                response.Headers.CacheControl = "no-store";
                return TypedResults.Ok(view with { Secret = WebhookSecret.Text(secret) });
            })
            .RequireScope(Scopes.WebhooksManage)
            .WithName("RotateWebhookSecret")
            .WithTags("Webhooks")
            .WithSummary("Makes another secret, shown in this answer only")
            .WithExample(new Request())
            .WithProblems("webhook-not-found", "invalid-body");
}

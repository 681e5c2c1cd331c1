using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Npgsql;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Webhooks;

/// <summary>The caller's endpoints, without their secrets.</summary>
internal static class ListWebhooks
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v1/webhooks", async Task<Ok<Page<WebhookView>>> (
                Caller caller, [AsParameters] PageRequest page, NpgsqlDataSource database, CancellationToken ct) =>
            {
                var wallets = caller.Wallets?.Order().ToArray();
                var place = page.In("webhooks", caller.UserId.ToString(), wallets is null ? null : string.Join(',', wallets));
                var (beyond, order) = place.Backward ? ("<", "desc") : (">", "asc");
                var rows = await database.QueryAsync<Webhook>($"""
                    select {Webhook.Columns} from webhooks
                    where user_id = @UserId and (@isWhole or wallets <@ @wallets) and (@isStart or webhook_id {beyond} @last)
                    order by webhook_id {order} limit @Fetch
                    """, new
                {
                    caller.UserId, isWhole = wallets is null, wallets = wallets ?? [], isStart = place.IsStart,
                    last = place.IsStart ? Guid.Empty : place.Key<Guid>(0), place.Fetch,
                }, ct);
                return TypedResults.Ok(place.PageOf([.. rows.Select(WebhookView.Of)], row => [row.Id.ToString()]));
            })
            .RequireScope(Scopes.WebhooksManage)
            .WithName("ListWebhooks")
            .WithTags("Webhooks")
            .WithSummary("Lists your webhooks, oldest first")
            .WithProblems("limit-out-of-range", "cursor-invalid");

        app.MapGet("/api/v1/webhooks/{webhookId:guid}", async Task<Ok<WebhookView>> (
                [FromRoute(Name = "webhookId")] Guid id, Caller caller, NpgsqlDataSource database, CancellationToken ct) =>
            {
                await using var connection = await database.OpenConnectionAsync(ct);
                return TypedResults.Ok(WebhookView.Of(await Webhook.RequireAsync(connection, caller, id, ct)));
            })
            .RequireScope(Scopes.WebhooksManage)
            .WithEntityTag()
            .WithName("GetWebhook")
            .WithTags("Webhooks")
            .WithSummary("One webhook")
            .WithProblems("webhook-not-found");
    }
}

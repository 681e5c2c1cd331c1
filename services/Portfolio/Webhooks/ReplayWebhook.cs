using System.ComponentModel;
using EventSourcing;
using Messaging;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Npgsql;
using Portfolio.Feed;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Webhooks;

/// <summary>Messages of the past that fit an endpoint are put in line for it, behind what just happened.</summary>
internal static class ReplayWebhook
{
    private const string Columns = "replay_id as id, next_seq, to_seq, queued, created_at, done_at";

    public sealed record Request(
        [property: Description("The first number of your feed that is looked at.")] long From,
        [property: Description("The last one; the newest when left out.")] long? To = null);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/api/v1/webhooks/{webhookId:guid}/replay", async Task<Accepted<ReplayView>> (
                [FromRoute(Name = "webhookId")] Guid id, Request request, Caller caller, EventStore store, Answers answers, CancellationToken ct) =>
            {
                if (request.From < 1) throw new DomainException("invalid-body", "Numbers begin at 1.", "/from");
                if (request.To < request.From) throw new DomainException("invalid-body", "The last number is not below the first.", "/to");
                var head = (await store.StreamHeadAsync(StreamName.Of(FeedMessage.Category, caller.UserId), ct))?.Version ?? 0;

                await using var work = await store.BeginAsync(ct);
                await Webhook.RequireAsync(work.Connection, caller, id, ct, "for update");
                if (await work.Connection.ScalarAsync<bool>(
                    "select exists (select from webhook_replays where webhook_id = @id and done_at is null)", new { id }, ct))
                    throw new DomainException("conflict", "A replay for this webhook is under way; ask again when it is done.");
                var replay = await AddAsync(work.Connection, id, request.From, Math.Min(request.To ?? head, head), ct);
                var answer = TypedResults.Accepted($"/api/v1/webhooks/{id}/replays/{replay}", await ReadAsync(work.Connection, id, replay, ct));
                await answers.CommitAsync(work, answer, null, ct);
                return answer;
            })
            .RequireScope(Scopes.WebhooksManage)
            .WithName("ReplayWebhook")
            .WithTags("Webhooks")
            .WithSummary("Sends messages of the past again")
            .WithDescription("Each that fits the webhook's filters becomes another delivery with the same `webhook-id`. What just happened goes "
                + "before.")
            .WithExample(new { from = 1 })
            .WithProblems("webhook-not-found", "invalid-body", "conflict");

        app.MapGet("/api/v1/webhooks/{webhookId:guid}/replays/{replayId:guid}", async Task<Ok<ReplayView>> (
                [FromRoute(Name = "webhookId")] Guid id, Guid replayId, Caller caller, NpgsqlDataSource database, CancellationToken ct) =>
            {
                await using var connection = await database.OpenConnectionAsync(ct);
                await Webhook.RequireAsync(connection, caller, id, ct);
                return TypedResults.Ok(await ReadAsync(connection, id, replayId, ct));
            })
            .RequireScope(Scopes.WebhooksManage)
            .WithName("GetWebhookReplay")
            .WithTags("Webhooks")
            .WithSummary("How far a replay is")
            .WithProblems("webhook-not-found", "delivery-not-found");
    }

    internal static async Task<Guid> AddAsync(NpgsqlConnection connection, Guid webhook, long from, long to, CancellationToken ct)
    {
        var id = Guid.CreateVersion7();
        await connection.ExecuteAsync("""
            insert into webhook_replays (replay_id, webhook_id, next_seq, to_seq, created_at, touched_at)
            values (@id, @webhook, @from, @to, now(), now())
            """, new { id, webhook, from, to }, ct);
        return id;
    }

    private static async Task<ReplayView> ReadAsync(NpgsqlConnection connection, Guid webhook, Guid replay, CancellationToken ct) =>
        await connection.QueryFirstOrDefaultAsync<ReplayView>(
            $"select {Columns} from webhook_replays where replay_id = @replay and webhook_id = @webhook", new { replay, webhook }, ct)
        ?? throw new DomainException("delivery-not-found", "The webhook has no such replay.");
}

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using EventSourcing;
using Messaging;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using NpgsqlTypes;
using Portfolio.Feed;
using Portfolio.Transactions;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Webhooks;

/// <summary>A user has messages sent to a URL, from now on.</summary>
internal static class CreateWebhook
{
    private static readonly string[] ExampleTypes = ["deposit_completed", "deposit_orphaned"];

    public sealed record Request(
        [property: Description("Where messages are posted to: an https URL that resolves to public addresses.")] string Url,
        [property: Description("What to call it.")] string? Label = null,
        [property: Description("The types of messages that are wanted; all when left out.")] IReadOnlyList<string>? Types = null,
        [property: Description("The wallets whose messages are wanted; all when left out.")] IReadOnlyList<Guid>? WalletIds = null,
        [property: Description("By asset (CAIP-19) the least amount worth sending, in base units.")]
        IReadOnlyDictionary<string, string>? MinimumAmounts = null,
        [property: Description("Send updates of confirmations from so many on; all when left out.")] int? Confirmations = null,
        [property: Description("Of deposits and balances, send only what comes `in` or what goes `out`; both when left out."),
            AllowedValues(Directions.In, Directions.Out)] string? Direction = null);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/api/v1/webhooks", async Task<Created<WebhookView>> (
                Request request, Caller caller, EventStore store, Answers answers, WebhookTargets targets, WalletAccess access,
                IOptions<WebhookOptions> options, HttpResponse response, CancellationToken ct) =>
            {
                var settings = WebhookSettings.Read(
                    targets, request.Url, request.Label, request.Types, request.WalletIds, request.MinimumAmounts, request.Confirmations,
                    request.Direction);
                foreach (var wallet in settings.Wallets ?? []) await access.RequireAsync(caller, wallet, ct);
                var (id, secret) = (Guid.CreateVersion7(), WebhookSecret.New());
                await using var work = await store.BeginAsync(ct);
                await WebhookSettings.RequireWalletsAsync(work.Connection, caller, settings.Wallets, ct);
                // Those of one user queue here, so that no two of them are the last one.
                await work.Connection.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended('webhooks ' || @UserId, 0))",
                    new { UserId = caller.UserId.ToString() }, ct);
                var count = await work.Connection.ScalarAsync<long>(
                    "select count(*) from webhooks where user_id = @UserId", new { caller.UserId }, ct);
                if (count >= options.Value.MostPerUser)
                    throw new DomainException("too-many", $"A user has at most {options.Value.MostPerUser} webhooks.");

                // With the tail held still: what comes behind the head finds the webhook.
                await work.Connection.ExecuteAsync("select from webhook_tail for share", null, ct);
                var head = (await store.StreamHeadAsync(StreamName.Of(FeedMessage.Category, caller.UserId), ct))?.Version ?? 0;
                await work.Connection.ExecuteAsync("""
                    insert into webhooks (webhook_id, user_id, url, label, secret, types, wallets, minimums, confirmations, direction,
                                          created_at, after_seq, reached_seq)
                    values (@id, @UserId, @Url, @Label, @secret, @types, @wallets, @minimums, @confirmations, @direction, now(), @head, @head)
                    """, new
                {
                    id, caller.UserId, settings.Url, settings.Label, secret, head,
                    types = Sql.Typed(settings.Types, NpgsqlDbType.Array | NpgsqlDbType.Text),
                    wallets = Sql.Typed(settings.Wallets, NpgsqlDbType.Array | NpgsqlDbType.Uuid),
                    minimums = Sql.Jsonb(settings.Minimums ?? "{}"), confirmations = settings.Confirmations ?? 0,
                    direction = Sql.Typed(settings.Direction, NpgsqlDbType.Text),
                }, ct);
                var view = WebhookView.Of(await Webhook.RequireAsync(work.Connection, caller, id, ct));
                // A repetition is shown the webhook and never its secret.
                await answers.CommitAsync(work, TypedResults.Created($"/api/v1/webhooks/{id}", view), null, ct);

                response.Headers.CacheControl = "no-store";
                return TypedResults.Created($"/api/v1/webhooks/{id}", view with { Secret = WebhookSecret.Text(secret) });
            })
            .RequireScope(Scopes.WebhooksManage)
            .WithName("CreateWebhook")
            .WithTags("Webhooks")
            .WithSummary("Has messages sent to a URL")
            .WithDescription("Each message of your feed from now on that fits is posted as JSON, signed as Standard Webhooks 1.0 says, until it is "
                + "answered with 2xx: at once, then after 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 h. A message may come more than once, "
                + "always with the same `webhook-id`, and in any order: `seq` sorts. The secret is shown in this answer only.")
            .WithExample(new { url = "https://example.com/hooks/wallets", label = "Shop", types = ExampleTypes })
            .WithProblems("invalid-body", "too-many", "wallet-not-found");
}

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using EventSourcing;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using NpgsqlTypes;
using Portfolio.Transactions;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Webhooks;

/// <summary>An endpoint gets another URL, label or filter; what is in line goes to the new URL.</summary>
internal static class ChangeWebhook
{
    public sealed record Request(
        [property: Description("Where messages are posted to, those in line too.")] string? Url = null,
        [property: Description("What to call it.")] string? Label = null,
        [property: Description("The types of messages that are wanted.")] IReadOnlyList<string>? Types = null,
        [property: Description("The wallets whose messages are wanted.")] IReadOnlyList<Guid>? WalletIds = null,
        [property: Description("By asset (CAIP-19) the least amount worth sending, in base units.")]
        IReadOnlyDictionary<string, string>? MinimumAmounts = null,
        [property: Description("Send updates of confirmations from so many on.")] int? Confirmations = null,
        [property: Description("Of deposits and balances, send only what comes `in` or what goes `out`."),
            AllowedValues(Directions.In, Directions.Out)] string? Direction = null,
        [property: Description("Send messages of all types again.")] bool AllTypes = false,
        [property: Description("Send messages of all wallets again.")] bool AllWallets = false,
        [property: Description("Send messages of both directions again.")] bool BothDirections = false);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPatch("/api/v1/webhooks/{webhookId:guid}", async Task<Ok<WebhookView>> (
                [FromRoute(Name = "webhookId")] Guid id, Request request, IfMatch ifMatch, Caller caller, EventStore store,
                WebhookTargets targets, CancellationToken ct) =>
            {
                var settings = WebhookSettings.Read(
                    targets, request.Url, request.Label, request.Types, request.WalletIds, request.MinimumAmounts, request.Confirmations,
                    request.Direction);
                await using var work = await store.BeginAsync(ct);
                var known = await Webhook.RequireAsync(work.Connection, caller, id, ct, "for update");
                ifMatch.Require(() => WebhookView.Of(known));
                if (settings.Url is not null && caller.Wallets is { } own && await work.Connection.ScalarAsync<bool>("""
                    select exists (select from webhook_deliveries where webhook_id = @id and state = 'waiting' and origin <> 'test'
                        and (wallet_id is null or wallet_id <> all(@own)))
                    """, new { id, own = own.ToArray() }, ct))
                    throw new DomainException("conflict", "Messages of wallets that the key is not for are in line; they would go to the new URL.");
                if (settings.Wallets is not null || request.AllWallets)
                    await WebhookSettings.RequireWalletsAsync(work.Connection, caller, request.AllWallets ? null : settings.Wallets, ct);
                await work.Connection.ExecuteAsync("""
                    update webhooks set failing_since = case when @Url is null then failing_since end, url = coalesce(@Url, url),
                        label = coalesce(@Label, label),
                        types = case when @AllTypes then null else coalesce(@types, types) end,
                        wallets = case when @AllWallets then null else coalesce(@wallets, wallets) end,
                        minimums = coalesce(@minimums, minimums), confirmations = coalesce(@confirmations, confirmations),
                        direction = case when @BothDirections then null else coalesce(@direction, direction) end
                    where webhook_id = @id
                    """, new
                {
                    id, settings.Url, settings.Label, request.AllTypes, request.AllWallets, request.BothDirections,
                    direction = Sql.Typed(settings.Direction, NpgsqlDbType.Text),
                    types = Sql.Typed(settings.Types, NpgsqlDbType.Array | NpgsqlDbType.Text),
                    wallets = Sql.Typed(settings.Wallets, NpgsqlDbType.Array | NpgsqlDbType.Uuid),
                    minimums = Sql.Jsonb(settings.Minimums),
                    confirmations = Sql.Typed(settings.Confirmations, NpgsqlDbType.Integer),
                }, ct);
                var view = WebhookView.Of(await Webhook.RequireAsync(work.Connection, caller, id, ct));
                await work.CommitAsync(ct);
                return TypedResults.Ok(view);
            })
            .RequireScope(Scopes.WebhooksManage)
            .WithEntityTag()
            .WithName("ChangeWebhook")
            .WithTags("Webhooks")
            .WithSummary("Changes a webhook; what is left out stays")
            .WithDescription("Messages that wait go to the new URL. Filters hold for messages that come from now on.")
            .WithExample(new { url = "https://example.com/hooks/v2" })
            .WithProblems("webhook-not-found", "invalid-body", "version-conflict", "conflict");
}

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json.Serialization;
using Portfolio.Transactions;

namespace Portfolio.Webhooks;

/// <summary>An endpoint that messages are sent to.</summary>
public sealed record WebhookView(
    [property: Description("The webhook's id.")] Guid Id,
    [property: Description("Where messages are posted to.")] string Url,
    [property: Description("What its owner calls it, if anything.")] string? Label,
    [property: Description("The types of messages that are sent; all when null.")] IReadOnlyList<string>? Types,
    [property: Description("The wallets whose messages are sent; when null those of all, and those of none.")] IReadOnlyList<Guid>? WalletIds,
    [property: Description("By asset (CAIP-19) the least amount worth sending, in base units; what takes a deposit back is always sent.")]
    IReadOnlyDictionary<string, string> MinimumAmounts,
    [property: Description("Updates of confirmations are sent from so many on.")] int Confirmations,
    [property: Description("Of deposits and balances, only what comes `in` or what goes `out` is sent; both when null."),
        AllowedValues(Directions.In, Directions.Out)] string? Direction,
    [property: Description("Whether messages are sent.")] bool Enabled,
    [property: Description("Since when none are.")] DateTimeOffset? DisabledAt,
    [property: Description("Why none are.")] string? DisabledBecause,
    [property: Description("Of the messages in a row that failed, when the first did; null where the last was taken.")]
    DateTimeOffset? FailingSince,
    [property: Description("When it was last sent to.")] DateTimeOffset? LastAt,
    [property: Description("The HTTP status of the last answer; null where none came.")] int? LastStatus,
    [property: Description("What was wrong the last time; null where nothing was.")] string? LastError,
    [property: Description("Up to which number of your feed messages were put in line. With `enable` what came since can be sent.")] long ReachedSeq,
    [property: Description("When it was made.")] DateTimeOffset CreatedAt,
    [property: Description("Until when the secret before signs beside the present one.")] DateTimeOffset? OldSecretUntil,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull),
        Description("The secret that messages are signed with (Standard Webhooks). It is shown in the answer that makes it and never again.")]
    string? Secret = null)
{
    internal static WebhookView Of(Webhook row) => new(
        row.WebhookId, row.Url, row.Label, row.Types, row.Wallets,
        Webhook.MinimumsOf(row.Minimums).ToDictionary(each => each.Key, each => each.Value.ToString(CultureInfo.InvariantCulture)),
        row.Confirmations, row.Direction, row.DisabledAt is null, row.DisabledAt, row.DisabledBecause, row.FailingSince, row.LastAt, row.LastStatus,
        row.LastError, row.ReachedSeq, row.CreatedAt, row.OldSecretUntil);
}

/// <summary>A message on its way to an endpoint, or that was.</summary>
public sealed record DeliveryView(
    [property: Description("The delivery's id.")] Guid Id,
    [property: Description("The message's id: `webhook-id`, the same however often it is sent.")] Guid EventId,
    [property: Description("The message's number in your feed; null for a test.")] long? Seq,
    [property: Description("The message's type.")] string Type,
    [property: Description("The wallet it is about, if it is about one.")] Guid? WalletId,
    [property: Description("What put it in line: the `feed` itself, a `replay`, a `resend` or a `test`."),
        AllowedValues("feed", "replay", "resend", "test")] string Origin,
    [property: Description("`waiting`; `delivered`: answered with 2xx; `failed`: tried often enough; `dropped`: the message is not there any more."),
        AllowedValues("waiting", "delivered", "failed", "dropped")] string State,
    [property: Description("How often it was sent.")] int Attempts,
    [property: Description("When it is sent next; null where it is not.")] DateTimeOffset? NextAt,
    [property: Description("When it was put in line.")] DateTimeOffset CreatedAt,
    [property: Description("When it ended.")] DateTimeOffset? DoneAt);

/// <summary>One attempt to send a message.</summary>
public sealed record AttemptView(
    [property: Description("Its number, from 1.")] int Attempt,
    [property: Description("When it began.")] DateTimeOffset At,
    [property: Description("Where it went to.")] string Url,
    [property: Description("How long it took, in milliseconds.")] int LatencyMs,
    [property: Description("The HTTP status of the answer; null where none came.")] int? HttpStatus,
    [property: Description("What was wrong; null where it was taken.")] string? Error,
    [property: Description("The beginning of the answer's body.")] string? Response);

/// <summary>A delivery with what was sent and each attempt.</summary>
public sealed record DeliveryDetailView(
    [property: Description("The delivery.")] DeliveryView Delivery,
    [property: Description("The body that is posted; null where the message is not there any more.")] string? Body,
    [property: Description("The attempts, oldest first.")] IReadOnlyList<AttemptView> Attempts);

/// <summary>Messages of the past on their way into the line.</summary>
public sealed record ReplayView(
    [property: Description("The replay's id.")] Guid Id,
    [property: Description("The number of your feed that is looked at next.")] long NextSeq,
    [property: Description("The last number that is looked at.")] long ToSeq,
    [property: Description("How many messages were put in line.")] long Queued,
    [property: Description("When it was asked for.")] DateTimeOffset CreatedAt,
    [property: Description("When all were put in line.")] DateTimeOffset? DoneAt);

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Portfolio.Issues;

/// <summary>What may be wrong with a user's figures.</summary>
internal static class IssueKind
{
    public const string Mismatch = "mismatch";
    public const string Gap = "gap";
    public const string Stale = "stale";
    public const string Unpriced = "unpriced";
    public const string Basis = "basis";
    public const string Spam = "spam";
    public const string Webhook = "webhook";
    public const string PriceSource = "price-source";
}

/// <summary>What somebody has to look at, by kind.</summary>
public sealed record IssuesView(
    [property: Description("When it was looked.")] DateTimeOffset At,
    [property: Description("How many there are of all kinds.")] long Count,
    [property: Description("Every kind that the key may ask about, also those of which there is nothing.")] IReadOnlyList<IssuesOfKind> Data);

/// <summary>What there is of one kind.</summary>
public sealed record IssuesOfKind(
    [property: Description("`mismatch`: balances of which a provider says something else than the transactions come to; `gap`: addresses with "
        + "transactions that are listed and that nobody tells whole; `stale`: wallets with addresses that no provider answers for; `unpriced`: held "
        + "assets without a price; `basis`: assets of whose disposals this year something has no known cost or price; `spam`: assets that are left "
        + "out and that the caller has said nothing of; `webhook`: endpoints that fail or are switched off; `price-source`: sources of prices that "
        + "wait or fail."),
        AllowedValues(IssueKind.Mismatch, IssueKind.Gap, IssueKind.Stale, IssueKind.Unpriced, IssueKind.Basis, IssueKind.Spam, IssueKind.Webhook,
            IssueKind.PriceSource)]
    string Kind,
    [property: Description("How many there are.")] long Count,
    [property: Description("The first of them, at most 50.")] IReadOnlyList<IssueView> First);

/// <summary>One thing to look at; what does not belong to its kind is left out.</summary>
public sealed record IssueView
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), Description("The wallet's id, where it is of one.")]
    public Guid? WalletId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), Description("What the user calls the wallet.")]
    public string? Wallet { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), Description("The address's id in the wallet.")]
    public Guid? AddressId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), Description("The address.")]
    public string? Address { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), Description("What the user calls the address, or the webhook.")]
    public string? Label { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), Description("The network's slug.")]
    public string? Network { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), Description("The asset's CAIP-19 id.")]
    public string? Asset { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), Description("The asset's short name.")]
    public string? Symbol { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), Description("What a provider says the address holds.")]
    public Money? Reported { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), Description("What the address's transactions come to.")]
    public Money? Derived { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull),
        Description("Of how many it is: transactions of a gap, addresses that are stale, parts of disposals without a basis.")]
    public long? Of { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), Description("The year of the disposals.")]
    public int? Year { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), Description("The webhook's id.")]
    public Guid? WebhookId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), Description("Where the webhook's messages go, or the price source's name.")]
    public string? Target { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), Description("Whether messages are still sent to the webhook.")]
    public bool? Enabled { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), Description("Why, where somebody said.")]
    public string? Reason { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), Description("Since when.")]
    public DateTimeOffset? Since { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), Description("When it is tried again by itself.")]
    public DateTimeOffset? NextTry { get; init; }
}

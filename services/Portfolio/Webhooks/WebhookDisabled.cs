using System.ComponentModel;

namespace Portfolio.Feed;

internal abstract partial record FeedMessage
{
    /// <summary>An endpoint gets no more messages, because it failed for too long or wants none. What comes meanwhile is kept.</summary>
    [Description("A webhook gets no more messages, because it failed for too long or answered 410. What comes meanwhile stays in the feed, and "
        + "enabling it can send that.")]
    public sealed record WebhookDisabled(
        [property: Description("The webhook's id.")] Guid WebhookId,
        [property: Description("Where it posts to.")] string Url,
        [property: Description("Why.")] string Reason,
        [property: Description("The HTTP status of the last answer; null where none came.")] int? LastStatus,
        DateTimeOffset OccurredAt) : FeedMessage
    {
        public override Guid? WalletId { get; init; }

        public override DateTimeOffset OccurredAt { get; init; } = OccurredAt;
    }
}

using System.ComponentModel;

namespace Portfolio.Feed;

/// <content>What is told of webhooks.</content>
internal abstract partial record FeedMessage
{
    /// <summary>An endpoint gets no more messages, because it failed for too long or wants none.</summary>
    [Description("A webhook gets no more messages, because it failed for days or answered 410.")]
    public sealed record WebhookDisabled : FeedMessage
    {
        [Description("The webhook's id.")]
        public Guid WebhookId { get; init; }

        [Description("Where it posts to.")]
        public string Url { get; init; } = "";

        [Description("Why nothing more is sent. What comes meanwhile stays in the feed: enabling the webhook can send it.")]
        public string Reason { get; init; } = "";

        [Description("The HTTP status of the last answer; null where none came.")]
        public int? LastStatus { get; init; }
    }
}

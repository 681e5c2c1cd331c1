using System.ComponentModel;

namespace Portfolio.Feed;

/// <content>What is told of syncing. A regular check that finds nothing is not told.</content>
internal abstract partial record FeedMessage
{
    /// <summary>An address's history is being read for the first time; told at each tenth of what a provider counts.</summary>
    public sealed record SyncProgress : FeedMessage
    {
        [Description("The address's id in the wallet.")]
        public Guid AddressId { get; init; }

        [Description("The network's slug.")]
        public string Network { get; init; } = "";

        [Description("The address.")]
        public string Address { get; init; } = "";

        [Description("How much of the history was read, in tenths: 10, 20, … 100.")]
        public int Percent { get; init; }

        [Description("How many transactions were read by then.")]
        public long Transactions { get; init; }

        [Description("How many the provider counts.")]
        public long Expected { get; init; }
    }

    /// <summary>A sync run of the wallet ended well.</summary>
    public sealed record SyncCompleted : FeedMessage
    {
        [Description("The run's id, as in `GET /wallets/{id}/syncs`.")]
        public Guid RunId { get; init; }

        [Description("What began the run; null where it is not known.")]
        public string? Trigger { get; init; }

        [Description("When the run began; null where it is not known.")]
        public DateTimeOffset? StartedAt { get; init; }

        [Description("How many pages it read.")]
        public long Pages { get; init; }

        [Description("How many transactions it found.")]
        public long Found { get; init; }
    }

    /// <summary>A sync run of the wallet waits, for a stated reason, until a stated time.</summary>
    public sealed record SyncWaiting : FeedMessage
    {
        [Description("The run's id, as in `GET /wallets/{id}/syncs`.")]
        public Guid RunId { get; init; }

        [Description("Why it waits.")]
        public string Reason { get; init; } = "";

        [Description("When it goes on.")]
        public DateTimeOffset Until { get; init; }
    }

    /// <summary>A sync run of the wallet ended with some addresses not synced.</summary>
    public sealed record SyncFailed : FeedMessage
    {
        [Description("The run's id, as in `GET /wallets/{id}/syncs`.")]
        public Guid RunId { get; init; }

        [Description("Why.")]
        public string Reason { get; init; } = "";

        [Description("When it is tried again.")]
        public DateTimeOffset NextTry { get; init; }
    }
}

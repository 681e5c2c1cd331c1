using System.ComponentModel;

namespace Portfolio.Feed;

/// <content>What is told of syncing. A regular check that finds nothing is not told.</content>
internal abstract partial record FeedMessage
{
    /// <summary>An address's history is being read for the first time; told at each tenth of what a provider counts.</summary>
    [Description("An address's history is being read for the first time; told at each tenth of what a provider counts.")]
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
    [Description("A sync run of the wallet ended well.")]
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
    [Description("A sync run of the wallet waits, for a stated reason, until a stated time.")]
    public sealed record SyncWaiting : FeedMessage
    {
        [Description("The run's id, as in `GET /wallets/{id}/syncs`.")]
        public Guid RunId { get; init; }

        [Description("Why it waits.")]
        public string Reason { get; init; } = "";

        [Description("When it goes on.")]
        public DateTimeOffset Until { get; init; }
    }

    /// <summary>What may be asked of a provider runs short. Told to everyone who tracks an address of its networks.</summary>
    [Description(
        "What may be asked of a provider runs short, so that checks of these networks may come late. Told once for each window to everyone who " +
        "tracks an address there.")]
    public sealed record RateLimitAlert : FeedMessage
    {
        [Description("The account at the provider, or network and provider where there is none.")]
        public string Budget { get; init; } = "";

        [Description("`projection`: the month is projected to pass its limit; `throttled`: the provider refused again and again on a day.")]
        public string Kind { get; init; } = "";

        [Description("The month or the day (UTC).")]
        public string Window { get; init; } = "";

        [Description("Requests that the month comes to, or refusals of the day so far.")]
        public long Requests { get; init; }

        [Description("The month's limit, or the number of refusals from which on they are told.")]
        public long Limit { get; init; }

        [Description("The networks' slugs.")]
        public IReadOnlyList<string> Networks { get; init; } = [];
    }

    /// <summary>A sync run of the wallet ended with some addresses not synced.</summary>
    [Description("A sync run of the wallet ended with some addresses not synced.")]
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

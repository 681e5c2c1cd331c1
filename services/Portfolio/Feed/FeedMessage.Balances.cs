using System.ComponentModel;

namespace Portfolio.Feed;

/// <content>What is told of balances.</content>
internal abstract partial record FeedMessage
{
    /// <summary>What an address holds of an asset changed, in blocks or waiting for one.</summary>
    public sealed record BalanceChanged : FeedMessage
    {
        [Description("The address's id in the wallet.")]
        public Guid AddressId { get; init; }

        [Description("The network's slug.")]
        public string Network { get; init; } = "";

        [Description("The address.")]
        public string Address { get; init; } = "";

        [Description("The asset's CAIP-19 id.")]
        public string Asset { get; init; } = "";

        [Description("What the transactions in blocks sum up to.")]
        public Money? Confirmed { get; init; }

        [Description("What waits for a block, signed.")]
        public Money? Pending { get; init; }

        [Description("The confirmed balance as it was told before.")]
        public Money? ConfirmedBefore { get; init; }

        [Description("The pending sum as it was told before.")]
        public Money? PendingBefore { get; init; }
    }

    /// <summary>What a provider reports and what the transactions sum up to differ, and nobody knows why.</summary>
    public sealed record BalanceMismatch : FeedMessage
    {
        [Description("The address's id in the wallet.")]
        public Guid AddressId { get; init; }

        [Description("The network's slug.")]
        public string Network { get; init; } = "";

        [Description("The address.")]
        public string Address { get; init; } = "";

        [Description("The asset's CAIP-19 id.")]
        public string Asset { get; init; } = "";

        [Description("What the provider reports.")]
        public Money? Reported { get; init; }

        [Description("What the transactions sum up to.")]
        public Money? Derived { get; init; }

        [Description("The height of the tip at which they were compared.")]
        public long? Height { get; init; }

        [Description("Who reported it.")]
        public string? Provider { get; init; }
    }
}

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Numerics;
using Portfolio.Transactions;

namespace Portfolio.Feed;

/// <content>What is told of balances.</content>
internal abstract partial record FeedMessage
{
    /// <summary>What an address holds of an asset changed, in blocks or waiting for one.</summary>
    [Description("What an address holds of an asset changed, in blocks or waiting for one.")]
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

        [Description("`in` where it holds more than was told before, `out` where less, blocks and what waits for one together; where only " +
            "what waited is in a block by now, or not any more, which way that went.")]
        [AllowedValues(Directions.In, Directions.Out, null)]
        public string? Direction => Confirmed is null ? null : Gained >= 0 ? Directions.In : Directions.Out;

        // What waited and is in a block by now changes no sum of both.
        private int Gained => (Moved(Confirmed, ConfirmedBefore) + Moved(Pending, PendingBefore)).Sign is var whole and not 0
            ? whole
            : Moved(Confirmed, ConfirmedBefore).Sign;

        private static BigInteger Moved(Money? now, Money? before) => (now?.Amount.Value ?? 0) - (before?.Amount.Value ?? 0);
    }

    /// <summary>What a provider reports and what the transactions sum up to differ, and nobody knows why.</summary>
    [Description("What a provider reports and what the transactions sum up to differ, and nobody knows why.")]
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

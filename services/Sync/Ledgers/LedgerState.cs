using Chains;
using Sync.Chains;

namespace Sync.Ledgers;

/// <summary>What is known of one tracked address, as the row of its ledger has it.</summary>
internal sealed record LedgerState
{
    /// <summary>All at or below this height is known and out of any reorganisation's reach; null until the oldest transaction was read.</summary>
    public long? SettledHeight { get; init; }

    /// <summary>The tip at which conclusions were drawn last; null before the first ones.</summary>
    public ChainTip? Tip { get; init; }

    /// <summary>The sum of all known transactions, in base units of the native asset, and their number.</summary>
    public Amount Derived { get; init; }

    public long DerivedCount { get; init; }

    /// <summary>What a provider reported last; null before the first time.</summary>
    public AddressSummary? Reported { get; init; }

    /// <summary>When the address was first imported, as its wallet was told.</summary>
    public DateTimeOffset? OpenedAt { get; init; }

    /// <summary>When the last walk that came to an end began.</summary>
    public DateTimeOffset? CheckedAt { get; init; }

    /// <summary>Since when what is known may be out of date because no provider answers.</summary>
    public DateTimeOffset? StaleSince { get; init; }

    /// <summary>When the whole history was last read again because of a token's balance.</summary>
    public DateTimeOffset? ReadAgainAt { get; init; }

    /// <summary>Whether some transaction is listed and could not be read.</summary>
    public bool HasGaps { get; init; }

    /// <summary>Whether some transaction is known to wait for a block.</summary>
    public bool HasPending { get; init; }

    /// <summary>Whether the block of some transaction has no hash yet.</summary>
    public bool HasUnnamed { get; init; }
}

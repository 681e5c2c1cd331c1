using Chains;
using EventSourcing;
using Sync.Chains;

namespace Sync.Ledgers;

/// <summary>What a page of history changes: the events to append and, beside them, the rows to write and what they sum up to.</summary>
internal sealed record PageChange
{
    public required IReadOnlyList<NewEvent> Events { get; init; }

    /// <summary>Transactions whose rows are written anew, with the incarnation of each.</summary>
    public required IReadOnlyList<(ChainTransaction Transaction, int Incarnation)> Written { get; init; }

    /// <summary>Known transactions that the round met for the first time.</summary>
    public required IReadOnlyList<string> SeenAgain { get; init; }

    /// <summary>Known transactions that get the hash of their block.</summary>
    public required IReadOnlyList<(string Txid, string BlockHash)> Assigned { get; init; }

    /// <summary>Known transactions of which more is known now, or which this reading disagrees with.</summary>
    public required IReadOnlyList<KnownTransaction> Revised { get; init; }

    /// <summary>What another provider returned earlier in the same round; it changes nothing else.</summary>
    public required IReadOnlyList<string> Repeated { get; init; }

    /// <summary>Where a known history is read again: known transactions of which the reading comes to other amounts.</summary>
    public IReadOnlyList<ChainTransaction> Otherwise { get; init; } = [];

    /// <summary>The lowest height at which a block was named once and now is not.</summary>
    public long? Doubted { get; init; }

    /// <summary>What the page adds to the native balance, in base units.</summary>
    public Amount Delta { get; init; }

    /// <summary>What it adds to the number of transactions.</summary>
    public long Count { get; init; }

    /// <summary>Transactions that were not known.</summary>
    public long Found { get; init; }

    /// <summary>What it adds to the sums of other assets.</summary>
    public required AssetSums Others { get; init; }
}

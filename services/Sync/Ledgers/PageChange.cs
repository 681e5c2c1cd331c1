using Chains;
using EventSourcing;
using Sync.Chains;

namespace Sync.Ledgers;

/// <summary>
/// What a page changes: events to append, rows to write, rows seen again, rows that get their block's name, known rows that
/// turn out otherwise, and the sum of it.
/// What another provider told earlier in the same round changes nothing else. Doubted is the lowest height at which a block was
/// named once and now is not.
/// </summary>
internal sealed record PageChange(
    IReadOnlyList<NewEvent> Events, IReadOnlyList<ChainTransaction> Written, IReadOnlyList<int> Incarnations, IReadOnlyList<string> SeenAgain,
    IReadOnlyList<(string Txid, string BlockHash)> Placed, IReadOnlyList<KnownTransaction> Revised, IReadOnlyList<string> ToldAgain, long? Doubted, Amount Delta, long Count, long Found, AssetSums Others);

using Chains;

namespace Sync.Chains.Utxo;

/// <summary>How far a node's blocks were looked through for an address: up to this block, or below where it begins without a hash.</summary>
internal sealed record NodePlace(long Height, string? Hash);

/// <summary>Addresses for which the blocks were looked through up to one and the same place, with their scripts.</summary>
internal sealed record NodeGroup(NodePlace Place, IReadOnlyDictionary<string, byte[]> Scripts, long? Next);

/// <summary>An output that pays an address.</summary>
internal sealed record NodeCoin(string Txid, int Number, long Value);

/// <summary>A transaction that touches an address, by its place in the block, with the coins of the address that it makes and spends.</summary>
internal sealed record NodeFinding(
    string Address, string Txid, int Position, IReadOnlyList<NodeCoin> Made, IReadOnlyList<(string Txid, int Number)> Spent);

/// <summary>A transaction of an address, and where it stands.</summary>
internal sealed record NodeTransaction(string Txid, long Height, int Position, string BlockHash, DateTimeOffset BlockTime);

/// <summary>
/// What the blocks of a node were found to hold of addresses. A node knows no addresses, so somebody has to remember what was found; all
/// processes go on from one place.
/// </summary>
internal interface INodeScans
{
    /// <summary>
    /// How far the blocks were looked through for the address; it is noted that they are to be, from a height on. Null where nobody tracks it (any
    /// more): what is found of it was forgotten, and stays so.
    /// </summary>
    Task<NodePlace?> BeginAsync(Address address, long start, CancellationToken ct);

    /// <summary>
    /// With whom to go on. An address that is about as far as the chain goes on with those at its place; otherwise those are furthest behind
    /// who are behind, so that all come together and blocks are looked through once for all of them. Null where the address is gone meanwhile.
    /// </summary>
    Task<NodeGroup?> GroupAsync(Address address, long nearlyDone, int most, CancellationToken ct);

    /// <summary>Whose these coins are, among the addresses.</summary>
    Task<IReadOnlyDictionary<(string Txid, int Number), string>> OwnersAsync(
        Network network, IReadOnlyCollection<string> addresses, IReadOnlyCollection<(string Txid, int Number)> coins, CancellationToken ct);

    /// <summary>Moves those who still stand at the group's place to a block, with what that block holds of them; false where nobody does.</summary>
    Task<bool> MoveAsync(Network network, NodeGroup group, ChainBlock to, IReadOnlyList<NodeFinding> found, CancellationToken ct);

    /// <summary>Takes all who stand at a block that is no part of the chain back to one that is, or to where they began.</summary>
    Task RewindAsync(Network network, NodePlace from, NodePlace? to, CancellationToken ct);

    /// <summary>How many transactions the address has, and the sum of its coins.</summary>
    Task<(long Transactions, Amount Sum)> SumAsync(Address address, CancellationToken ct);

    /// <summary>Those below a transaction, newest first, or the newest; null where that transaction is not known.</summary>
    Task<IReadOnlyList<NodeTransaction>?> ListAsync(Address address, string? below, int most, CancellationToken ct);

    /// <summary>The coins of the address that no block spends.</summary>
    Task<IReadOnlyList<Coin>> CoinsAsync(Address address, CancellationToken ct);

    /// <summary>Whether a block is known that holds the transaction, or else which one there spends one of the coins.</summary>
    Task<(bool IsInBlock, string? Spender)> FateAsync(
        Network network, string txid, IReadOnlyCollection<(string Txid, int Number)> spent, CancellationToken ct);
}

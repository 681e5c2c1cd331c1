using Chains;
using ChainSimulator.World;

namespace ChainSimulator.Script;

/// <summary>How large made transactions are: like the recorded blocks' (median 10 KB of JSON), or a kilobyte.</summary>
public enum Profile
{
    Small,
    Recorded,
}

/// <summary>
/// Makes addresses and mines their histories on top of the chain: <see cref="Transactions"/> each, spread over
/// <see cref="Blocks"/> blocks (a third of the transactions by default, so several share a block). Of these
/// <see cref="SharedPercent"/> also touch another of the addresses. Named <see cref="Addresses"/> may be given instead of new ones.
/// </summary>
public sealed record CreateAddresses(
    string Network,
    int Transactions,
    int Count = 1,
    IReadOnlyList<string>? Addresses = null,
    Profile Profile = Profile.Small,
    int? Blocks = null,
    int SharedPercent = 0,
    AddressKind Kind = AddressKind.P2wpkh,
    int BlockSeconds = SimulatedNetwork.BlockSeconds,
    ulong? Seed = null);

/// <summary>New transactions for some addresses; held back means that only <see cref="Release"/> lets a block take them.</summary>
public sealed record AddTransactions(
    string Network,
    IReadOnlyList<string> Addresses,
    int Count = 1,
    bool Held = false,
    Profile Profile = Profile.Small,
    ulong? Seed = null);

/// <summary>Mines blocks; the first takes what waits in the mempool and the new transactions made for the addresses, the rest are empty.</summary>
public sealed record Mine(
    string Network,
    int Blocks = 1,
    IReadOnlyList<string>? Addresses = null,
    int Transactions = 0,
    bool FromMempool = true,
    string? RewardTo = null,
    Profile Profile = Profile.Small,
    DateTimeOffset? At = null,
    ulong? Seed = null);

/// <summary>Lets blocks take held transactions: the named ones, or all.</summary>
public sealed record Release(string Network, IReadOnlyList<string>? Txids = null);

/// <summary>Takes transactions out of the mempool with what builds on them; replaced ones leave another in their place that spends the
/// same inputs.</summary>
public sealed record Evict(string Network, IReadOnlyList<string> Txids, bool Replace = false, ulong? Seed = null);

/// <summary>What left the mempool and what came instead.</summary>
public sealed record Evicted(IReadOnlyList<string> Gone, IReadOnlyList<string> Replacements);

/// <summary>
/// Replaces the newest <see cref="Depth"/> blocks by <see cref="Blocks"/> new ones (one more by default). Each of their
/// transactions is kept, unless its id is listed or a percentage takes it: dropped (with what builds on it), moved to
/// another block, replaced by one that spends the same inputs otherwise, or unconfirmed (back in the mempool, held).
/// </summary>
public sealed record Reorganise(
    string Network,
    int Depth,
    int? Blocks = null,
    int DropPercent = 0,
    int MovePercent = 0,
    int ReplacePercent = 0,
    int UnconfirmPercent = 0,
    IReadOnlyList<string>? Drop = null,
    IReadOnlyList<string>? Move = null,
    IReadOnlyList<string>? Replace = null,
    IReadOnlyList<string>? Unconfirm = null,
    IReadOnlyList<string>? Addresses = null,
    int Transactions = 0,
    ulong? Seed = null);

/// <summary>What a reorganisation did; all kept transactions are left out.</summary>
public sealed record Reorganised(
    int ForkHeight,
    int TipHeight,
    string TipHash,
    int Kept,
    IReadOnlyList<string> Orphaned,
    IReadOnlyList<string> Dropped,
    IReadOnlyList<string> Moved,
    IReadOnlyList<string> Replaced,
    IReadOnlyList<string> Unconfirmed);

/// <summary>One party of an exact transaction, the value in satoshis; a kept address spends its coins of that very value.</summary>
public sealed record Side(string Address, long Value);

/// <summary>A transaction given in full; what the inputs have over the outputs is the fee.</summary>
public sealed record ExactTransaction(string Network, IReadOnlyList<Side> From, IReadOnlyList<Side> To, bool Held = false);

/// <summary>Where a chain ends.</summary>
public sealed record TipState(int Height, string Hash, int Waiting);

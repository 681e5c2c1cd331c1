using Chains;

namespace Sync.Chains;

/// <summary>A block by height and hash.</summary>
internal sealed record ChainTip(long Height, string Hash);

/// <summary>A block with the time that it carries itself, which is that of every transaction in it.</summary>
internal sealed record ChainBlock(long Height, string Hash, DateTimeOffset Time);

/// <summary>
/// What a provider says of an address: confirmed balance and pending sum of the native asset, and the number of confirmed
/// transactions where it counts them.
/// </summary>
internal sealed record AddressSummary(Amount Confirmed, Amount Pending, long? TransactionCount);

/// <summary>Summaries told by one answer, by address, and the tip that the same answer names.</summary>
internal sealed record ManySummaries(ChainTip Tip, IReadOnlyDictionary<string, AddressSummary> ByAddress);

/// <summary>
/// A place in an address's history that every provider can find again: the transaction there, its height, and about how
/// many newer ones stand above it (who is asked by number begins to look there). Histories are read newest first, so
/// "after" a place means older.
/// </summary>
internal sealed record Position(long Height, string Txid, long Newer = 0);

/// <summary>A side of a transaction: who, and how much of the native asset or of the one that is named (CAIP-19).</summary>
internal sealed record ChainParty(string? Address, Amount Value, string? Asset = null);

/// <summary>What a transaction adds to the address of an asset other than the native one (CAIP-19), signed, in base units.</summary>
internal sealed record AssetChange(string Asset, Amount Delta);

/// <summary>What a provider says an asset is called, if it knows, and divided into; anyone can make a token of any name.</summary>
internal sealed record TokenDescription(string Asset, string? Symbol, int? Decimals);

/// <summary>
/// One of the movements that a transaction was told in, by the list that tells it: what it adds to the address of the native
/// asset or of the one that is named, how much of that is a fee, and between whom.
/// </summary>
internal sealed record ChainPart(string List, string? Asset, Amount Delta, Amount Fee, ChainParty? From, ChainParty? To);

/// <summary>
/// A confirmed transaction as it concerns one address; <c>Delta</c> is what it adds to the address of the native asset, signed,
/// in base units, and <c>Others</c> of each other asset once. <c>Parts</c> is what both consist of, where a provider tells a
/// transaction in several lists that may be read at different times; null where it is told as a whole. <c>BlockHash</c> is null where the
/// provider does not name the block; then <c>BlockTime</c> is not the block's, but when the provider first saw the transaction.
/// </summary>
internal sealed record ChainTransaction(
    string Txid, long Height, string? BlockHash, DateTimeOffset BlockTime, int? BlockPosition, Amount Fee, Amount Delta,
    IReadOnlyList<ChainParty> From, IReadOnlyList<ChainParty> To, bool Coinbase, IReadOnlyList<AssetChange>? Others = null,
    IReadOnlyList<ChainPart>? Parts = null);

/// <summary>
/// A block with the one below it, the requests that telling what it touches costs, and the addresses that are known with it already.
/// </summary>
internal sealed record FollowedBlock(long Height, string Hash, string Parent, int Requests, IReadOnlyCollection<string> Known);

/// <summary>A transaction that waits for a block, as it concerns one address, and the coins that it spends, each as <c>txid:vout</c>.</summary>
internal sealed record WaitingTransaction(
    string Txid, Amount Fee, Amount Delta, IReadOnlyList<ChainParty> From, IReadOnlyList<ChainParty> To, IReadOnlyList<string> Spent);

/// <summary>A coin that nobody has spent: an output by its transaction and number, and the block it is in, none while it waits for one.</summary>
internal sealed record Coin(string Txid, long Vout, Amount Value, long? Height, string? BlockHash);

/// <summary>What became of a pending transaction: it waits still, is in a block, is not known, or another one spends its coins.</summary>
internal sealed record PendingFate(bool IsWaiting, bool IsInBlock, string? ReplacedBy)
{
    public static PendingFate Waiting { get; } = new(true, false, null);

    public static PendingFate InBlock { get; } = new(false, true, null);

    public static PendingFate Unknown { get; } = new(false, false, null);

    public static PendingFate Replaced(string by) => new(false, false, by);
}

/// <summary>What came to an address by no transaction: a class of such things, in which block, and how much of the native asset.</summary>
internal sealed record OffLedgerChange(string Class, long Height, Amount Value);

/// <summary>Such changes, and whether the provider tells all classes of them that its chain has.</summary>
internal sealed record OffLedgerChanges(IReadOnlyList<OffLedgerChange> Told, bool IsWhole);

/// <summary>
/// What a provider lists of one asset alone: the sum of its movements and in how many transactions, and what a difference
/// between balance and movements is called where that is all. <c>IsWhole</c> is false where the asset moves in ways that no
/// list tells.
/// </summary>
internal sealed record ListedAsset(Amount Sum, long Transactions, string Class, bool IsWhole);

/// <summary>A transaction that is listed as the address's and cannot be read, and why; fit for a user's eyes.</summary>
internal sealed record HistoryGap(string Txid, long Height, string Reason);

/// <summary>
/// A page of history, newest first. <c>Full</c> says that the provider put as many on it as it does; <c>Newer</c>, how many
/// transactions stand above its first; <c>Assets</c>, what it says the assets on it are.
/// </summary>
internal sealed record HistoryPage(
    IReadOnlyList<ChainTransaction> Transactions, bool Full, string Provider, long Newer = 0, IReadOnlyList<TokenDescription>? Assets = null)
{
    /// <summary>Whether it was told before and kept, so that nobody was asked.</summary>
    public bool IsKept { get; init; }

    /// <summary>What stands among the transactions and cannot be read: everything around it is.</summary>
    public IReadOnlyList<HistoryGap> Gaps { get; init; } = [];

    public Position PositionAt(int index) => new(Transactions[index].Height, Transactions[index].Txid, Newer + index);
}

/// <summary>
/// One provider of a network: what every chain has. Every answer is checked before it is returned; whatever keeps an answer
/// from being had is a <see cref="ProviderException"/>. What only some can tell is a capability: <c>Capabilities.cs</c>.
/// </summary>
internal interface IChainAdapter
{
    Network Network { get; }

    /// <summary>The provider's name.</summary>
    string Provider { get; }

    /// <summary>The tip of the best chain, asked afresh.</summary>
    Task<ChainTip> TipAsync(CancellationToken ct);

    /// <summary>Balance and count of an address, asked afresh.</summary>
    Task<AddressSummary> SummaryAsync(Address address, CancellationToken ct);

    /// <summary>The page of confirmed transactions older than <paramref name="after"/>, or the newest page.</summary>
    Task<HistoryPage> PageAsync(Address address, Position? after, CancellationToken ct);
}

using Chains;
using Chains.Proofs;

namespace Sync.Chains;

// What some providers tell besides, found by a type test: `provider is IBlockNames names`. Who lacks it is asked for nothing.

/// <summary>Tells the blocks of the best chain by their heights.</summary>
internal interface IBlockNames : IChainAdapter
{
    /// <summary>The hash of the block at a height; null above the tip.</summary>
    Task<string?> BlockHashAsync(long height, CancellationToken ct);

    /// <summary>The block at a height, and those below it that the same answer tells, newest first; none above the tip.</summary>
    Task<IReadOnlyList<ChainBlock>> BlocksAsync(long height, CancellationToken ct);
}

/// <summary>Sums up many addresses by one call.</summary>
internal interface IManySummaries : IChainAdapter
{
    /// <summary>How many addresses <see cref="SummariesAsync"/> takes.</summary>
    int AddressesAtOnce { get; }

    /// <summary>Balances and counts of the addresses, and the tip that the same answer names.</summary>
    Task<ManySummaries> SummariesAsync(IReadOnlyList<Address> addresses, CancellationToken ct);
}

/// <summary>Can be asked as of a tip that it told, where its newest block is no tip (ADR 0028).</summary>
internal interface IPastState : IChainAdapter
{
    /// <summary>Balance and count of an address as of the tip.</summary>
    Task<AddressSummary> SummaryAsync(Address address, ChainTip tip, CancellationToken ct);

    /// <summary>The newest page as of the tip.</summary>
    Task<HistoryPage> NewestAsync(Address address, ChainTip tip, CancellationToken ct);
}

/// <summary>A chain whose tip never stands still long enough says instead that nothing of an address moved.</summary>
internal interface IStandingAddresses : IChainAdapter
{
    /// <summary>Whether all that was told of the address since the tip <paramref name="start"/> belongs to one state of it.</summary>
    Task<bool> StandsAsync(Address address, ChainTip start, CancellationToken ct);
}

/// <summary>Tells balances of assets other than the native one (CAIP-19).</summary>
internal interface ITokenBalances : IChainAdapter
{
    /// <summary>
    /// As of the tip where it knows older balances than today's, none where it does not any more; otherwise asked afresh. What
    /// the provider does not tell is left out.
    /// </summary>
    Task<IReadOnlyDictionary<string, Amount>> BalancesAsync(
        Address address, IReadOnlyCollection<string> assets, ChainTip? tip, CancellationToken ct);
}

/// <summary>Knows which assets an address holds, whether or not it ever told how they came.</summary>
internal interface IHeldAssets : ITokenBalances
{
    /// <summary>The assets other than the native one (CAIP-19) of which the address holds anything now, as far as the provider says.</summary>
    Task<IReadOnlyCollection<string>> HeldAsync(Address address, CancellationToken ct);
}

/// <summary>Lists the movements of one asset alone.</summary>
internal interface IAssetLists : IChainAdapter
{
    /// <summary>What is listed of the asset up to a height; null where it does not.</summary>
    Task<ListedAsset?> ListedAsync(Address address, string asset, long upTo, CancellationToken ct);
}

/// <summary>Tells what came to an address by no transaction.</summary>
internal interface IOffLedgerChanges : IChainAdapter
{
    /// <summary>What came so above a height and up to another.</summary>
    Task<OffLedgerChanges> OffLedgerChangesAsync(Address address, long above, long upTo, CancellationToken ct);
}

/// <summary>Knows of addresses whose balance changes by no transaction, though not when.</summary>
internal interface IDifferenceReasons : IChainAdapter
{
    /// <summary>The class of what comes to the address so; null where nothing is known of the kind.</summary>
    Task<string?> DifferenceReasonAsync(Address address, CancellationToken ct);
}

/// <summary>Tells one transaction alone.</summary>
internal interface ITransactions : IChainAdapter
{
    /// <summary>The transaction as it concerns the address; null where it does not.</summary>
    /// <exception cref="ProviderException">It is not told, or cannot be read.</exception>
    Task<ChainTransaction?> TransactionAsync(Address address, string txid, long height, CancellationToken ct);
}

/// <summary>Tells which addresses a block touches.</summary>
internal interface IBlockContents : IBlockNames
{
    /// <summary>Whether this provider does: not everybody who speaks the dialect.</summary>
    bool TellsContents { get; }

    /// <summary>Whether what it tells is all that can touch an address; otherwise contracts may have paid it unseen.</summary>
    bool TellsAll { get; }

    /// <summary>The block of the best chain at a height; null where the provider does not have it.</summary>
    Task<FollowedBlock?> BlockAsync(long height, CancellationToken ct);

    /// <summary>The addresses that the block touches, as addresses are written; null where the provider does not have the block any more.</summary>
    Task<IReadOnlyCollection<string>?> TouchedAsync(FollowedBlock block, CancellationToken ct);
}

/// <summary>Tells an address's transactions that wait for a block, and what became of one that does not any more.</summary>
internal interface IMempool : IChainAdapter
{
    /// <summary>How many it lists at most; where so many are listed, another may be waiting all the same.</summary>
    int MostListed { get; }

    Task<IReadOnlyList<WaitingTransaction>> WaitingAsync(Address address, CancellationToken ct);

    /// <summary>What became of a transaction that spends these coins.</summary>
    Task<PendingFate> FateAsync(string txid, IReadOnlyList<string> spent, CancellationToken ct);
}

/// <summary>Tells the coins of an address that nobody has spent.</summary>
internal interface ICoins : IChainAdapter
{
    /// <summary>All of them, those of transactions that wait for a block too; asked afresh.</summary>
    Task<IReadOnlyList<Coin>> CoinsAsync(Address address, CancellationToken ct);
}

/// <summary>Proves that transactions are in blocks. What it tells is not checked.</summary>
internal interface ITransactionProofs : IChainAdapter
{
    /// <summary>The proof that the transaction is in the block.</summary>
    Task<InclusionProof> ProofAsync(string txid, string blockHash, CancellationToken ct);
}

/// <summary>Proves what accounts hold of the native asset. What it tells is not checked.</summary>
internal interface IAccountProofs : IChainAdapter
{
    /// <summary>Whether this provider does: not everybody who speaks the dialect.</summary>
    bool TellsProofs { get; }

    /// <summary>The proof as of the block at a height, or of the newest.</summary>
    Task<BalanceProof> ProofAsync(Address address, long? height, CancellationToken ct);
}

/// <summary>Keeps in memory what it was told of an address.</summary>
internal interface IRemembers : IChainAdapter
{
    /// <summary>Forgets it: something of it may not have been true.</summary>
    void Forget(Address address);
}

/// <summary>Questions that every adapter answers in its own way.</summary>
internal static class AdapterQuestions
{
    /// <summary>
    /// Whether all that was told of the address since the tip <paramref name="start"/> belongs to one state of it: the tip is
    /// still the same, or the chain has another way to say so.
    /// </summary>
    public static async Task<bool> StandsAsync(this IChainAdapter adapter, Address address, ChainTip start, CancellationToken ct) =>
        adapter is IStandingAddresses standing ? await standing.StandsAsync(address, start, ct) : await adapter.TipAsync(ct) == start;

    /// <summary>Forgets what the adapter keeps in memory of an address, where it keeps anything.</summary>
    public static void Forget(this IChainAdapter adapter, Address address) => (adapter as IRemembers)?.Forget(address);
}

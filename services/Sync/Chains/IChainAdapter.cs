using Chains;

namespace Sync.Chains;

/// <summary>A block by height and hash.</summary>
internal sealed record ChainTip(long Height, string Hash);

/// <summary>What a provider says of an address: confirmed balance, pending sum, confirmed transactions.</summary>
internal sealed record AddressSummary(Amount Confirmed, Amount Pending, long TransactionCount);

/// <summary>
/// A place in an address's history that every provider can find again: the transaction there and its height. Histories
/// are read newest first, so "after" a place means older.
/// </summary>
internal sealed record Position(long Height, string Txid);

/// <summary>A side of a transaction.</summary>
internal sealed record ChainParty(string? Address, Amount Value);

/// <summary>A confirmed transaction as it concerns one address; <c>Delta</c> is what it adds to the address, signed, in base units.</summary>
internal sealed record ChainTransaction(
    string Txid, long Height, string BlockHash, DateTimeOffset BlockTime, int? BlockPosition, Amount Fee, Amount Delta,
    IReadOnlyList<ChainParty> From, IReadOnlyList<ChainParty> To, bool Coinbase)
{
    public Position Position => new(Height, Txid);
}

/// <summary>A page of history, newest first. <c>Full</c> says that it holds as many as the provider puts on a page.</summary>
internal sealed record HistoryPage(IReadOnlyList<ChainTransaction> Transactions, bool Full, string Provider);

/// <summary>
/// One network, spoken to through whichever of its providers is fit. Every answer is checked before it is returned;
/// whatever keeps an answer from being had is a <see cref="ProviderException"/>.
/// </summary>
internal interface IChainAdapter
{
    Network Network { get; }

    /// <summary>The names of the network's providers, in order.</summary>
    string Provider { get; }

    /// <summary>The tip of the best chain, asked afresh.</summary>
    Task<ChainTip> TipAsync(CancellationToken ct);

    /// <summary>The hash of the best chain's block at a height; null above its tip.</summary>
    Task<string?> BlockHashAsync(long height, CancellationToken ct);

    /// <summary>Balance and count of an address, asked afresh.</summary>
    Task<AddressSummary> SummaryAsync(Address address, CancellationToken ct);

    /// <summary>The page of confirmed transactions older than <paramref name="after"/>, or the newest page.</summary>
    Task<HistoryPage> PageAsync(Address address, Position? after, CancellationToken ct);
}

/// <summary>The adapters of all configured networks.</summary>
internal sealed class ChainAdapters(IEnumerable<IChainAdapter> adapters)
{
    private readonly Dictionary<string, IChainAdapter> byNetwork = adapters.ToDictionary(adapter => adapter.Network.Slug);

    public IChainAdapter? Find(string network) => byNetwork.GetValueOrDefault(network);
}

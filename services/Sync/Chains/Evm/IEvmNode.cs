using Chains;
using Chains.Proofs;

namespace Sync.Chains.Evm;

/// <summary>A block as far as it is read.</summary>
internal sealed record EvmBlock(long Height, string Hash, string ParentHash, DateTimeOffset Time);

/// <summary>What is asked of a node, or of a provider that passes it on.</summary>
internal interface IEvmNode
{
    /// <summary>Whether <see cref="ReceiptsAsync"/> costs little enough to be asked for every transaction that an account sent.</summary>
    bool TellsReceipts { get; }

    /// <summary>The newest block, or the one at a height; null above the tip.</summary>
    Task<EvmBlock?> BlockAsync(long? height, CancellationToken ct);

    /// <summary>Whether it tells blocks with their transactions and logs.</summary>
    bool TellsContents { get; }

    /// <summary>The block at a height with the accounts that its transactions name; null where the node does not have it.</summary>
    Task<(EvmBlock Block, IReadOnlyCollection<string> Accounts)?> WholeBlockAsync(long height, CancellationToken ct);

    /// <summary>The accounts that logs of a block name as having moved tokens; null where the node does not have the block any more.</summary>
    Task<IReadOnlyCollection<string>?> MovedInAsync(string block, CancellationToken ct);

    /// <summary>Whether it proves what accounts hold (EIP-1186).</summary>
    bool TellsProofs { get; }

    /// <summary>The proof of what an account holds after the block at a height, or after the newest; not checked.</summary>
    Task<BalanceProof> ProofAsync(string account, long? height, CancellationToken ct);

    /// <summary>The native balance as of a block not long ago, or of the newest.</summary>
    Task<Amount> BalanceAsync(string account, long? at, CancellationToken ct);

    /// <summary>What the genesis allocated to the account; null where the node does not know (any more).</summary>
    Task<Amount?> GenesisAsync(string account, CancellationToken ct);

    /// <summary>
    /// What came to the account by the system's own doing in a range of blocks, as the contracts that stand for the native coin log it.
    /// </summary>
    Task<IReadOnlyList<OffLedgerChange>> BridgedAsync(IReadOnlyCollection<string> contracts, string account, long from, long to, string @class,
        CancellationToken ct);

    /// <summary>The balances of tokens as of a block not long ago, or of the newest, by contract; one that tells none is left out.</summary>
    Task<IReadOnlyDictionary<string, Amount>> TokensAsync(string account, IReadOnlyCollection<string> contracts, long? at, CancellationToken ct);

    /// <summary>The receipts of transactions, by hash; one that the node does not know is left out.</summary>
    Task<IReadOnlyDictionary<string, EvmReceipt>> ReceiptsAsync(IReadOnlyCollection<string> hashes, CancellationToken ct);

    /// <summary>The transactions themselves, by hash; one that the node does not know is left out.</summary>
    Task<IReadOnlyDictionary<string, EvmEnvelope>> TransactionsAsync(IReadOnlyCollection<string> hashes, CancellationToken ct);
}

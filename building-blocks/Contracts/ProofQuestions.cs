using Chains;
using Chains.Proofs;

namespace Contracts;

/// <summary>Which proofs are wanted of a network: asked by Portfolio of Sync, which alone talks to providers.</summary>
public sealed record ProofsWanted(string Network, IReadOnlyList<TransactionToProve> Transactions, IReadOnlyList<AccountToProve> Accounts);

/// <summary>A transaction, and the block that it is said to be in.</summary>
public sealed record TransactionToProve(string Txid, string BlockHash);

/// <summary>
/// An account, and what it is said to hold of its network's own coin after a block; <c>OrNewer</c> says that the newest block does as well,
/// if it holds that there.
/// </summary>
public sealed record AccountToProve(string Address, Amount Balance, long Height, string BlockHash, bool OrNewer);

/// <summary>The proofs that were had and checked, in the order of the questions.</summary>
public sealed record ProofsTold(IReadOnlyList<TransactionProven> Transactions, IReadOnlyList<AccountProven> Accounts);

/// <summary>A proof and who told it, or why there is none; fit for a user's eyes.</summary>
public sealed record TransactionProven(string Txid, string? Provider, InclusionProof? Proof, string? WhyNot);

/// <inheritdoc cref="TransactionProven"/>
public sealed record AccountProven(string Address, string? Provider, BalanceProof? Proof, string? WhyNot);

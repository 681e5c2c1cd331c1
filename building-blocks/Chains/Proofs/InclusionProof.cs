using System.ComponentModel;

namespace Chains.Proofs;

/// <summary>
/// That a transaction is in a block, of Bitcoin and its relatives: anybody can check it who trusts the block's hash, and it says nothing of
/// what else is in the chain.
/// </summary>
public sealed record InclusionProof(
    [property: Description("The block's header: 80 bytes in hexadecimal. Its double SHA-256 is the block's hash.")] string Header,
    [property: Description("The transaction's place in the block, from 0.")] long Position,
    [property: Description("The hashes beside its way up to the root in the header, from below.")] IReadOnlyList<string> Merkle,
    [property: Description("The transaction without its witnesses, in hexadecimal: its double SHA-256 is its id. Null where it is longer than is " +
        "sent along.")] string? Raw)
{
    /// <summary>The longest transaction that is sent along, in bytes without witnesses.</summary>
    public const int LongestRaw = 32_768;

    /// <summary>What is wrong with it as a proof that the transaction is in the block; null where nothing is.</summary>
    public string? WhyWrong(string txid, string blockHash)
    {
        if (BlockHeader.Read(Header) is not { } header) return "its header is none";
        if (header.Hash != blockHash) return $"its header is that of block {header.Hash}";
        if (MerkleBranch.RootOf(txid, Position, Merkle) is not { } root || !header.Root.SequenceEqual(root))
            return "its hashes do not lead from the transaction to the root in the header";
        if (Raw is null) return null;
        if (RawTransaction.Read(Raw, LongestRaw) is not { } raw) return "its transaction cannot be read";
        if (raw.Txid != txid) return $"its transaction is {raw.Txid}";
        return raw.MayBeNode ? "its transaction is as long as two hashes, so it may be a part of the tree" : null;
    }
}

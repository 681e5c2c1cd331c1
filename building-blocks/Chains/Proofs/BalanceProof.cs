using System.ComponentModel;
using System.Numerics;

namespace Chains.Proofs;

/// <summary>
/// What an account held of its chain's own coin after a block (EIP-1186): anybody can check it who trusts the block's hash, and it says
/// nothing of how the account came to it.
/// </summary>
public sealed record BalanceProof(
    [property: Description("The block's height.")] long Height,
    [property: Description("The block's hash.")] string BlockHash,
    [property: Description("The block's header in Ethereum's encoding (RLP), in hexadecimal: its Keccak-256 is the block's hash, and it holds the " +
        "root of the state.")] string Header,
    [property: Description("The nodes of the state's tree from its root to the account, each in hexadecimal; each one's Keccak-256 stands in the " +
        "one above.")] IReadOnlyList<string> Nodes)
{
    /// <summary>What it shows that the account held; null with the reason where it shows nothing.</summary>
    public (BigInteger? Balance, string? WhyWrong) Read(string account)
    {
        if (HexText.Read(account, 20) is not { Length: 20 } bytes) return (null, "the account is none");
        if (EvmHeader.Read(Header) is not { } header) return (null, "its header is none");
        if (header.Hash != BlockHash || header.Height != Height) return (null, $"its header is that of block {header.Height}, {header.Hash}");
        return AccountProof.Read(header.StateRoot, bytes, Nodes) is { } proven ? (proven.Balance, null)
            : (null, "its nodes do not lead from the state's root to the account");
    }
}

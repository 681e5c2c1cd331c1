using Chains;

namespace Sync.Chains.Evm;

/// <summary>
/// What a receipt says of a transaction, whatever the chain and the year: the gas, the price of it (null where an old node leaves that
/// to the transaction), all that was paid besides, the type of its envelope (EIP-2718; null where none is named), the currency of the
/// fee where it is not the native coin, the contract that it made, and its logs (null where it has no list of them).
/// </summary>
internal sealed record EvmReceipt(
    string Txid, long Height, string BlockHash, Amount GasUsed, Amount? Price, Amount Besides, bool Failed, int? Type = null,
    string? FeeCurrency = null, string? Created = null, IReadOnlyList<EvmLog>? Logs = null)
{
    /// <summary>A deposit from the chain below (OP stack): it mints what it brings and costs nothing (specs/protocol/deposits.md).</summary>
    public const int OpDeposit = 0x7e;

    /// <summary>A deposit from the chain below (Arbitrum): its value is new money of who sends it (nitro, ArbitrumDepositTx).</summary>
    public const int ArbitrumDeposit = 0x64;

    /// <summary>Whether it mints what it brings, and costs nothing.</summary>
    public bool IsDeposit => Type is OpDeposit or ArbitrumDeposit;

    /// <summary>Whether its type lets the sender pay in another currency: Celo's CIP-64 (0x7b), CIP-42 (0x7c) and CIP-66 (0x7a).</summary>
    public bool MayNameCurrency => Type is 0x7a or 0x7b or 0x7c;

    /// <summary>All that the sender paid, where the receipt names a price.</summary>
    public Amount? Fee => Price is { } price ? FeeAt(price) : null;

    /// <summary>All that the sender paid at a price of gas.</summary>
    public Amount FeeAt(Amount price) => new((GasUsed.Value * price.Value) + Besides.Value);
}

/// <summary>What a transaction itself says beside its movements: the price that it named, what it minted, and the currency of its fee.</summary>
internal sealed record EvmEnvelope(string Txid, Amount? Price, Amount Minted, string? FeeCurrency, string Input);

/// <summary>What a log says: a movement of its contract's token, or of the native coin into or out of it; null where it says anything else.</summary>
internal sealed record EvmLog(string Contract, EvmLogKind? Kind, string? From, string? To, Amount Value);

internal enum EvmLogKind
{
    /// <summary>ERC-20.</summary>
    Transfer,

    /// <summary>WETH9: the native coin was deposited, and its token made.</summary>
    Deposit,

    /// <summary>WETH9: the token was given back for the native coin.</summary>
    Withdrawal,
}

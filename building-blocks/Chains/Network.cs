using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;

namespace Chains;

/// <summary>The kinds of chain: how addresses are written and how balances come about.</summary>
public enum ChainFamily
{
    /// <summary>Coins locked by scripts (Bitcoin and its relatives).</summary>
    Utxo,

    /// <summary>Accounts of the Ethereum virtual machine.</summary>
    Evm,

    /// <summary>Accounts of Solana.</summary>
    Solana,
}

/// <summary>One asset by its CAIP-19 id; one whole coin is 10^<paramref name="Decimals"/> base units.</summary>
public sealed record Asset(string Caip19, string Symbol, int Decimals);

/// <summary>
/// How a network of the Utxo family writes addresses. Where two P2SH versions mean the same script, all are read
/// and the first is written; no Bech32 prefix means no witness addresses. A version above 255 is written in two bytes.
/// </summary>
public sealed record UtxoAddressRules(int P2pkhVersion, ImmutableArray<int> P2shVersions, string? Bech32Prefix);

/// <summary>What is known about one network; it never changes while a service runs.</summary>
public sealed record Network
{
    /// <summary>The name used in URLs, queues and rows, such as "bitcoin-testnet".</summary>
    public required string Slug { get; init; }

    public required string Name { get; init; }

    public required ChainFamily Family { get; init; }

    /// <summary>The CAIP-2 id, such as "bip122:000000000019d6689c085ae165831e93".</summary>
    public required string Caip2 { get; init; }

    /// <summary>The asset fees are paid in.</summary>
    public required Asset Native { get; init; }

    /// <summary>Confirmations from which a deposit counts as complete.</summary>
    public required int ConfirmationsRequired { get; init; }

    /// <summary>Blocks below the tip that are still re-read because a reorganisation may replace them.</summary>
    public required int SafeDepth { get; init; }

    /// <summary>The average time between two blocks.</summary>
    public required TimeSpan BlockTime { get; init; }

    /// <summary>Present on networks of the Utxo family only.</summary>
    public UtxoAddressRules? AddressRules { get; init; }

    /// <summary>Confirmations from which a coinbase may be spent. Present on networks of the Utxo family only.</summary>
    public int? CoinbaseMaturity { get; init; }

    /// <summary>
    /// The most that one output or one transaction can move, in base units, as the chain's clients have it (MAX_MONEY); null where
    /// nobody says.
    /// </summary>
    public long? MaxMoney { get; init; }

    /// <summary>
    /// Contracts under whose names the native coin itself moves, as accounts in lower case: their tokens are no assets of their own.
    /// Empty but on networks of the Evm family.
    /// </summary>
    public ImmutableArray<string> NativeContracts { get; init; } = [];

    /// <summary>More base units of the native asset than this cannot exist, whoever tells so.</summary>
    public BigInteger MaxSupply { get; init; } = BigInteger.Pow(10, 36);

    /// <summary>The chain id of EIP-155. Present on networks of the Evm family only.</summary>
    public long? EvmChainId => Family is ChainFamily.Evm ? long.Parse(Caip2.AsSpan("eip155:".Length), CultureInfo.InvariantCulture) : null;

    public override string ToString() => Slug;
}

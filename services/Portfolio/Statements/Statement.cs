using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Chains;
using Chains.Proofs;
using Portfolio.Balances;
using Portfolio.Prices;
using Portfolio.Valuation;

namespace Portfolio.Statements;

/// <summary>What a wallet held at an instant, with all that makes it, so that anybody can add it up again and check it without asking us.</summary>
[Description("A statement as it is signed. `digest` and `signature` are of everything else in it, by RFC 8785: members in the order of their " +
    "names, no white space. `verify-statement` of the Portfolio program checks it offline.")]
public sealed record Statement(
    [property: Description("1: what a reader of this format may rely on does not change.")] int Format,
    [property: Description("Whose it is.")] StatementWallet Wallet,
    [property: Description("The instant: all transactions count whose blocks, and the blocks below them, are not later.")] DateTimeOffset At,
    [property: Description("Whether it is of the present: then everything counts that is in a block, whatever the block's clock says.")] bool Present,
    [property: Description("When it was made.")] DateTimeOffset MadeAt,
    [property: Description("The currency of all prices and values.")] string Currency,
    [property: Description("Whether a history is being read, so that something may be missing.")] bool Provisional,
    [property: Description("What each address held, and why.")] IReadOnlyList<StatementAddress> Addresses,
    [property: Description("The sums over all addresses, by network and asset.")] IReadOnlyList<StatementTotal> Totals,
    [property: Description("What all of it was worth together.")] ValueView Value,
    [property: Description("The proofs; null where none were asked for.")] StatementProofs? Proofs,
    [property: Description("What it shows and what it does not, in words.")] IReadOnlyList<string> Notes,
    [property: Description("SHA-256 of the canonical content, in hexadecimal.")] string Digest,
    [property: Description("The service's signature of the canonical content.")] StatementSignature Signature)
{
    public const int CurrentFormat = 1;

    /// <summary>What the signature is for, so that it passes for nothing else.</summary>
    public const string Purpose = "wallet-statement-1";

    /// <summary>Why something has no proof begins with this.</summary>
    public const string Unprovable = "unprovable here, because ";
}

/// <summary>The wallet that a statement is of.</summary>
public sealed record StatementWallet(
    [property: Description("The wallet's id.")] Guid Id,
    [property: Description("What the user calls it.")] string Label);

/// <summary>What an address held.</summary>
public sealed record StatementAddress(
    [property: Description("The address's id in the wallet.")] Guid AddressId,
    [property: Description("The network's slug.")] string Network,
    [property: Description("The address.")] string Address,
    [property: Description("What the user calls it, if anything.")] string? Label,
    [property: Description("What it held, by asset; empty where no transaction of it is known.")] IReadOnlyList<StatementBalance> Balances);

/// <summary>What an address held of an asset, and the transactions that make it.</summary>
public sealed record StatementBalance(
    [property: Description("The asset's CAIP-19 id.")] string Asset,
    [property: Description("What the transactions sum up to.")] Money Balance,
    [property: Description("What one whole coin cost; null where nobody tells.")] DayPriceView? Price,
    [property: Description("What it was worth: the balance times the price, rounded once; null where it has no price or is left out.")] Worth? Value,
    [property: Description("Why it is left out of values; null where it counts.")] string? LeftOut,
    [property: Description("The block that the balance is as of; null where none is known.")] StatementBlock? Block,
    [property: Description("How far it can be trusted, as in the wallet's balances."), AllowedValues(BalanceStatus.Importing, BalanceStatus.Syncing,
        BalanceStatus.Paused, BalanceStatus.Unverified, BalanceStatus.Verified, BalanceStatus.Explained, BalanceStatus.Mismatch)]
    string Status,
    [property: Description("Whether its history is being read.")] bool Provisional,
    [property: Description("The last comparison with a provider's balance; null before the first.")] StatementComparison? Compared,
    [property: Description("All transactions that count, oldest first, in the order in which they are added up.")]
    IReadOnlyList<StatementTransaction> Transactions);

/// <summary>A block, and why it is named.</summary>
public sealed record StatementBlock(
    [property: Description("The block's height.")] long Height,
    [property: Description("The block's hash; null while nobody has named it.")] string? Hash,
    [property: Description("Whether it is the tip at which the balance was last compared, or only the block of the newest transaction that counts."),
        AllowedValues(StatementBlock.Comparison, StatementBlock.NewestTransaction)] string Is)
{
    public const string Comparison = "comparison";
    public const string NewestTransaction = "newest-transaction";
}

/// <summary>A comparison of all that is known of an address with what a provider says; of no earlier instant.</summary>
public sealed record StatementComparison(
    [property: Description("What it came to."), AllowedValues(BalanceStatus.Verified, BalanceStatus.Explained, BalanceStatus.Mismatch)]
    string Verdict,
    [property: Description("With whose balance; null where that is not known any more.")] string? Provider,
    [property: Description("The height of the tip at which they were compared.")] long Height,
    [property: Description("That tip's hash.")] string Hash,
    [property: Description("When they were compared.")] DateTimeOffset At);

/// <summary>A transaction as it concerns one address and asset.</summary>
public sealed record StatementTransaction(
    [property: Description("The transaction's id.")] string Txid,
    [property: Description("The block's height.")] long Height,
    [property: Description("The block's hash; null while nobody has named it.")] string? BlockHash,
    [property: Description("The block's time.")] DateTimeOffset Time,
    [property: Description("What the address gained, negative where it lost.")] Amount Delta,
    [property: Description("What it held then: the sum of this one and of all above.")] Amount Balance);

/// <summary>What all addresses of a network held of an asset together.</summary>
public sealed record StatementTotal(
    [property: Description("The network's slug.")] string Network,
    [property: Description("The asset's CAIP-19 id.")] string Asset,
    [property: Description("The sum.")] Money Balance,
    [property: Description("What one whole coin cost; null where nobody tells.")] DayPriceView? Price,
    [property: Description("What it was worth, rounded once; null where it has no price or is left out.")] Worth? Value,
    [property: Description("Why it is left out of values; null where it counts.")] string? LeftOut);

/// <summary>What a statement's claims are proved by, as far as anybody tells a proof.</summary>
public sealed record StatementProofs(
    [property: Description("Each transaction of the statement once.")] IReadOnlyList<StatementTransactionProof> Transactions,
    [property: Description("Each balance of the statement once.")] IReadOnlyList<StatementBalanceProof> Balances);

/// <summary>The proof that a transaction is in a block, or why there is none.</summary>
public sealed record StatementTransactionProof(
    [property: Description("The network's slug.")] string Network,
    [property: Description("The transaction's id.")] string Txid,
    [property: Description("The block's hash; null while nobody has named it.")] string? BlockHash,
    [property: Description("Who told the proof, which was checked before it was passed on.")] string? Provider,
    [property: Description("The proof; null where there is none.")] InclusionProof? Proof,
    [property: Description("`unprovable here, because …`; null where there is a proof.")] string? Unprovable);

/// <summary>The proof of what an account held after a block, or why there is none.</summary>
public sealed record StatementBalanceProof(
    [property: Description("The network's slug.")] string Network,
    [property: Description("The address.")] string Address,
    [property: Description("The asset's CAIP-19 id.")] string Asset,
    [property: Description("Who told the proof, which was checked before it was passed on.")] string? Provider,
    [property: Description("The proof; null where there is none.")] BalanceProof? Proof,
    [property: Description("`unprovable here, because …`; null where there is a proof.")] string? Unprovable);

/// <summary>Who vouches for a statement.</summary>
public sealed record StatementSignature(
    [property: Description("ES256: ECDSA on P-256 with SHA-256.")] string Algorithm,
    [property: Description("The key's name, its RFC 7638 thumbprint; `GET /api/v1/statement-keys` has the key.")] string KeyId,
    [property: Description("The signature in base64url, of `wallet-statement-1`, a line's end, and the canonical content.")] string Value);

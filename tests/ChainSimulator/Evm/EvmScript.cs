namespace ChainSimulator.Evm;

/// <summary>How a token answers <c>balanceOf</c>.</summary>
public enum TokenAnswer
{
    Word,

    /// <summary>A word and more after it.</summary>
    Long,

    /// <summary>No data, as an account without code does.</summary>
    Nothing,

    Reverts,
}

/// <summary>Makes a token known by what it calls itself.</summary>
public sealed record EvmToken(string Network, string Contract, string Symbol, int Decimals, TokenAnswer Answer = TokenAnswer.Word);

/// <summary>A movement of the native asset inside a transaction; a call of another kind than "call" may name a value and moves nothing.</summary>
public sealed record EvmInside(string From, string? To, string Value, string Type = "call", string? Created = null, bool Failed = false);

/// <summary>
/// A movement of a token: what its log says, and what really arrives where the token keeps a part. One that is not logged is
/// a deposit or withdrawal of WETH9, or a rebase.
/// </summary>
public sealed record EvmMove(string Contract, string? From, string? To, string Value, string? Arrives = null, bool IsLogged = true);

/// <summary>One transaction, or several alike. What it costs is gas × price, the blobs and <see cref="L1Fee"/>.</summary>
public sealed record EvmTransaction(
    string From,
    string? To,
    string Value = "0",
    long Gas = 21_000,
    string GasPrice = "1000000007",
    bool Failed = false,
    int Type = 2,
    string Input = "0x",
    string? Created = null,
    long BlobGas = 0,
    string BlobGasPrice = "0",
    string? L1Fee = null,
    string? Mint = null,
    IReadOnlyList<EvmInside>? Inside = null,
    IReadOnlyList<EvmMove>? Moves = null,
    int Times = 1);

/// <summary>What comes to an account in a block without any transaction.</summary>
public sealed record EvmGift(string Account, string Value, EvmGiftKind Kind = EvmGiftKind.Withdrawal);

public enum EvmGiftKind
{
    Withdrawal,
    Reward,

    /// <summary>Told as if it had been there before the first block.</summary>
    Genesis,
}

/// <summary>Mines a block of exactly these transactions; of several blocks the others are empty.</summary>
public sealed record EvmMine(
    string Network, IReadOnlyList<EvmTransaction>? Transactions = null, IReadOnlyList<EvmGift>? Gifts = null, IReadOnlyList<EvmMove>? Rebases = null,
    int Blocks = 1, long? At = null);

/// <summary>Replaces the newest blocks by as many empty ones and one more; their transactions are gone.</summary>
public sealed record EvmReorganise(string Network, int Depth);

/// <summary>The chain's end, and the transactions that a command made.</summary>
public sealed record EvmTip(long Height, string Hash, IReadOnlyList<string> Txids);

/// <summary>A side of a transaction: who, how much, and of which token (its contract), where it is one.</summary>
public sealed record EvmSide(string? Account, string Value, string? Token);

/// <summary>What a transaction really changed for an account, in base units; <c>Tokens</c> by contract.</summary>
public sealed record EvmTruthLine(
    string Txid, long Height, string BlockHash, long Time, string Delta, string Fee, IReadOnlyDictionary<string, string> Tokens,
    IReadOnlyList<EvmSide> From, IReadOnlyList<EvmSide> To);

/// <summary>The truth about an account: its balances, its transactions newest first, and what came to it by none, by asset ("" is the
/// native one).</summary>
public sealed record EvmTruth(
    string Account, long TipHeight, string TipHash, string Balance, IReadOnlyDictionary<string, string> Tokens,
    IReadOnlyDictionary<string, string> Untold,
    IReadOnlyList<EvmTruthLine> Transactions);

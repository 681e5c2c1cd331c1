namespace ChainSimulator.Solana;

/// <summary>What an instruction does.</summary>
public enum SolanaDoes
{
    /// <summary>Moves lamports of <c>Account</c> to <c>To</c>.</summary>
    Pay,

    /// <summary>Makes the token account <c>Account</c> of <c>Mint</c> for <c>Owner</c>; its rent comes from <c>From</c>, or the payer.</summary>
    Open,

    /// <summary>Closes <c>Account</c>; its lamports go to <c>To</c>. Its owner signs, or <c>By</c>.</summary>
    Close,

    /// <summary>Moves tokens of <c>Account</c> to the token account <c>To</c>: no one makes them without <c>Account</c>, no one has them
    /// after without <c>To</c>. Its owner signs, or <c>By</c>.</summary>
    Send,

    /// <summary>Gives the token account <c>Account</c> to <c>Owner</c>.</summary>
    Give,

    /// <summary>Names <c>Account</c> and changes nothing.</summary>
    Name,
}

/// <summary>An instruction. A token account of Token-2022 is opened with <c>Is2022</c>; an owner is named by an account's making unless it
/// is <c>Quiet</c>.</summary>
public sealed record SolanaStep(
    SolanaDoes Does, string? Account = null, string? To = null, string Amount = "0", string? Mint = null, string? Owner = null, string? From = null,
    string? By = null,
    bool Quiet = false, bool Is2022 = false);

/// <summary>
/// One transaction, or several alike. A failed one costs its fee and does nothing. A versioned one has all accounts that sign
/// nothing from look-up tables; an old one names no owners of tokens.
/// </summary>
public sealed record SolanaTransaction(string Payer, IReadOnlyList<SolanaStep>? Steps = null, string Fee = "5000", bool Failed = false,
    bool Versioned = false, bool Old = false, int Times = 1);

/// <summary>What comes to an account in a block without any transaction: a reward.</summary>
public sealed record SolanaGift(string Account, string Lamports);

/// <summary>Makes a block of exactly these transactions, after as many skipped slots; of several blocks the others are empty.</summary>
public sealed record SolanaMine(
    string Network, IReadOnlyList<SolanaTransaction>? Transactions = null, IReadOnlyList<SolanaGift>? Gifts = null, int Skipped = 0, int Blocks = 1);

/// <summary>Gives an account to a program, such as the one of stakes.</summary>
public sealed record SolanaProgram(string Network, string Account, string Program);

/// <summary>The chain's end, and the transactions that a command made.</summary>
public sealed record SolanaTip(long Slot, string Hash, IReadOnlyList<string> Txids);

/// <summary>What a transaction really changed for an address, in base units; <c>Tokens</c> by mint, those that changed.</summary>
public sealed record SolanaTruthLine(string Txid, long Slot, string BlockHash, long Time, string Delta, string Fee,
    IReadOnlyDictionary<string, string> Tokens);

/// <summary>The truth about an address: its balances, its transactions newest first, and what came to it by none.</summary>
public sealed record SolanaTruth(
    string Account, long TipSlot, string TipHash, string Balance, IReadOnlyDictionary<string, string> Tokens, string Untold,
    IReadOnlyList<SolanaTruthLine> Transactions);

namespace Portfolio.Performance;

/// <summary>Which of the lots held a disposal takes first.</summary>
internal enum LotMethod
{
    /// <summary>The one acquired first.</summary>
    Fifo,

    /// <summary>The one acquired last.</summary>
    Lifo,

    /// <summary>The one acquired at the highest price.</summary>
    Hifo,

    /// <summary>The one acquired at the lowest price.</summary>
    Lofo,

    /// <summary>The one acquired first, at the average cost of all held.</summary>
    Average,
}

/// <summary>What happens to what a transfer between one's own addresses costs.</summary>
internal enum TransferFee
{
    /// <summary>It is disposed of at its day's price.</summary>
    Disposal,

    /// <summary>What it had cost is added to the cost of what was moved; nothing is gained.</summary>
    AddToBasis,

    /// <summary>It leaves the lots, and what it had cost with it; nothing is gained.</summary>
    Ignore,
}

/// <summary>
/// How gains are counted: every rule that a reader needs to redo them by hand. <paramref name="PerWallet"/> keeps a pool of lots for each
/// wallet instead of one over all. What was held for more than <paramref name="LongTermDays"/> days by UTC dates is long-term; null where
/// nothing ever is. With <paramref name="AssumeZero"/> what has no known cost cost nothing; otherwise the gain is not told.
/// </summary>
internal sealed record LotRules(
    LotMethod Method, bool PerWallet = false, TransferFee TransferFee = TransferFee.Disposal, int? LongTermDays = 365, bool AssumeZero = false);

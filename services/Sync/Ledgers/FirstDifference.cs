namespace Sync.Ledgers;

/// <summary>The first transaction, oldest first, on which two sides do not agree, and how they differ.</summary>
internal sealed record FirstDifference(string Txid, long Height, string Kind)
{
    /// <summary>The ledger has it, the second provider does not return it.</summary>
    public const string NotTold = "not-told";

    /// <summary>The second provider returns it, the ledger does not have it.</summary>
    public const string NotKnown = "not-known";

    public const string OtherHeight = "other-height";

    public const string OtherAmount = "other-amount";
}

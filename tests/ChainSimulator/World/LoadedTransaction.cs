namespace ChainSimulator.World;

/// <summary>A recorded transaction, shown byte for byte as recorded; only its status follows this world's chain.</summary>
internal sealed class LoadedTransaction(Hash256 id, long fee, Spend[] spends, Receipt[] receipts, byte[] facts, bool isCoinbase)
    : Transaction(id, fee, spends, receipts)
{
    public override bool IsCoinbase => isCoinbase;

    internal override void WriteFacts(Utf8Buffer json) => json.Raw(facts);
}

namespace ChainSimulator.World;

/// <summary>The first transaction of a made block; it pays a miner outside or a kept party; the reward in satoshis.</summary>
internal sealed class CoinbaseTransaction(Hash256 id, int height, Party miner, bool isKept, long reward)
    : Transaction(id, 0, [], isKept ? [new Receipt(0, miner, reward)] : [])
{
    public override bool IsCoinbase => true;

    internal override void WriteFacts(Utf8Buffer json)
    {
        TransactionJson.Head(json, Id, 1);
        // BIP34: the height comes first.
        TransactionJson.CoinbaseInput(json, [3, (byte)height, (byte)(height >> 8), (byte)(height >> 16)]);
        json.Raw("],\"vout\":["u8);
        TransactionJson.Output(json, miner, reward);
        TransactionJson.Tail(json, 1, 1, 0);
    }
}

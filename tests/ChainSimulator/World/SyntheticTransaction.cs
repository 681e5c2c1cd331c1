namespace ChainSimulator.World;

/// <summary>How a made transaction is filled up around the inputs and outputs that matter; values in satoshis.</summary>
internal readonly record struct Filling(ulong InputSeed, ulong OutputSeed, byte Inputs, byte Outputs, long OutsideIn, long OutsideOut);

/// <summary>
/// A made transaction: only what concerns kept histories is stored, everything else is drawn again from the seeds
/// each time it is shown, so a hundred thousand of them take memory for their ids and no more.
/// </summary>
internal sealed class SyntheticTransaction(Hash256 id, long fee, Spend[] spends, Receipt[] receipts, Filling filling, OutsideParties outside)
    : Transaction(id, fee, spends, receipts)
{
    public Filling Filling => filling;

    internal override void WriteFacts(Utf8Buffer json)
    {
        TransactionJson.Head(json, Id, 2);
        WriteInputs(json);
        json.Raw("],\"vout\":["u8);
        WriteOutputs(json);
        TransactionJson.Tail(json, filling.Inputs, filling.Outputs, Fee);
    }

    private void WriteInputs(Utf8Buffer json)
    {
        var spends = SpendSpan;
        var random = new Randomness(filling.InputSeed);
        var strangers = filling.Inputs - spends.Length;
        for (int position = 0, own = 0, stranger = 0; position < filling.Inputs; position++)
        {
            if (position > 0) json.Raw(","u8);
            if (own < spends.Length && spends[own].Position == position)
            {
                var spend = spends[own++];
                TransactionJson.Input(json, spend.Party, spend.Coin, spend.Value, ref random);
                continue;
            }

            var coin = new Outpoint(new Hash256(random.Next(), random.Next(), random.Next(), random.Next()), random.Below(20));
            var value = Share(filling.OutsideIn, strangers, stranger++, filling.InputSeed);
            TransactionJson.Input(json, outside[random.Next()], coin, value, ref random);
        }
    }

    private void WriteOutputs(Utf8Buffer json)
    {
        var receipts = ReceiptSpan;
        var random = new Randomness(filling.OutputSeed);
        var strangers = filling.Outputs - receipts.Length;
        for (int vout = 0, own = 0, stranger = 0; vout < filling.Outputs; vout++)
        {
            if (vout > 0) json.Raw(","u8);
            if (own < receipts.Length && receipts[own].Vout == vout)
            {
                var receipt = receipts[own++];
                TransactionJson.Output(json, receipt.Party, receipt.Value);
                continue;
            }

            TransactionJson.Output(json, outside[random.Next()], Share(filling.OutsideOut, strangers, stranger++, filling.OutputSeed));
        }
    }

    /// <summary>Neighbours share evenly but for an offset that cancels out, so the parts always add up to the total.</summary>
    private static long Share(long total, int parts, int part, ulong seed)
    {
        var even = total / parts;
        var share = part == 0 ? even + (total % parts) : even;
        if ((part | 1) >= parts) return share;
        var offset = (long)(Randomness.Mix(seed + (ulong)(part | 1)) % (ulong)((even / 2) + 1));
        return (part & 1) == 0 ? share + offset : share - offset;
    }
}

namespace ChainSimulator.World;

/// <summary>A transaction whose every side was given by the script.</summary>
internal sealed class GivenTransaction(
    Hash256 id,
    long fee,
    Spend[] spends,
    Receipt[] receipts,
    (Party Party, Outpoint Coin, long Value)[] inputs,
    (Party Party, long Value)[] outputs) : Transaction(id, fee, spends, receipts)
{
    internal override void WriteFacts(Utf8Buffer json)
    {
        var filler = new Randomness(Id.D);
        TransactionJson.Head(json, Id, 2);
        for (var i = 0; i < inputs.Length; i++)
        {
            if (i > 0) json.Raw(","u8);
            TransactionJson.Input(json, inputs[i].Party, inputs[i].Coin, inputs[i].Value, ref filler);
        }

        json.Raw("],\"vout\":["u8);
        for (var i = 0; i < outputs.Length; i++)
        {
            if (i > 0) json.Raw(","u8);
            TransactionJson.Output(json, outputs[i].Party, outputs[i].Value);
        }

        TransactionJson.Tail(json, inputs.Length, outputs.Length, Fee);
    }
}

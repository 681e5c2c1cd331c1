using Chains;

namespace ChainSimulator.World;

/// <summary>The pieces of a transaction in Esplora's JSON; signatures and keys are filler of the real lengths.</summary>
internal static class TransactionJson
{
    private const int SignatureLength = 71;
    private const int KeyLength = 32;

    public static void Head(Utf8Buffer json, Hash256 id, int version)
    {
        json.Raw("{\"txid\":\""u8);
        json.Hex(id);
        json.Raw("\",\"version\":"u8);
        json.Number(version);
        json.Raw(",\"locktime\":0,\"vin\":["u8);
    }

    public static void Input(Utf8Buffer json, Party party, Outpoint coin, long value, ref Randomness filler)
    {
        json.Raw("{\"txid\":\""u8);
        json.Hex(coin.Txid);
        json.Raw("\",\"vout\":"u8);
        json.Number(coin.Vout);
        json.Raw(",\"prevout\":{"u8);
        json.Raw(party.ScriptJson);
        json.Number(value);
        json.Raw("},"u8);
        Unlock(json, party, ref filler);
        json.Raw("}"u8);
    }

    public static void CoinbaseInput(Utf8Buffer json, ReadOnlySpan<byte> script)
    {
        json.Raw("{\"txid\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"vout\":4294967295,\"prevout\":null,"u8);
        json.Raw("\"scriptsig\":\""u8);
        json.Hex([(byte)script.Length, .. script]);
        json.Raw("\",\"scriptsig_asm\":\"OP_PUSHBYTES_"u8);
        json.Number(script.Length);
        json.Raw(" "u8);
        json.Hex(script);
        json.Raw("\",\"witness\":[\"0000000000000000000000000000000000000000000000000000000000000000\"],"u8);
        json.Raw("\"is_coinbase\":true,\"sequence\":4294967295}"u8);
    }

    public static void Output(Utf8Buffer json, Party party, long value)
    {
        json.Raw("{"u8);
        json.Raw(party.ScriptJson);
        json.Number(value);
        json.Raw("}"u8);
    }

    public static void Tail(Utf8Buffer json, int inputs, int outputs, long fee)
    {
        // A spent witness key hash weighs 271 units, an output 124, the frame 42: near enough for a filler.
        var weight = 42 + (inputs * 271) + (outputs * 124);
        json.Raw("],\"size\":"u8);
        json.Number(10 + (inputs * 148) + (outputs * 31));
        json.Raw(",\"weight\":"u8);
        json.Number(weight);
        json.Raw(",\"fee\":"u8);
        json.Number(fee);
    }

    public static void Status(Utf8Buffer json, Block? block)
    {
        if (block is null)
        {
            json.Raw("{\"confirmed\":false}"u8);
            return;
        }

        json.Raw("{\"confirmed\":true,\"block_height\":"u8);
        json.Number(block.Height);
        json.Raw(",\"block_hash\":\""u8);
        json.Hex(block.Hash);
        json.Raw("\",\"block_time\":"u8);
        json.Number(block.Time);
        json.Raw("}"u8);
    }

    public static void Whole(Utf8Buffer json, Transaction transaction, Block? block)
    {
        transaction.WriteFacts(json);
        json.Raw(",\"status\":"u8);
        Status(json, block);
        json.Raw("}"u8);
    }

    private static void Unlock(Utf8Buffer json, Party party, ref Randomness filler)
    {
        switch (party.Kind)
        {
            case AddressKind.P2pkh:
                LegacyScript(json, ref filler);
                Sequence(json);
                break;
            case AddressKind.P2sh:
                // A witness key hash nested in a script hash (BIP141).
                json.Raw("\"scriptsig\":\"160014"u8);
                json.Hex(party.Program);
                json.Raw("\",\"scriptsig_asm\":\"OP_PUSHBYTES_22 0014"u8);
                json.Hex(party.Program);
                json.Raw("\","u8);
                KeyWitness(json, ref filler);
                Sequence(json);
                json.Raw(",\"inner_redeemscript_asm\":\"OP_0 OP_PUSHBYTES_20 "u8);
                json.Hex(party.Program);
                json.Raw("\""u8);
                break;
            case AddressKind.P2tr:
                EmptyScript(json);
                json.Raw("\"witness\":[\""u8);
                json.RandomHex(ref filler, 64);
                json.Raw("\"],"u8);
                Sequence(json);
                break;
            default:
                EmptyScript(json);
                KeyWitness(json, ref filler);
                Sequence(json);
                break;
        }
    }

    private static void LegacyScript(Utf8Buffer json, ref Randomness filler)
    {
        Span<byte> signature = stackalloc byte[SignatureLength];
        Span<byte> key = stackalloc byte[KeyLength];
        filler.Fill(signature);
        filler.Fill(key);
        json.Raw("\"scriptsig\":\"48"u8);
        json.Hex(signature);
        json.Raw("012102"u8);
        json.Hex(key);
        json.Raw("\",\"scriptsig_asm\":\"OP_PUSHBYTES_72 "u8);
        json.Hex(signature);
        json.Raw("01 OP_PUSHBYTES_33 02"u8);
        json.Hex(key);
        json.Raw("\","u8);
    }

    private static void EmptyScript(Utf8Buffer json) => json.Raw("\"scriptsig\":\"\",\"scriptsig_asm\":\"\","u8);

    private static void KeyWitness(Utf8Buffer json, ref Randomness filler)
    {
        json.Raw("\"witness\":[\""u8);
        json.RandomHex(ref filler, SignatureLength);
        json.Raw("01\",\"02"u8);
        json.RandomHex(ref filler, KeyLength);
        json.Raw("\"],"u8);
    }

    private static void Sequence(Utf8Buffer json) => json.Raw("\"is_coinbase\":false,\"sequence\":4294967295"u8);
}

using Chains;

namespace ChainSimulator.World;

/// <summary>Scripts as Esplora writes them.</summary>
internal static class ScriptText
{
    public static string TypeName(AddressKind kind) => kind switch
    {
        AddressKind.P2pkh => "p2pkh",
        AddressKind.P2sh => "p2sh",
        AddressKind.P2wpkh => "v0_p2wpkh",
        AddressKind.P2wsh => "v0_p2wsh",
        AddressKind.P2tr => "v1_p2tr",
        _ => "unknown",
    };

    public static string Assembly(ReadOnlySpan<byte> script) => script switch
    {
        [0x76, 0xa9, 0x14, .. var hash, 0x88, 0xac] =>
            $"OP_DUP OP_HASH160 OP_PUSHBYTES_20 {Convert.ToHexStringLower(hash)} OP_EQUALVERIFY OP_CHECKSIG",
        [0xa9, 0x14, .. var hash, 0x87] => $"OP_HASH160 OP_PUSHBYTES_20 {Convert.ToHexStringLower(hash)} OP_EQUAL",
        [0, var length, .. var program] => $"OP_0 OP_PUSHBYTES_{length} {Convert.ToHexStringLower(program)}",
        [>= 0x51 and var version, var length, .. var program] =>
            $"OP_PUSHNUM_{version - 0x50} OP_PUSHBYTES_{length} {Convert.ToHexStringLower(program)}",
        _ => "",
    };
}

namespace Chains;

/// <summary>The script opcodes that standard outputs are made of.</summary>
internal static class Opcodes
{
    public const byte Op0 = 0x00;
    public const byte Op1 = 0x51;
    public const byte Op16 = 0x60;
    public const byte Dup = 0x76;
    public const byte Equal = 0x87;
    public const byte EqualVerify = 0x88;
    public const byte Hash160 = 0xa9;
    public const byte CheckSig = 0xac;
}

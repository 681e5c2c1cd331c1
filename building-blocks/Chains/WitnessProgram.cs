namespace Chains;

/// <summary>What BIP141, BIP173 and BIP350 say of witness programs.</summary>
internal static class WitnessProgram
{
    public const int MaxVersion = 16;
    public const int MaxLength = 40;

    /// <summary>The version and forty bytes, in values of five bits.</summary>
    public const int MaxValues = 1 + (MaxLength * 8 + 4) / 5;

    public static bool IsLengthAllowed(int version, int length) =>
        version is 0 ? length is 20 or 32 : length is >= 2 and <= MaxLength;

    public static Bech32Variant VariantOf(int version) => version is 0 ? Bech32Variant.Bech32 : Bech32Variant.Bech32m;

    public static AddressKind KindOf(int version, int length) => (version, length) switch
    {
        (0, 20) => AddressKind.P2wpkh,
        (0, 32) => AddressKind.P2wsh,
        (1, 32) => AddressKind.P2tr,
        _ => AddressKind.Witness,
    };
}

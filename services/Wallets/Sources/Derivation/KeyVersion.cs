using System.Globalization;
using Chains;

namespace Wallets;

/// <summary>
/// Four bytes in front of an extended public key: on which networks it is one and, as SLIP-132 has it, which script its
/// addresses have. Without a script it is one of several keys of a multisig wallet, which its descriptor names.
/// </summary>
internal sealed record KeyVersion(uint Bytes, string Name, string? Script, int? CoinType)
{
    private const int TestCoin = 1;

    public static IReadOnlyList<KeyVersion> All { get; } =
    [
        new(0x0488b21e, "xpub", "pkh", null), new(0x049d7cb2, "ypub", "sh(wpkh)", null), new(0x04b24746, "zpub", "wpkh", null),
        new(0x0295b43f, "Ypub", null, null), new(0x02aa7ed3, "Zpub", null, null),
        new(0x043587cf, "tpub", "pkh", TestCoin), new(0x044a5262, "upub", "sh(wpkh)", TestCoin), new(0x045f1cf6, "vpub", "wpkh", TestCoin),
        new(0x024289ef, "Upub", null, TestCoin), new(0x02575483, "Vpub", null, TestCoin),
        // Litecoin's and Dogecoin's own; Litecoin's node writes xpub as Bitcoin's does.
        new(0x019da462, "Ltub", "pkh", 2), new(0x01b26ef6, "Mtub", "sh(wpkh)", 2), new(0x02facafd, "dgub", "pkh", 3),
    ];

    /// <summary>The version in which descriptors of a network write their keys.</summary>
    public static uint Written(Network network) => CoinTypeOf(network) switch
    {
        TestCoin => 0x043587cf,
        3 => 0x02facafd,
        _ => 0x0488b21e,
    };

    /// <summary>Whether keys of this version are used on the network: its coin's own, or those of every coin that has none.</summary>
    public bool Admits(Network network) => network.Family is ChainFamily.Utxo
        && (CoinType is { } own ? CoinTypeOf(network) == own : CoinTypeOf(network) != TestCoin);

    // The number in the SLIP-44 registry; 1 is any test network's.
    private static int CoinTypeOf(Network network) =>
        int.Parse(network.Native.Caip19.AsSpan(network.Native.Caip19.LastIndexOf(':') + 1), CultureInfo.InvariantCulture);
}

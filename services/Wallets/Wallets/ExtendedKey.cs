using System.Text.RegularExpressions;
using ServiceDefaults;

namespace Wallets;

/// <summary>Extended keys (BIP 32, with the prefixes of SLIP 132), which people paste where an address is asked for.</summary>
internal static partial class ExtendedKey
{
    public static bool IsLike(string text) => Form().IsMatch(text);

    /// <summary>Says what is due instead. The text is not repeated: it may be a private key.</summary>
    public static DomainException Refusal()
    {
        const string detail = "This looks like an extended key (xpub, ypub, zpub and the like). Those are not taken yet; single addresses are: "
            + "import the addresses that a wallet derives from it, one by one. Never send an extended private key (xprv) to anyone.";
        return new("invalid-address", detail, [new("/address", "extended-key", detail)]);
    }

    [GeneratedRegex("^\\s*[xyztuvXYZTUV](pub|prv)[1-9A-HJ-NP-Za-km-z]{50,}\\s*$")]
    private static partial Regex Form();
}

using System.Text.RegularExpressions;
using Chains;
using ServiceDefaults;

namespace Wallets;

/// <summary>
/// What people paste where a single address is asked for, and what is said of it. The text itself is never said again: it may
/// hold a secret that was not recognised.
/// </summary>
internal static partial class NoAddress
{
    private static readonly (Regex Form, string Code, string Detail)[] Kinds =
    [
        (ExtendedKeyForm, "extended-key",
            "This looks like an extended key (xpub, ypub, zpub and the like), which stands for a whole wallet: add it as a source of the wallet. "
            + "Never send an extended private key (xprv) to anyone."),
        (DescriptorForm, "descriptor",
            "This is an output descriptor, which stands for a whole wallet: add it as a source of the wallet."),
        (MwebForm, "mweb-address",
            "This is an address of Litecoin's extension blocks (MWEB), where amounts and owners are hidden: nobody can tell what it holds. Import an "
            + "address that begins with L, M or ltc1."),
        (SilentPaymentForm, "silent-payment-address",
            "This is a silent payment address (BIP352): each payment to it goes to an address of its own, which only its owner can find. Import "
            + "those, one by one."),
        (LightningForm, "lightning", "This is an invoice or address of Lightning, whose payments are on no chain. Import an address of the chain."),
        (PublicKeyForm, "public-key", "This is a public key, not an address. Import the address that a wallet shows for it."),
        (LinkForm, "link", "This is a link, not an address. Import the address alone."),
        (NameForm, "name",
            "This is a name (such as those of ENS, .eth), not an address. Whom a name leads to can change, so it is not followed: import the address "
            + "that it leads to now."),
    ];

    /// <summary>The refusal of a seed phrase or a private key.</summary>
    public static DomainException Secret(string kind, string pointer = "/address")
    {
        var (what, more) = kind == PastedSecret.SeedPhrase
            ? ("a seed phrase", "")
            : ("a private key", " If it was a transaction's id or signature instead, nothing is wrong.");
        var detail = $"This looks like {what}. Whoever sees it can take the money: move the money to a new wallet at once, and never send this to "
            + $"anyone again. Nothing of it was kept here. To follow a wallet its public addresses are all that is needed.{more}";
        return new("secret-pasted", detail, [new(pointer, kind, detail)]);
    }

    /// <summary>The refusal that names what this is; null where it is nothing that is known.</summary>
    public static DomainException? Named(PastedAddress pasted)
    {
        if (pasted.IsCall)
            return Refusal("contract-call", "This URI asks for a transaction or a call of a contract, which is no payment to an address. Import the "
                + "address alone.");
        return Kinds.FirstOrDefault(kind => kind.Form.IsMatch(pasted.Text)) is { Code: { } code, Detail: var detail } ? Refusal(code, detail) : null;
    }

    /// <summary>The refusal of an address, for one reason.</summary>
    public static DomainException Refusal(string code, string detail) => new("invalid-address", detail, [new("/address", code, detail)]);

    /// <summary>Whether this is written as an extended public key, however wrongly.</summary>
    public static bool IsExtendedKey(string text) => ExtendedKeyForm.IsMatch(text);

    /// <summary>Whether this is written as an output descriptor, however wrongly.</summary>
    public static bool IsDescriptor(string text) => DescriptorForm.IsMatch(text);

    [GeneratedRegex("^(?:[a-zA-Z]pub|[LM]tub|dgub)[1-9A-HJ-NP-Za-km-z]{50,}\\z")]
    private static partial Regex ExtendedKeyForm { get; }

    [GeneratedRegex(@"^(?:pk|pkh|wpkh|sh|wsh|tr|rawtr|combo|multi|sortedmulti|addr|raw)\(", RegexOptions.IgnoreCase)]
    private static partial Regex DescriptorForm { get; }

    [GeneratedRegex("^(?:ltc|t)mweb1", RegexOptions.IgnoreCase)]
    private static partial Regex MwebForm { get; }

    [GeneratedRegex("^t?sp1[02-9ac-hj-np-z]{90,}\\z", RegexOptions.IgnoreCase)]
    private static partial Regex SilentPaymentForm { get; }

    [GeneratedRegex("^(?:lightning:|ln(?:bc|tb|bcrt)[0-9a-z]*1[02-9ac-hj-np-z]{40,}|lnurl1|lno1)", RegexOptions.IgnoreCase)]
    private static partial Regex LightningForm { get; }

    [GeneratedRegex("^(?:0x)?(?:0[23][0-9a-f]{64}|04[0-9a-f]{128})\\z", RegexOptions.IgnoreCase)]
    private static partial Regex PublicKeyForm { get; }

    [GeneratedRegex("^[a-z][a-z0-9+.-]*://", RegexOptions.IgnoreCase)]
    private static partial Regex LinkForm { get; }

    [GeneratedRegex(@"^[^\s.:/@()]+(?:\.[^\s.:/@()]+)*\.\p{L}{2,24}\z")]
    private static partial Regex NameForm { get; }
}

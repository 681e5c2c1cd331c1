using System.Collections.Immutable;

namespace Chains;

/// <summary>Either an <see cref="Address"/> or the <see cref="AddressError"/> that says why there is none.</summary>
public abstract record ParsedAddress
{
    private protected ParsedAddress()
    {
    }
}

/// <summary>What an address pays to.</summary>
public enum AddressKind
{
    P2pkh,
    P2sh,
    P2wpkh,
    P2wsh,
    P2tr,

    /// <summary>A witness program no rule is known for yet.</summary>
    Witness,

    EvmAccount,
    SolanaAccount,
}

/// <summary>
/// A valid address in its canonical spelling: two addresses of one network are equal exactly when they name the same
/// script or account. <see cref="Script"/> is the script public key, or the account's own bytes outside the Utxo family.
/// </summary>
public sealed record Address : ParsedAddress
{
    internal Address(Network network, string text, AddressKind kind, ImmutableArray<byte> script) =>
        (Network, Text, Kind, Script) = (network, text, kind, script);

    public Network Network { get; }

    public string Text { get; }

    public AddressKind Kind { get; }

    public ImmutableArray<byte> Script { get; }

    /// <summary>0 to 16 for an address of a witness program (BIP141), else null.</summary>
    public int? WitnessVersion => Kind switch
    {
        AddressKind.P2wpkh or AddressKind.P2wsh => 0,
        AddressKind.P2tr or AddressKind.Witness => Script[0] - Opcodes.Op1 + 1,
        _ => null,
    };

    public bool Equals(Address? other) => other is not null && Network.Slug == other.Network.Slug && Text == other.Text;

    public override int GetHashCode() => HashCode.Combine(Network.Slug, Text);

    public override string ToString() => Text;
}

/// <summary>Why a text is no address of the network asked for: a code of <see cref="AddressErrors"/> and a sentence for people.</summary>
public sealed record AddressError(string Code, string Detail) : ParsedAddress;

/// <summary>The codes an <see cref="AddressError"/> may carry.</summary>
public static class AddressErrors
{
    /// <summary>The checksum does not match: a character is mistyped.</summary>
    public const string Checksum = "checksum";

    /// <summary>A valid address, but of another known network, which the detail names.</summary>
    public const string Network = "network";

    /// <summary>Too short or too long.</summary>
    public const string Length = "length";

    /// <summary>A character that this kind of address never has, or upper and lower case mixed.</summary>
    public const string Characters = "characters";

    /// <summary>A version byte or witness version that stands for no address.</summary>
    public const string Version = "version";

    /// <summary>Bech32 where Bech32m is due or the other way round, or wrong padding.</summary>
    public const string Encoding = "encoding";

    /// <summary>Well formed, but of no network known here.</summary>
    public const string Unknown = "unknown";
}

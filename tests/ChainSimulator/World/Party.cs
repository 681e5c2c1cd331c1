using System.Text;
using Chains;

namespace ChainSimulator.World;

/// <summary>An address with the text of its script as Esplora shows it, prepared once.</summary>
public sealed class Party
{
    internal Party(Address address)
    {
        Address = address.Text;
        Kind = address.Kind;
        Program = ProgramOf(address.Script.AsSpan());
        var script = Convert.ToHexStringLower(address.Script.AsSpan());
        ScriptJson = Encoding.UTF8.GetBytes(
            $"\"scriptpubkey\":\"{script}\",\"scriptpubkey_asm\":\"{ScriptText.Assembly(address.Script.AsSpan())}\"," +
            $"\"scriptpubkey_type\":\"{ScriptText.TypeName(address.Kind)}\",\"scriptpubkey_address\":\"{address.Text}\",\"value\":");
    }

    public string Address { get; }

    internal AddressKind Kind { get; }

    /// <summary>The hash or key inside the script.</summary>
    internal byte[] Program { get; }

    internal byte[] ScriptJson { get; }

    public override string ToString() => Address;

    private static byte[] ProgramOf(ReadOnlySpan<byte> script) => script switch
    {
        [0x76, 0xa9, 0x14, .. var hash, 0x88, 0xac] => hash.ToArray(),
        [0xa9, 0x14, .. var hash, 0x87] => hash.ToArray(),
        [_, _, .. var program] => program.ToArray(),
        _ => [],
    };
}

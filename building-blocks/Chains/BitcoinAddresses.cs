namespace Chains;

/// <summary>
/// Writes the addresses of any network of the Utxo family; a network of another family, or one without witness
/// addresses where one is asked for, is an <see cref="ArgumentException"/>.
/// </summary>
public static class BitcoinAddresses
{
    private const int HashLength = 20;
    private const int LongHashLength = 32;

    /// <summary>Pay to the HASH160 (20 bytes) of a public key.</summary>
    public static Address P2pkh(Network network, ReadOnlySpan<byte> hash)
    {
        RequireLength(hash, HashLength);
        return new(
            network,
            Base58Check.Encode(RulesOf(network).P2pkhVersion, hash),
            AddressKind.P2pkh,
            [Opcodes.Dup, Opcodes.Hash160, HashLength, .. hash, Opcodes.EqualVerify, Opcodes.CheckSig]);
    }

    /// <summary>Pay to the HASH160 (20 bytes) of a script (BIP16).</summary>
    public static Address P2sh(Network network, ReadOnlySpan<byte> hash)
    {
        RequireLength(hash, HashLength);
        return new(
            network,
            Base58Check.Encode(RulesOf(network).P2shVersions[0], hash),
            AddressKind.P2sh,
            [Opcodes.Hash160, HashLength, .. hash, Opcodes.Equal]);
    }

    /// <summary>Pay to the HASH160 (20 bytes) of a public key in a witness of version 0 (BIP141).</summary>
    public static Address P2wpkh(Network network, ReadOnlySpan<byte> hash)
    {
        RequireLength(hash, HashLength);
        return Witness(network, 0, hash);
    }

    /// <summary>Pay to the SHA-256 (32 bytes) of a script in a witness of version 0 (BIP141).</summary>
    public static Address P2wsh(Network network, ReadOnlySpan<byte> hash)
    {
        RequireLength(hash, LongHashLength);
        return Witness(network, 0, hash);
    }

    /// <summary>Pay to a Taproot output key (32 bytes; BIP341).</summary>
    public static Address P2tr(Network network, ReadOnlySpan<byte> outputKey)
    {
        RequireLength(outputKey, LongHashLength);
        return Witness(network, 1, outputKey);
    }

    /// <summary>Pay to a witness program of 2 to 40 bytes, version 0 to 16; version 0 admits 20 or 32 bytes only (BIP141).</summary>
    public static Address Witness(Network network, int version, ReadOnlySpan<byte> program)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(version);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(version, WitnessProgram.MaxVersion);
        if (!WitnessProgram.IsLengthAllowed(version, program.Length))
            throw new ArgumentException($"A witness program of version {version} does not have {program.Length} bytes.", nameof(program));
        if (RulesOf(network).Bech32Prefix is not { } prefix)
            throw new ArgumentException($"{network.Name} has no witness addresses.", nameof(network));

        Span<byte> values = stackalloc byte[WitnessProgram.MaxValues];
        values[0] = (byte)version;
        var count = 1 + Bech32.ToValues(program, values[1..]);
        var opcode = version is 0 ? Opcodes.Op0 : (byte)(Opcodes.Op1 + version - 1);
        return new(
            network,
            Bech32.Encode(WitnessProgram.VariantOf(version), prefix, values[..count]),
            WitnessProgram.KindOf(version, program.Length),
            [opcode, (byte)program.Length, .. program]);
    }

    /// <summary>
    /// The address that names this script public key, or null where none does (bare keys and multisignatures, data, anything not standard).
    /// </summary>
    public static Address? FromScript(Network network, ReadOnlySpan<byte> script)
    {
        if (script is [Opcodes.Dup, Opcodes.Hash160, HashLength, .. { Length: HashLength } keyHash, Opcodes.EqualVerify, Opcodes.CheckSig])
            return P2pkh(network, keyHash);
        if (script is [Opcodes.Hash160, HashLength, .. { Length: HashLength } scriptHash, Opcodes.Equal])
            return P2sh(network, scriptHash);
        if (script is [Opcodes.Op0 or (>= Opcodes.Op1 and <= Opcodes.Op16), var length, .. var program] && length == program.Length)
        {
            var version = script[0] is Opcodes.Op0 ? 0 : script[0] - Opcodes.Op1 + 1;
            if (RulesOf(network).Bech32Prefix is not null && WitnessProgram.IsLengthAllowed(version, program.Length))
                return Witness(network, version, program);
        }

        return null;
    }

    private static UtxoAddressRules RulesOf(Network network) =>
        network.AddressRules ?? throw new ArgumentException($"{network.Name} has no addresses of scripts.", nameof(network));

    private static void RequireLength(ReadOnlySpan<byte> bytes, int length)
    {
        if (bytes.Length != length) throw new ArgumentException($"{length} bytes are needed, not {bytes.Length}.", nameof(bytes));
    }
}

namespace Chains;

/// <summary>Reads an address of one Utxo network; the text is printable ASCII of at most <see cref="Bech32.MaxLength"/> characters.</summary>
internal static class BitcoinAddressReader
{
    private const int HashLength = 20;

    public static bool HasPrefix(UtxoAddressRules rules, ReadOnlySpan<char> text) =>
        rules.Bech32Prefix is { } prefix
        && text.Length > prefix.Length
        && text[prefix.Length] is '1'
        && text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase);

    public static ParsedAddress Read(Network network, UtxoAddressRules rules, ReadOnlySpan<char> text) =>
        HasPrefix(rules, text) ? ReadWitness(network, rules.Bech32Prefix!, text)
        : ForeignPrefix(text) is { } prefix
            ? new AddressError(AddressErrors.Unknown, $"The prefix '{prefix}' belongs to no network known here.")
        : ReadBase58(network, rules, text);

    private static ParsedAddress ReadBase58(Network network, UtxoAddressRules rules, ReadOnlySpan<char> text)
    {
        if (Base58Check.FirstForeign(text) is >= 0 and var foreign)
            return new AddressError(AddressErrors.Characters, $"Character {foreign + 1}, '{text[foreign]}', does not occur in a Base58 address.");

        var bytes = Base58Check.DecodeUnchecked(text);
        var length = bytes.Length - HashLength - Base58Check.ChecksumLength;
        if (!rules.P2shVersions.Append(rules.P2pkhVersion).Any(known => Base58Check.LengthOf(known) == length))
        {
            // A pasted secret must not be answered with a mere length.
            var warning = bytes.Length is 37 or 38 && Base58Check.ChecksumMatches(bytes)
                ? " This looks like a private key: never give it to anyone."
                : "";
            return new AddressError(AddressErrors.Length, "A Base58 address holds " +
                $"{Base58Check.LengthOf(rules.P2pkhVersion) + HashLength + Base58Check.ChecksumLength} bytes, this one {bytes.Length}.{warning}");
        }

        if (!Base58Check.ChecksumMatches(bytes))
            return new AddressError(AddressErrors.Checksum, "The checksum does not match: a character is wrong or missing.");

        var version = length == 2 ? (bytes[0] << 8) | bytes[1] : bytes[0];
        var hash = bytes.AsSpan(length, HashLength);
        // A version has one way to be written.
        if (Base58Check.LengthOf(version) == length && version == rules.P2pkhVersion) return BitcoinAddresses.P2pkh(network, hash);
        if (Base58Check.LengthOf(version) == length && rules.P2shVersions.Contains(version)) return BitcoinAddresses.P2sh(network, hash);
        return new AddressError(AddressErrors.Version, length == 2
            ? $"The version bytes 0x{version:x4} stand for no kind of address on {network.Name}."
            : $"The version byte 0x{version:x2} stands for no kind of address on {network.Name}.");
    }

    private static ParsedAddress ReadWitness(Network network, string prefix, ReadOnlySpan<char> text)
    {
        if (IsMixedCase(text))
            return new AddressError(AddressErrors.Characters, "Upper and lower case are mixed; a Bech32 address has only one of them.");

        Span<char> lower = stackalloc char[Bech32.MaxLength];
        Span<byte> buffer = stackalloc byte[Bech32.MaxLength];
        text.ToLowerInvariant(lower);
        var data = lower[(prefix.Length + 1)..text.Length];
        var values = buffer[..data.Length];
        if (Bech32.ReadValues(data, values) is >= 0 and var foreign)
            return new AddressError(AddressErrors.Characters, $"Character {prefix.Length + foreign + 2}, '{data[foreign]}', does not occur in a " +
                "Bech32 address.");
        if (values.Length <= Bech32.ChecksumLength)
            return new AddressError(AddressErrors.Length, "The address has no witness program.");
        if (Bech32.Verify(prefix, values) is not { } variant)
            return new AddressError(AddressErrors.Checksum, "The checksum does not match: a character is wrong or missing.");

        int version = values[0];
        if (version > WitnessProgram.MaxVersion)
            return new AddressError(AddressErrors.Version, $"The witness version {version} does not exist; the highest is " +
                $"{WitnessProgram.MaxVersion}.");
        if (variant != WitnessProgram.VariantOf(version))
            return new AddressError(AddressErrors.Encoding, $"Witness version {version} is written in {WitnessProgram.VariantOf(version)}, this " +
                $"address in {variant}.");

        Span<byte> program = stackalloc byte[Bech32.MaxLength];
        var length = Bech32.ToBytes(values[1..^Bech32.ChecksumLength], program);
        if (length < 0)
            return new AddressError(AddressErrors.Encoding, "The last character before the checksum carries bits that belong to no byte.");
        if (!WitnessProgram.IsLengthAllowed(version, length))
            return new AddressError(AddressErrors.Length, $"A witness program of version {version} does not have {length} bytes.");
        return BitcoinAddresses.Witness(network, version, program[..length]);
    }

    /// <summary>The prefix of a text whose Bech32 checksum matches, or null.</summary>
    private static string? ForeignPrefix(ReadOnlySpan<char> text)
    {
        var separator = text.LastIndexOf('1');
        if (separator < 1 || text.Length - separator <= Bech32.ChecksumLength || IsMixedCase(text)) return null;

        Span<char> lower = stackalloc char[Bech32.MaxLength];
        Span<byte> values = stackalloc byte[Bech32.MaxLength];
        text.ToLowerInvariant(lower);
        var data = lower[(separator + 1)..text.Length];
        return Bech32.ReadValues(data, values) < 0 && Bech32.Verify(lower[..separator], values[..data.Length]) is not null
            ? lower[..separator].ToString()
            : null;
    }

    private static bool IsMixedCase(ReadOnlySpan<char> text) =>
        text.ContainsAnyInRange('A', 'Z') && text.ContainsAnyInRange('a', 'z');
}

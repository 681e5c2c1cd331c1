namespace Chains;

/// <summary>Reads addresses by the rules of one network.</summary>
public static class Addresses
{
    /// <summary>No address of any known network is longer (BIP173 sets the longest).</summary>
    public const int MaxLength = Bech32.MaxLength;

    /// <summary>
    /// The address this text is on the network, in its canonical spelling, or what is wrong with it by that network's rules.
    /// Nothing is trimmed; any text may be given, the work is bounded by <see cref="MaxLength"/>. What people typed is better
    /// read by <see cref="NetworkCatalogue.Parse"/>, which knows the other networks.
    /// </summary>
    public static ParsedAddress Parse(Network network, string? text)
    {
        if (string.IsNullOrEmpty(text)) return new AddressError(AddressErrors.Length, "The address is empty.");
        if (text.Length > MaxLength)
            return new AddressError(AddressErrors.Length, $"An address has at most {MaxLength} characters, this text has {text.Length}.");
        if (text.AsSpan().IndexOfAnyExceptInRange('!', '~') is >= 0 and var foreign)
            return new AddressError(AddressErrors.Characters, $"Character {foreign + 1}, U+{(int)text[foreign]:X4}, does not occur in any address.");

        return network.Family switch
        {
            ChainFamily.Utxo when network.AddressRules is { } rules => BitcoinAddressReader.Read(network, rules, text),
            ChainFamily.Evm => EvmAddresses.Read(network, text),
            ChainFamily.Solana => SolanaAddresses.Read(network, text),
            _ => throw new ArgumentException($"{network.Name} has no rules for addresses.", nameof(network)),
        };
    }
}

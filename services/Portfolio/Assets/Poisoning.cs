using Chains;

namespace Portfolio.Assets;

/// <summary>Somebody whom an address paid, with the height of the first payment that is known.</summary>
internal sealed record Counterparty(string Address, long Since);

/// <summary>
/// Finds addresses made to be mistaken for one that the user pays: people compare the beginning and the end of an address, and copy it out
/// of their list of transactions.
/// </summary>
internal static class Poisoning
{
    // Four characters at either end that its maker had to look for: one address in four billion, or fewer, has them by chance.
    private const int Shown = 4;

    /// <summary>
    /// Whom an address imitates, at a height; null for most. Of two that look alike the one that was paid first is the real one, so the one
    /// that is imitated is never said to imitate, not even after a payment went astray.
    /// </summary>
    public static string? ImitatedBy(Network network, string address, long height, IReadOnlyList<Counterparty> paid)
    {
        var looks = Looks(network, address);
        if (looks is null) return null;
        var own = paid.Where(known => known.Address == address).Min(known => (long?)known.Since);
        return paid.Where(known => known.Address != address && known.Since < height && (own is null || known.Since < own)
                && Looks(network, known.Address) == looks)
            .MinBy(known => known.Since)?.Address;
    }

    /// <summary>What a hurried reader sees of an address behind what all of a network's begin with; null of one too short to compare.</summary>
    private static (string Beginning, string End)? Looks(Network network, string address)
    {
        var prefix = network.AddressRules?.Bech32Prefix is { } bech32 && address.StartsWith($"{bech32}1", StringComparison.Ordinal)
            ? bech32.Length + 2
            : network.Family switch { ChainFamily.Evm => 2, ChainFamily.Utxo => 1, _ => 0 };
        if (address.Length < prefix + (2 * Shown)) return null;
        // The capitals of an account are a checksum.
        var text = network.Family is ChainFamily.Evm ? address.ToLowerInvariant() : address;
        return (text[prefix..(prefix + Shown)], text[^Shown..]);
    }
}

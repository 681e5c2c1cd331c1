using Chains;

namespace ChainSimulator.World;

/// <summary>
/// The rest of the world: addresses that pay and are paid but whose own history nobody keeps. A fixed set, so that the
/// same counterparties come back as they do in life.
/// </summary>
internal sealed class OutsideParties(Network network, ulong seed)
{
    private const int Count = 8192;
    private readonly Party?[] parties = new Party?[Count];

    public Party this[ulong choice] => parties[choice % Count] ??= Make(choice % Count);

    private Party Make(ulong index)
    {
        Span<byte> hash = stackalloc byte[32];
        Hash256.Of(seed, 0x0F, index).CopyTo(hash);
        // Roughly the recorded blocks' mixture: almost all outputs are witness key hashes.
        var kind = network.AddressRules!.Bech32Prefix is null ? index % 2 : index % 64;
        return new Party(kind switch
        {
            0 => BitcoinAddresses.P2pkh(network, hash[..20]),
            1 => BitcoinAddresses.P2sh(network, hash[..20]),
            2 => BitcoinAddresses.P2tr(network, hash),
            _ => BitcoinAddresses.P2wpkh(network, hash[..20]),
        });
    }
}

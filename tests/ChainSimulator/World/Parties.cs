using System.Collections.Concurrent;
using Chains;
using ChainSimulator.Script;

namespace ChainSimulator.World;

/// <summary>One object per address of a network, so that parties compare by identity.</summary>
internal sealed class Parties(Network network, ulong seed)
{
    private readonly ConcurrentDictionary<string, Party> known = new(StringComparer.Ordinal);
    private ulong made;

    /// <summary>The party of a kept address, by its canonical text or any other spelling of it; null when nothing is kept of it.</summary>
    public Party? Find(string address)
    {
        if (known.TryGetValue(address, out var party)) return party;
        return Addresses.Parse(network, address) is Address parsed ? known.GetValueOrDefault(parsed.Text) : null;
    }

    public Party Get(string address)
    {
        if (known.TryGetValue(address, out var party)) return party;
        return Addresses.Parse(network, address) switch
        {
            Address parsed => known.GetOrAdd(parsed.Text, _ => new Party(parsed)),
            AddressError error => throw new ScriptException($"{address}: {error.Detail}"),
            _ => throw new ScriptException($"{address} is no address."),
        };
    }

    public Party New(AddressKind kind)
    {
        Span<byte> hash = stackalloc byte[32];
        Hash256.Of(seed, 3, made++).CopyTo(hash);
        var address = kind switch
        {
            AddressKind.P2pkh => BitcoinAddresses.P2pkh(network, hash[..20]),
            AddressKind.P2sh => BitcoinAddresses.P2sh(network, hash[..20]),
            AddressKind.P2wpkh or AddressKind.P2tr when network.AddressRules!.Bech32Prefix is null =>
                throw new ScriptException($"{network.Name} has no witness addresses."),
            AddressKind.P2wpkh => BitcoinAddresses.P2wpkh(network, hash[..20]),
            AddressKind.P2tr => BitcoinAddresses.P2tr(network, hash),
            _ => throw new ScriptException($"Addresses of kind {kind} are not made."),
        };
        return known.GetOrAdd(address.Text, _ => new Party(address));
    }
}

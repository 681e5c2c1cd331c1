using Chains;
using ServiceDefaults;

namespace Wallets;

/// <summary>Reads what somebody pasted for a whole wallet: an extended public key alone, or an output descriptor.</summary>
internal static class SourceText
{
    /// <summary>The wallet that the text stands for on this network.</summary>
    /// <exception cref="DomainException"><c>secret-pasted</c> before anything else, or <c>invalid-source</c> with what is wrong.</exception>
    public static Descriptor Read(NetworkCatalogue networks, Network network, string text)
    {
        var pasted = text.Trim();
        if (PastedSecret.KindOf(pasted) is { } secret) throw NoAddress.Secret(secret, "/text");
        if (network.Family is not ChainFamily.Utxo)
            throw NoSource.Refusal(NoSource.Network, $"A wallet of {network.Name} is a list of addresses: import those.");
        if (NoAddress.IsDescriptor(pasted)) return Descriptor.Parse(network, pasted);
        if (NoAddress.IsExtendedKey(pasted)) return Descriptor.OfKey(network, pasted);

        var isAddress = networks.Parse(network, PastedAddress.Read(networks, pasted).Text) is Address;
        throw NoSource.Refusal(isAddress ? NoSource.Single : NoSource.Unknown, isAddress
            ? "This is a single address: import it as one."
            : "This is neither an extended public key (xpub, ypub, zpub and the like) nor an output descriptor.");
    }

    /// <summary>The networks on which the text stands for a whole wallet, and that wallet.</summary>
    public static IReadOnlyList<Descriptor> Fitting(NetworkCatalogue networks, string text)
    {
        var found = new List<Descriptor>();
        foreach (var network in networks.All.Where(each => each.Family is ChainFamily.Utxo))
        {
            try
            {
                found.Add(Read(networks, network, text));
            }
            catch (DomainException refused) when (refused.Problem.Code == "invalid-source")
            {
                // It is none of this network.
            }
        }

        return found;
    }
}

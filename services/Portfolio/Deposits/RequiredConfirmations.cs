using System.Collections.Frozen;
using System.Numerics;
using Chains;
using Microsoft.Extensions.Options;

namespace Portfolio.Deposits;

/// <summary>How many confirmations complete a deposit: by its network, and by its amount where that is configured.</summary>
internal sealed class RequiredConfirmations
{
    private readonly NetworkCatalogue networks;
    private readonly FrozenDictionary<(string, string), List<(BigInteger AtLeast, int Confirmations)>> tiers;

    public RequiredConfirmations(NetworkCatalogue networks, IOptions<DepositOptions> options)
    {
        this.networks = networks;
        tiers = options.Value.Tiers
            .GroupBy(tier => (tier.Network, tier.Asset ?? networks.Find(tier.Network)?.Native.Caip19 ?? ""))
            .ToFrozenDictionary(group => group.Key, group => group
                .Select(tier => (Amount.Parse(tier.AtLeast).Value, tier.Confirmations)).OrderByDescending(tier => tier.Value).ToList());
    }

    /// <summary>Of a payment of so much.</summary>
    public int Of(string network, string asset, BigInteger amount)
    {
        if (tiers.TryGetValue((network, asset), out var all))
        {
            foreach (var (atLeast, confirmations) in all)
            {
                if (amount >= atLeast) return confirmations;
            }
        }

        return networks.Find(network)?.ConfirmationsRequired ?? 1;
    }
}

using Chains;
using ServiceDefaults;

namespace Portfolio.Deposits;

/// <summary>When deposits are complete, from the section <c>Deposits</c>.</summary>
internal sealed class DepositOptions : IValidated
{
    public const string Section = "Deposits";

    /// <summary>
    /// Confirmations by amount, where the network's own number is not to hold for all. Of several that fit the highest amount counts.
    /// </summary>
    public List<DepositTier> Tiers { get; init; } = [];

    /// <summary>What networks are taken from.</summary>
    internal NetworkCatalogue? Networks { get; set; }

    public IEnumerable<string> Errors()
    {
        for (var i = 0; i < Tiers.Count; i++)
        {
            var tier = Tiers[i];
            if (Networks is not null && Networks.Find(tier.Network) is null) yield return $"Tiers:{i}:Network '{tier.Network}' is no network's slug.";
            if (!Amount.TryParse(tier.AtLeast, out var least) || least.Sign < 0)
                yield return $"Tiers:{i}:AtLeast is a whole number of base units, not '{tier.AtLeast}'.";
            if (tier.Confirmations is < 1 or > 10_000) yield return $"Tiers:{i}:Confirmations must be from 1 to 10000.";
        }
    }
}

/// <summary>Payments of this asset (the network's own where none is named) of at least so much need so many confirmations.</summary>
internal sealed class DepositTier
{
    /// <summary>The network's slug.</summary>
    public string Network { get; init; } = "";

    /// <summary>The CAIP-19 id of the asset; the network's own where it is left out.</summary>
    public string? Asset { get; init; }

    /// <summary>The least amount, in base units.</summary>
    public string AtLeast { get; init; } = "0";

    /// <summary>How many confirmations such a payment needs.</summary>
    public int Confirmations { get; init; }
}
